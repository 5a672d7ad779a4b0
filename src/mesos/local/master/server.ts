/** The v1 HTTP API over a local master's core. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeRecord } from '../../recordio.ts';
import type { V1Event } from '../../v1.ts';
import { type Address, type LocalServer, readCall, reply, serveHttp } from '../http-exchange.ts';
import type { From, LocalMaster } from './master.ts';
import { eventToProtobuf } from './protobuf.ts';
import type { Sink } from './state.ts';

export interface ServerOptions extends Address {
  readonly master: LocalMaster;
}

/** A scheduler that lets this much pile up unread is cut off, and subscribes again. */
const unreadMaxBytes = 64 * 1024 * 1024;
const paths = new Set(['/api/v1/scheduler']);

/**
 * @throws TitanError `ServiceUnavailable` when the address can't be listened on
 */
export async function serveMaster({ master, ...address }: ServerOptions): Promise<LocalServer> {
  return serveHttp(address, (request, response) => answer(master, request, response));
}

async function answer(
  master: LocalMaster,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (!pathname.startsWith('/api/v1')) {
    return reply(response, { status: 404, body: '404 Not Found.' });
  }
  const call = await readCall(request, response);
  if (!call) return;
  if (!paths.has(pathname)) return reply(response, master.operator(call.json));
  const replied = master.scheduler(call.json, fromOf(master, request, response));
  if (replied) reply(response, replied);
}

function fromOf(master: LocalMaster, request: IncomingMessage, response: ServerResponse): From {
  const streamId = request.headers['mesos-stream-id'];
  const form = findForm(request.headers.accept);
  return {
    ...(typeof streamId === 'string' ? { streamId } : {}),
    ...(form ? { open: (id: string) => openStream({ master, response, form }, id) } : {}),
  };
}

interface Form {
  readonly type: string;
  encode(event: V1Event): Uint8Array | string;
}

/** The forms that events may have, the preferred one first. */
const forms: readonly Form[] = [
  { type: 'application/json', encode: (event) => encodeRecord(JSON.stringify(event)) },
  {
    type: 'application/x-protobuf',
    encode(event) {
      const bytes = eventToProtobuf(event);
      return Buffer.concat([Buffer.from(`${bytes.length}\n`), bytes]);
    },
  },
];

function findForm(accept = '*/*'): Form | undefined {
  const accepted = accept.split(',').map((part) => part.split(';')[0]?.trim() ?? '');
  return forms.find(({ type }) =>
    [type, 'application/*', '*/*'].some((taken) => accepted.includes(taken)),
  );
}

interface Opening {
  readonly master: LocalMaster;
  readonly response: ServerResponse;
  readonly form: Form;
}

function openStream({ master, response, form }: Opening, streamId: string): Sink {
  response.writeHead(200, { 'Mesos-Stream-Id': streamId, 'Content-Type': form.type });
  response.once('close', () => master.closed(streamId));
  return {
    send(event) {
      response.write(form.encode(event));
      if (response.writableLength > unreadMaxBytes) response.destroy();
    },
    end: () => response.end(),
  };
}
