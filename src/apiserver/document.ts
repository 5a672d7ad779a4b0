import { createHash } from 'node:crypto';
import type { Answer, Request } from './exchange.ts';

/** A document that is encoded once and then sent as it is. */
export interface Document {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** SHA-512 of the body, in upper case hexadecimal digits. */
  readonly hash: string;
}

export function makeDocument(value: unknown, contentType: string): Document {
  const body = value instanceof Uint8Array ? value : Buffer.from(`${JSON.stringify(value)}\n`);
  const hash = createHash('sha512').update(body).digest('hex').toUpperCase();
  return { body, contentType, hash };
}

/** Sends a document, or says that the client's copy is still good. */
export function documentAnswer(
  request: Request,
  { body, contentType, hash }: Document,
  cacheControl = 'public',
): Answer {
  const etag = `"${hash}"`;
  const headers = { 'cache-control': cacheControl, etag, vary: 'Accept' };
  const known = request.header('if-none-match') ?? '';
  const unchanged = known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  if (unchanged) return { code: 304, headers, body: '' };
  return { code: 200, headers: { ...headers, 'content-type': contentType }, body };
}
