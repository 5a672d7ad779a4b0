/** The v1 HTTP API over a local master's core. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TitanError } from '../../api/error.ts';
import { encodeRecord } from '../recordio.ts';
import type { From, LocalMaster, Reply } from './master.ts';
import type { Sink } from './state.ts';

export interface ServerOptions {
  readonly master: LocalMaster;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface LocalServer {
  readonly url: string;
  readonly port: number;
  /** Breaks every connection, as a network does; new ones are welcome. */
  cut(): void;
  stop(): Promise<void>;
}

const bodyMaxBytes = 64 * 1024 * 1024;
/** A scheduler that lets this much pile up unread is cut off, and subscribes again. */
const unreadMaxBytes = 64 * 1024 * 1024;
const paths = new Set(['/api/v1/scheduler']);

export async function serveMaster(options: ServerOptions): Promise<LocalServer> {
  const { master } = options;
  const server = createServer((request, response) => {
    answer(master, request, response).catch(() => response.destroy());
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
    server.listen(options.port, options.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    port,
    cut: () => server.closeAllConnections(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  master: LocalMaster,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const isScheduler = paths.has(pathname);
  if (!pathname.startsWith('/api/v1'))
    return reply(response, { status: 404, body: '404 Not Found.' });
  const refusal = refuseHead(request);
  if (refusal) return reply(response, refusal, request.method === 'POST' ? {} : { Allow: 'POST' });
  const body = await readBody(request);
  const json = body === undefined ? undefined : parse(body);
  if (body === undefined) return reply(response, { status: 413, body: 'The body is too large' });
  if (request.headers['content-type'] !== 'application/json') {
    return reply(response, { status: 400, body: 'Failed to parse body into Call protobuf' });
  }
  if (json === undefined) {
    const said = 'Failed to parse body into JSON: syntax error at line 1 near: ';
    return reply(response, { status: 400, body: said });
  }
  if (!isScheduler) return reply(response, master.operator(json));
  const replied = master.scheduler(json, fromOf(master, request, response));
  if (replied) reply(response, replied);
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

function fromOf(master: LocalMaster, request: IncomingMessage, response: ServerResponse): From {
  const streamId = request.headers['mesos-stream-id'];
  const { accept = '*/*' } = request.headers;
  const takesJson = accept
    .split(',')
    .some((part) =>
      ['application/json', 'application/*', '*/*'].includes(part.split(';')[0]?.trim() ?? ''),
    );
  return {
    ...(typeof streamId === 'string' ? { streamId } : {}),
    ...(takesJson ? { open: (id: string) => openStream(master, response, id) } : {}),
  };
}

function openStream(master: LocalMaster, response: ServerResponse, streamId: string): Sink {
  response.writeHead(200, { 'Mesos-Stream-Id': streamId, 'Content-Type': 'application/json' });
  response.once('close', () => master.closed(streamId));
  return {
    send(event) {
      response.write(encodeRecord(JSON.stringify(event)));
      if (response.writableLength > unreadMaxBytes) response.destroy();
    },
    end: () => response.end(),
  };
}

function reply(
  response: ServerResponse,
  { status, body }: Reply,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = typeof body === 'object' ? JSON.stringify(body) : (body ?? '');
  const type = typeof body === 'object' ? 'application/json' : 'text/plain; charset=utf-8';
  response.writeHead(status, {
    ...headers,
    ...(text === '' ? {} : { 'Content-Type': type }),
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
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
