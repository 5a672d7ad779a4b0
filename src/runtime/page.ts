import { TitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';

/** Bytes of an answer that are read at most; a longer one is refused. */
const BODY_MAX = 1_048_576;

export interface Page {
  readonly status: number;
  readonly body: string;
}

/**
 * Reads an address once, without following redirects.
 *
 * @throws TitanError (`ServiceUnavailable`) where it cannot be reached, takes too long or is too large
 */
export type ReadPage = (url: string, timeoutMs: Millis, signal: AbortSignal) => Promise<Page>;

/** Over HTTP. */
export const readPage: ReadPage = async (url, timeoutMs, signal) => {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'application/json, */*' },
      signal: AbortSignal.any([signal, late]),
    });
    return { status: response.status, body: await bodyOf(response) };
  } catch (thrown) {
    const why = late.aborted ? `no answer within ${timeoutMs / 1_000} s` : reasonOf(thrown);
    throw new TitanError('ServiceUnavailable', why, { cause: thrown });
  }
};

async function bodyOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > BODY_MAX) throw new Error(`the answer is larger than ${BODY_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A failed fetch says why in its cause. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
}
