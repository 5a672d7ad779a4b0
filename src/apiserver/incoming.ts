import type { IncomingMessage, ServerResponse } from 'node:http';
import { TitanError } from '../api/error.ts';
import type { Credentials, User } from '../auth/port.ts';
import type { Clock } from '../runtime/port.ts';
import type { ReadCredentials } from './access/credentials.ts';
import { readBytes } from './body/read.ts';
import type { Request, Unidentified } from './exchange.ts';
import type { Route } from './route.ts';
import { isGone } from './send.ts';

/** Who is to be told that the server stops: far cheaper for each request than a signal made of two. */
export interface Stopping {
  /** @returns what takes the listener back */
  add(listener: () => void): () => void;
  stop(): void;
}

export function createStopping(): Stopping {
  const listeners = new Set<() => void>();
  let isStopped = false;
  return {
    add(listener) {
      if (isStopped) listener();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      isStopped = true;
      for (const listener of listeners) listener();
    },
  };
}

/** Why requests are aborted; made once, since making an error for each costs more than a read. */
const GONE = new TitanError('ServiceUnavailable', 'the client is gone, or the server stops');

/** Nobody changes a query. */
const NO_QUERY = new URLSearchParams();

/** Of a longer `Audit-Id` the beginning is kept. */
const AUDIT_ID_MAX_CHARS = 64;

export interface Serving {
  readonly clock: Clock;
  /** A name that no other request has. */
  readonly auditId: () => string;
  readonly stopping: Stopping;
  readonly credentials: ReadCredentials;
  /** What a path names. @throws BadRequest */
  readonly route: (path: string) => Route;
}

/** What of the many parts of a request is asked for is made then, since most reads need few of them. */
export class Incoming implements Unidentified {
  readonly method: string;
  readonly path: string;
  readonly warnings: string[] = [];
  readonly auditId: string;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #server: Serving;
  readonly #search: string;
  #route: Route | undefined;
  #query: URLSearchParams | undefined;
  #body: Promise<Buffer> | undefined;
  #signal: AbortSignal | undefined;
  #user: User | undefined;

  constructor(incoming: IncomingMessage, response: ServerResponse, server: Serving) {
    const { url = '/', method = 'GET' } = incoming;
    const mark = url.indexOf('?');
    this.method = method;
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.#search = mark < 0 ? '' : url.slice(mark + 1);
    this.#incoming = incoming;
    this.#response = response;
    this.#server = server;
    this.auditId = this.header('audit-id')?.slice(0, AUDIT_ID_MAX_CHARS) || server.auditId();
  }

  get route(): Route {
    this.#route ??= this.#server.route(this.path);
    return this.#route;
  }

  get query(): URLSearchParams {
    if (this.#search === '') return NO_QUERY;
    this.#query ??= new URLSearchParams(this.#search);
    return this.#query;
  }

  get signal(): AbortSignal {
    this.#signal ??= goneSignal(this.#response, this.#server.stopping);
    return this.#signal;
  }

  /** @throws TypeError before it is known */
  get user(): User {
    if (this.#user === undefined) throw new TypeError('it is not known who sends the request');
    return this.#user;
  }

  of(user: User): Request {
    this.#user = user;
    return this;
  }

  header(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return Array.isArray(value) ? value.join(',') : value;
  }

  headerValues(name: string): readonly string[] {
    return valuesOf(this.#incoming.rawHeaders, name);
  }

  headerNames(): readonly string[] {
    return Object.keys(this.#incoming.headers);
  }

  credentials(): Credentials {
    return this.#server.credentials(this.#incoming);
  }

  body(): Promise<Buffer> {
    this.#body ??= this.#readBody();
    return this.#body;
  }

  async #readBody(): Promise<Buffer> {
    const { httpVersionMajor, socket } = this.#incoming;
    try {
      return await readBytes(this.#incoming, this.#server.clock);
    } catch (thrown) {
      // More of the body may come: once the answer is sent, the connection goes (HTTP/2: the stream does).
      if (httpVersionMajor < 2) this.#response.once('finish', () => socket.destroySoon());
      throw thrown;
    }
  }

  warn(text: string): void {
    this.warnings.push(text);
  }
}

/** Aborts when the response is closed, or the server stops before. */
function goneSignal(response: ServerResponse, stopping: Stopping): AbortSignal {
  const gone = new AbortController();
  const end = () => gone.abort(GONE);
  if (isGone(response)) {
    end();
    return gone.signal;
  }
  const stay = stopping.add(end);
  response.once('close', () => {
    stay();
    end();
  });
  return gone.signal;
}

/** Raw headers are names and values in turn. */
function valuesOf(raw: readonly string[], name: string): readonly string[] {
  return raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name);
}
