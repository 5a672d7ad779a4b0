/** The transport to a real master, or to the local one across a socket. */
import { setImmediate } from 'node:timers/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { asTitanError, TitanError } from '../api/error.ts';
import type { Clock, Log } from '../runtime/port.ts';
import { masterOver } from './adapter.ts';
import { exchange, pipeline, type Reply } from './exchange.ts';
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
/** Acknowledgements that are sent before the first of them is answered: above what a session has at once. */
const pipelinedMax = 512;

/** Calls that do no harm when they arrive twice, and come in great numbers. */
const pipelined: ReadonlySet<string | undefined> = new Set([
  'ACKNOWLEDGE',
  'ACKNOWLEDGE_OPERATION_STATUS',
]);

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
  const acknowledgements = pipeline(trust.connect ?? {}, pipelinedMax, callTimeoutMs);
  const leader = leaderOf(masters);
  let headers = headersFor(credentials, undefined);

  /** Those of a stream are made once. */
  function headersOf(streamId: string | undefined): Headers {
    if (headers['mesos-stream-id'] !== streamId) headers = headersFor(credentials, streamId);
    return headers;
  }

  function post(base: string, path: ApiPath, call: V1Call, streamId?: string): Promise<Reply> {
    const sent = {
      origin: base,
      path,
      method: 'POST',
      headers: headersOf(streamId),
      body: JSON.stringify(call),
    } as const;
    return pipelined.has(call.type) ? acknowledgements.post(sent) : exchange(calls, sent);
  }

  return {
    async call(path, call, streamId) {
      try {
        const reply =
          streamId !== undefined && leader.known !== undefined
            ? await post(leader.known, path, call, streamId)
            : await leader.ask(path, (base) => post(base, path, call, streamId));
        return answerOf(reply);
      } catch (error) {
        throw unreachable(leader.known ?? 'any', error);
      }
    },
    async subscribe(call, signal, path = '/api/v1/scheduler') {
      const response = await leader.ask(path, (base) =>
        request(new URL(path, base), {
          method: 'POST',
          dispatcher: streams,
          headers: headersFor(credentials, undefined),
          body: JSON.stringify(call),
          signal,
        }),
      );
      if (response.statusCode !== 200) throw await refusal(response, credentials !== undefined);
      return readStream(response, path);
    },
    async close() {
      await Promise.all([calls.destroy(), streams.destroy(), acknowledgements.close()]);
    },
  };
}

/** What is needed of an answer to follow it to the leader. */
interface Answered extends Pick<Reply, 'statusCode' | 'headers'> {
  /** Of one that is not read yet. */
  readonly body?: Pick<Dispatcher.ResponseData['body'], 'dump'>;
}

/** The master that leads, of those that are known. */
interface Leader {
  /** Its address, once one has answered. */
  readonly known: string | undefined;
  /** @throws TitanError ServiceUnavailable where none of those asked is there */
  ask<A extends Answered>(path: ApiPath, post: (base: string) => Promise<A>): Promise<A>;
}

function leaderOf(masters: readonly string[]): Leader {
  let turn = 0;
  let leader: string | undefined;

  /** Follows redirects to the leader; a master that can't be asked makes the next one the first. */
  async function ask<A extends Answered>(
    path: ApiPath,
    post: (base: string) => Promise<A>,
  ): Promise<A> {
    let base = leader ?? originOf(masters[turn % masters.length]);
    for (let hops = 0; hops <= redirectsMax; hops++) {
      const answer = await post(base).catch((error) => {
        forgetLeader();
        throw unreachable(base, error);
      });
      const target = locationOf(answer, new URL(path, base));
      if (target === undefined) {
        if (answer.statusCode === 404 || answer.statusCode >= 500) forgetLeader();
        else leader = base;
        return answer;
      }
      await answer.body?.dump();
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
    get known() {
      return leader;
    },
    ask,
  };
}

type Headers = Readonly<Record<string, string>>;

function originOf(address: string | undefined): string {
  return address === undefined ? '' : new URL(address).origin;
}

/** Exactly `application/json`: Mesos refuses it with a charset. */
export function headersFor(
  credentials: HttpOptions['credentials'],
  streamId: string | undefined,
): Headers {
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

/** What a master says that does not take SUBSCRIBE. */
async function refusal(
  { statusCode, headers, body: stream }: Dispatcher.ResponseData,
  knownToIt: boolean,
): Promise<TitanError> {
  const { body } = answerOf({ statusCode, headers, text: await stream.text() });
  const hint = hintFor(statusCode, knownToIt);
  return new TitanError(
    'ServiceUnavailable',
    `The Mesos master refused SUBSCRIBE with ${statusCode}: ${String(body)}${hint}`,
  );
}

/** What a person may do about a refusal. */
function hintFor(status: number, knownToIt: boolean): string {
  if (status !== 401) return '';
  return knownToIt
    ? ' (the master does not know this --principal with this --secret)'
    : ' (the master wants to know who asks: give --principal and --secret)';
}

/** Where a master that does not lead sends us; it may leave the scheme out. */
function locationOf({ statusCode, headers }: Answered, from: URL): string | undefined {
  const { location } = headers;
  if (statusCode < 300 || statusCode >= 400) return undefined;
  return typeof location === 'string' ? new URL(location, from).origin : undefined;
}

function answerOf({ statusCode, headers, text }: Reply): Answer {
  const type = headers['content-type'];
  const isJson = typeof type === 'string' && type.startsWith('application/json');
  return { status: statusCode, body: isJson ? JSON.parse(text) : text };
}

function readStream(response: Dispatcher.ResponseData, path: ApiPath): EventStream {
  const streamId = response.headers['mesos-stream-id'] ?? (path === '/api/v1' ? '' : undefined);
  if (typeof streamId !== 'string') {
    throw new TitanError('ServiceUnavailable', 'The Mesos master answered without a stream id');
  }
  return { streamId, events: readEvents(response.body) };
}

/** After each piece that came others have their turn: a master that tells of all tasks at once sends very many. */
async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<V1Event> {
  const decoder = recordDecoder();
  try {
    for await (const chunk of body) {
      for (const record of decoder.push(chunk)) yield JSON.parse(record) as V1Event;
      await setImmediate();
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
