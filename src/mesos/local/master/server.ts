/** The v1 HTTP API over a local master's core. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeRecord } from '../../recordio.ts';
import type { V1Event } from '../../v1.ts';
import { type Address, type LocalServer, readCall, reply, serveHttp } from '../http-exchange.ts';
import { authenticate } from './authenticate.ts';
import type { From, LocalMaster, Reply, WatchSink } from './master.ts';
import { eventToProtobuf } from './protobuf.ts';
import type { Sink } from './state.ts';

export interface ServerOptions extends Address {
  /** The one that there is now. */
  readonly master: () => LocalMaster;
}

/** A scheduler that lets this much pile up unread is cut off, and subscribes again. */
const unreadMaxBytes = 64 * 1024 * 1024;
const schedulerPath = '/api/v1/scheduler';

/**
 * @throws TitanError `ServiceUnavailable` when the address can't be listened on
 */
export async function serveMaster({ master, ...address }: ServerOptions): Promise<LocalServer> {
  return serveHttp(address, (request, response) => answer(master(), request, response));
}

async function answer(
  master: LocalMaster,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const notReady = master.notReady();
  if (notReady) return reply(response, notReady);
  const pathname = pathOf(request);
  const proof = authenticate(request.headers.authorization, pathname, master.credentials);
  if (proof.refusal) return reply(response, proof.refusal);
  if (!isBelow(pathname, '/api/v1')) {
    return reply(response, answerOther(master, request.method, pathname));
  }
  const call = await readCall(request, response);
  if (!call) return;
  const from = { ...fromOf(master, request, response), ...proof };
  const replied = isBelow(pathname, schedulerPath)
    ? master.scheduler(call.json, from)
    : master.operator(call.json, from);
  if (replied) reply(response, replied);
}

/** The APIs are there below `/master` too. */
function pathOf({ url = '/' }: IncomingMessage): string {
  const path = URL.parse(url, 'http://localhost')?.pathname ?? '/';
  return path.replace(/^\/master(?=\/api\/)/, '');
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function answerOther(master: LocalMaster, method = 'GET', pathname: string): Reply {
  const found = method === 'GET' ? master.get(pathname) : undefined;
  return found ?? { status: 404, body: '404 Not Found.' };
}

function fromOf(master: LocalMaster, request: IncomingMessage, response: ServerResponse): From {
  const streamId = request.headers['mesos-stream-id'];
  const form = findForm(request.headers.accept);
  return {
    ...(typeof streamId === 'string' ? { streamId } : {}),
    ...(form ? { open: (id: string) => openStream({ master, response, form }, id) } : {}),
    ...(form === json ? { openWatch: (id: string) => openWatch(master, response, id) } : {}),
  };
}

interface Form {
  readonly type: string;
  encode(event: V1Event): Uint8Array | string;
}

/** The forms that events may have, the preferred one first. */
const json: Form = {
  type: 'application/json',
  encode: (event) => encodeRecord(JSON.stringify(event)),
};
const forms: readonly Form[] = [
  json,
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
    send: (event) => writeRecord(response, form.encode(event)),
    end: () => response.end(),
  };
}

function openWatch(master: LocalMaster, response: ServerResponse, id: string): WatchSink {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.once('close', () => master.closed(id));
  return {
    send: (event) => writeRecord(response, encodeRecord(JSON.stringify(event))),
    end: () => response.end(),
  };
}

/** Each record is a chunk by itself, as in Mesos: there are clients that take no two in one. */
function writeRecord(response: ServerResponse, record: Uint8Array | string): void {
  response.write(record);
  response.uncork();
  if (response.writableLength > unreadMaxBytes) response.destroy();
}
