import type { Access, Credentials, User } from '../auth/port.ts';
import type { Registry } from '../registry/port.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import type { Route } from './route.ts';
import type { Batches } from './verbs/batches.ts';

/** One request as the handlers see it, whatever transport brought it. */
export interface Request {
  readonly method: string;
  /** The path as it was sent, without the query. */
  readonly path: string;
  /** What the path names. @throws BadRequest */
  readonly route: Route;
  readonly query: URLSearchParams;
  /** A header by its name in lower case; several of one name are joined by commas. */
  header(name: string): string | undefined;
  /** The values of a header that may come several times, each as it was sent. */
  headerValues(name: string): readonly string[];
  /** In lower case. */
  headerNames(): readonly string[];
  /** The whole body, read when first asked for. @throws RequestEntityTooLarge */
  body(): Promise<Buffer>;
  /** Aborts when the client goes away, and when the server stops. */
  readonly signal: AbortSignal;
  /** Names the request in its answer and in the audit log: the client's own `Audit-Id`, else a UUID. */
  readonly auditId: string;
  /** Adds a `Warning` header to the answer. */
  warn(text: string): void;
  /** Who sends it, or as whom it is to be done. */
  readonly user: User;
}

/** A request of which it is not known yet who sent it. */
export interface Unidentified extends Omit<Request, 'user'> {
  /** @throws Unauthorized for credentials that are none */
  credentials(): Credentials;
  /** The same request, of which it is known from now on as whose it is to be answered. */
  of(user: User): Request;
}

/** What is to be sent. A body that is a stream is sent as it comes, the head at once. */
export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | AsyncIterable<string | Uint8Array>;
}

/** What handlers work with. */
export interface Context {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly access: Access;
  /** What watchers share. */
  readonly batches: Batches;
}

export const JSON_TYPE = 'application/json';

/** Objects change at any time: nobody may answer for us. */
const NO_CACHE = { 'cache-control': 'no-cache, private' };
const JSON_HEADERS = { ...NO_CACHE, 'content-type': JSON_TYPE };

export function jsonAnswer(code: number, value: unknown): Answer {
  return bytesAnswer(code, `${JSON.stringify(value)}\n`);
}

/** An answer of JSON that is already encoded. */
export function bytesAnswer(code: number, body: string | Uint8Array): Answer {
  return { code, headers: JSON_HEADERS, body };
}

export function streamAnswer(body: AsyncIterable<string | Uint8Array>): Answer {
  return { code: 200, headers: JSON_HEADERS, body };
}

export function textAnswer(code: number, body: string): Answer {
  return {
    code,
    headers: {
      ...NO_CACHE,
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    },
    body,
  };
}

/** A path at which there is nothing; clients tell it from an object that is not there. */
export const UNKNOWN_PATH = textAnswer(404, '404 page not found\n');
