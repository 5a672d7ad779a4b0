import { type Cause, TitanError, toStatus } from '../api/error.ts';
import { type Answer, jsonAnswer } from './exchange.ts';

/** Options that are wrong: `ListOptions.meta.k8s.io "" is invalid: …`. */
export function invalidOptions(kind: string, cause: Cause): TitanError {
  const message = `${kind}.meta.k8s.io "" is invalid: ${cause.field}: ${cause.message}`;
  return new TitanError('Invalid', message, {
    details: { group: 'meta.k8s.io', kind, causes: [cause] },
  });
}

/** A value that is none of those an option may have. */
export function unsupportedValue(
  field: string,
  value: string,
  supported: readonly string[],
): Cause {
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${value}: supported values: ${supported.join(', ')}`,
    field,
  };
}

/** A `Status`, with `Retry-After` where the client is to come again. */
export function errorAnswer(error: TitanError): Answer {
  const shown =
    error.reason === 'InternalError'
      ? new TitanError('InternalError', `Internal error occurred: ${firstLine(error.message)}`)
      : withRetry(error);
  const answer = jsonAnswer(shown.code, toStatus(shown));
  const wait = shown.details.retryAfterSeconds;
  if (wait === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(wait) } };
}

/** Clients back off by themselves when they are told how long. */
function withRetry(error: TitanError): TitanError {
  const comesAgain = error.reason === 'ServiceUnavailable' || error.reason === 'TooManyRequests';
  if (!comesAgain || error.details.retryAfterSeconds !== undefined) return error;
  return new TitanError(error.reason, error.message, {
    cause: error.cause,
    details: { ...error.details, retryAfterSeconds: 1 },
  });
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}

const WARNINGS_MAX = 32;
const WARNING_MAX_CHARS = 1024;

/** The `Warning` headers for some texts: each once, in characters that a header may hold. */
export function warningHeaders(texts: readonly string[]): string[] {
  return [...new Set(texts)].slice(0, WARNINGS_MAX).map((text) => {
    const plain = text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, WARNING_MAX_CHARS);
    return `299 - "${plain.replaceAll(/["\\]/g, '\\$&')}"`;
  });
}
