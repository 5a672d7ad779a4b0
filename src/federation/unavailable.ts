import { TitanError } from '../api/error.ts';

/** A peer that gave no answer, or whose stream broke; the message says why. */
export function unavailable(thrown: unknown): TitanError {
  const error = thrown instanceof Error ? thrown : undefined;
  const inner = error?.cause instanceof Error ? error.cause : error;
  const message = inner?.message ?? 'the stream ended';
  return new TitanError('ServiceUnavailable', `the peer does not answer: ${message}`, {
    cause: thrown,
  });
}
