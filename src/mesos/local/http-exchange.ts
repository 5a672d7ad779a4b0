/** What the master's and the agents' HTTP APIs have in common: listening, calls in, answers out. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TitanError } from '../../api/error.ts';
import type { Reply } from './master/master.ts';

export interface LocalServer {
  readonly url: string;
  readonly port: number;
  /** Breaks every connection, as a network does; new ones are welcome. */
  cut(): void;
  stop(): Promise<void>;
}

export interface Address {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const bodyMaxBytes = 64 * 1024 * 1024;

/**
 * Listens, and breaks the connection of a request whose answer fails.
 *
 * @throws TitanError `ServiceUnavailable` when the address can't be listened on
 */
export async function serveHttp({ host, port: wanted }: Address, answer: Answer) {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) =>
      reject(
        new TitanError('ServiceUnavailable', `The local Mesos can't listen: ${error.message}`, {
          cause: error,
        }),
      );
    server.once('error', fail);
    server.listen(wanted, host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    cut: () => server.closeAllConnections(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  } satisfies LocalServer;
}

/** The call in a request, as JSON; `undefined` where it is none, which is then answered. */
export async function readCall(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<{ readonly json: unknown } | undefined> {
  const refusal = refuseHead(request);
  if (refusal) {
    reply(response, refusal, request.method === 'POST' ? {} : { Allow: 'POST' });
    return undefined;
  }
  const body = await readBody(request);
  if (body === undefined) {
    reply(response, { status: 413, body: 'The body is too large' });
    return undefined;
  }
  if (request.headers['content-type'] !== 'application/json') {
    reply(response, { status: 400, body: 'Failed to parse body into Call protobuf' });
    return undefined;
  }
  const json = parse(body);
  if (json === undefined) {
    const said = 'Failed to parse body into JSON: syntax error at line 1 near: ';
    reply(response, { status: 400, body: said });
    return undefined;
  }
  return { json };
}

function refuseHead({ method, headers }: IncomingMessage): Reply | undefined {
  if (method !== 'POST') {
    const body = `405 Method Not Allowed. Expecting one of { 'POST' }, but received '${method}'.`;
    return { status: 405, body };
  }
  const type = headers['content-type'];
  if (type === undefined) return { status: 400, body: "Expecting 'Content-Type' to be present" };
  return type === 'application/json' || type === 'application/x-protobuf'
    ? undefined
    : {
        status: 415,
        body: "Expecting 'Content-Type' of application/json or application/x-protobuf",
      };
}

/** An object is answered as JSON, a text as what it is. */
export function reply(
  response: ServerResponse,
  { status, body, headers: own = {} }: Reply,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = typeof body === 'object' ? JSON.stringify(body) : (body ?? '');
  const type = typeof body === 'object' ? 'application/json' : 'text/plain; charset=utf-8';
  response.writeHead(status, {
    ...own,
    ...headers,
    ...(text === '' ? {} : { 'Content-Type': type }),
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

function parse(body: string): unknown {
  try {
    return readJson(body);
  } catch {
    return undefined;
  }
}

/**
 * JSON as Mesos reads it into messages: a field that is null is absent.
 *
 * @throws SyntaxError where it is none
 */
export function readJson(text: string): unknown {
  const json: unknown = JSON.parse(text);
  return text.includes('null') ? withoutNulls(json) : json;
}

function withoutNulls(json: unknown): unknown {
  if (Array.isArray(json)) return json.filter((one) => one !== null).map(withoutNulls);
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, withoutNulls(value)]));
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > bodyMaxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
