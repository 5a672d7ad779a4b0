/** The transport to a real master, or to the local one across a socket. */
import { Agent, type Dispatcher, request } from 'undici';
import { asTitanError, TitanError } from '../api/error.ts';
import type { Clock, Log } from '../runtime/port.ts';
import { masterOver } from './adapter.ts';
import { operatorOver } from './operator.ts';
import type { Master, Operator } from './port.ts';
import { recordDecoder } from './recordio.ts';
import type { Answer, ApiPath, EventStream, Transport } from './transport.ts';
import type { V1Call, V1Event } from './v1.ts';

export interface HttpOptions {
  /** Addresses of the masters, such as `http://10.0.0.5:5050`; any of them leads to the leader. */
  readonly masters: readonly string[];
  readonly credentials?: { readonly principal: string; readonly secret: string };
  /** Who signed the masters' certificates (PEM), where no public authority did. */
  readonly authority?: string;
}

export interface HttpMasterOptions extends HttpOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly missedHeartbeats?: number;
}

export interface HttpTransport extends Transport {
  close(): Promise<void>;
}

const callTimeoutMs = 15_000;
const redirectsMax = 5;

export interface HttpMaster extends Master {
  readonly operator: Operator;
  close(): Promise<void>;
}

/** A real Mesos master, reached over HTTP. `close` ends its connections. */
export function httpMaster(options: HttpMasterOptions): HttpMaster {
  const transport = httpTransport(options);
  return {
    ...masterOver({ ...options, transport }),
    operator: operatorOver({ ...options, transport }),
    close: () => transport.close(),
  };
}

export function httpTransport(options: HttpOptions): HttpTransport {
  const { masters, credentials, authority } = options;
  const trust = authority === undefined ? {} : { connect: { ca: authority } };
  const calls = new Agent({
    ...trust,
    connections: 16,
    headersTimeout: callTimeoutMs,
    bodyTimeout: callTimeoutMs,
  });
  const streams = new Agent({ ...trust, headersTimeout: callTimeoutMs, bodyTimeout: 0 });
  let turn = 0;
  let leader: string | undefined;

  function post(base: string, path: ApiPath, call: V1Call, more: PostOptions) {
    return request(new URL(path, base), {
      method: 'POST',
      dispatcher: more.dispatcher,
      headers: headersFor(credentials, more.streamId),
      body: JSON.stringify(call),
      ...(more.signal ? { signal: more.signal } : {}),
    });
  }

  /** Follows redirects to the leader; a master that can't be asked makes the next one the first. */
  async function postToLeader(path: ApiPath, call: V1Call, more: PostOptions) {
    let base = leader ?? masters[turn % masters.length] ?? '';
    for (let hops = 0; hops <= redirectsMax; hops++) {
      const response = await post(base, path, call, more).catch((error) => {
        forgetLeader();
        throw unreachable(base, error);
      });
      const target = locationOf(response, new URL(path, base));
      if (target === undefined) {
        if (response.statusCode === 404 || response.statusCode >= 500) forgetLeader();
        else leader = base;
        return response;
      }
      await response.body.dump();
      base = target;
    }
    forgetLeader();
    throw new TitanError('ServiceUnavailable', 'The Mesos masters redirect in a circle');
  }

  function forgetLeader(): void {
    leader = undefined;
    turn += 1;
  }

  return {
    async call(path, call, streamId) {
      const more = { dispatcher: calls, ...(streamId === undefined ? {} : { streamId }) };
      try {
        const response =
          streamId !== undefined && leader !== undefined
            ? await post(leader, path, call, more)
            : await postToLeader(path, call, more);
        return await readAnswer(response);
      } catch (error) {
        throw unreachable(leader ?? 'any', error);
      }
    },
    async subscribe(call, signal, path = '/api/v1/scheduler') {
      const more = { dispatcher: streams, signal };
      const response = await postToLeader(path, call, more);
      if (response.statusCode !== 200) {
        const { status, body } = await readAnswer(response);
        throw new TitanError(
          'ServiceUnavailable',
          `The Mesos master refused SUBSCRIBE with ${status}: ${String(body)}${hintFor(status, credentials !== undefined)}`,
        );
      }
      return readStream(response, path);
    },
    async close() {
      await Promise.all([calls.destroy(), streams.destroy()]);
    },
  };
}

interface PostOptions {
  readonly dispatcher: Dispatcher;
  readonly streamId?: string;
  readonly signal?: AbortSignal;
}

/** Exactly `application/json`: Mesos refuses it with a charset. */
export function headersFor(
  credentials: HttpOptions['credentials'],
  streamId: string | undefined,
): Record<string, string> {
  const text = credentials && `${credentials.principal}:${credentials.secret}`;
  return {
    accept: 'application/json',
    'content-type': 'application/json',
    ...(streamId === undefined ? {} : { 'mesos-stream-id': streamId }),
    ...(text === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(text).toString('base64')}` }),
  };
}

/** What a person may do about a refusal. */
function hintFor(status: number, knownToIt: boolean): string {
  if (status !== 401) return '';
  return knownToIt
    ? ' (the master does not know this --principal with this --secret)'
    : ' (the master wants to know who asks: give --principal and --secret)';
}

/** Where a master that does not lead sends us; it may leave the scheme out. */
function locationOf(response: Dispatcher.ResponseData, from: URL): string | undefined {
  const { location } = response.headers;
  if (response.statusCode < 300 || response.statusCode >= 400) return undefined;
  return typeof location === 'string' ? new URL(location, from).origin : undefined;
}

async function readAnswer(response: Dispatcher.ResponseData): Promise<Answer> {
  const text = await response.body.text();
  const type = response.headers['content-type'];
  const isJson = typeof type === 'string' && type.startsWith('application/json');
  return { status: response.statusCode, body: isJson ? JSON.parse(text) : text };
}

function readStream(response: Dispatcher.ResponseData, path: ApiPath): EventStream {
  const streamId = response.headers['mesos-stream-id'] ?? (path === '/api/v1' ? '' : undefined);
  if (typeof streamId !== 'string') {
    throw new TitanError('ServiceUnavailable', 'The Mesos master answered without a stream id');
  }
  return { streamId, events: readEvents(response.body) };
}

async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<V1Event> {
  const decoder = recordDecoder();
  try {
    for await (const chunk of body) {
      for (const record of decoder.push(chunk)) yield JSON.parse(record) as V1Event;
    }
  } catch (error) {
    throw lost(error);
  }
  if (!decoder.atBoundary) throw lost(new Error('it ended inside a record'));
}

function lost(error: unknown): TitanError {
  if (error instanceof TitanError) return error;
  const why = asTitanError(error).message;
  return new TitanError('ServiceUnavailable', `The Mesos event stream was lost: ${why}`, {
    cause: error,
  });
}

function unreachable(base: string, error: unknown): TitanError {
  if (error instanceof TitanError) return error;
  const why = asTitanError(error).message;
  return new TitanError(
    'ServiceUnavailable',
    `The Mesos master at ${base} can't be asked: ${why}`,
    {
      cause: error,
    },
  );
}
