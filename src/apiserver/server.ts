import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asTitanError } from '../api/error.ts';
import type { Registry } from '../registry/port.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import { readBytes } from './body/read.ts';
import { errorAnswer } from './errors.ts';
import type { Answer, Request } from './exchange.ts';
import { type Handler, makeHandler } from './handler.ts';
import { type Measuring, measured } from './measure.ts';
import type { ApiMetrics } from './port.ts';
import { send } from './send.ts';

export interface ApiServerOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Port 0 takes any that is free. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Titan's version, for `/version`. */
  readonly version?: string;
  /** Without it `/metrics` is not served. */
  readonly metrics?: ApiMetrics;
}

export interface ApiServer {
  /** Such as `http://127.0.0.1:7001`. */
  readonly url: string;
  /** Ends watches, lets other answers finish for a moment, and closes every connection. */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 2_000;

/**
 * Serves a registry as the Kubernetes API over HTTP.
 *
 * @throws ServiceUnavailable when the address cannot be listened on
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { clock, log, listen, version = '0.0.0', metrics } = options;
  const handler = makeHandler({ ...options, version, metrics });
  const stopping = new AbortController();
  const measuring = { metrics, clock, registry: options.registry };
  const answering = { handler, log, measuring, stopping: stopping.signal };
  const server = createServer({ keepAliveTimeout: 65_000 }, (incoming, response) => {
    void answer(answering, incoming, response);
  });
  const url = await listening(server, listen);
  log.info('API server started', { url });
  return {
    url,
    async stop() {
      handler.close();
      stopping.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const cancel = clock.after(STOP_GRACE_MS, () => server.closeAllConnections());
      await closed;
      cancel();
      log.info('API server stopped', { url });
    },
  };
}

async function listening(
  server: ReturnType<typeof createServer>,
  { host, port }: ApiServerOptions['listen'],
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { address, port: bound, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
}

interface Answering {
  readonly handler: Handler;
  readonly log: Log;
  readonly measuring: Omit<Measuring, 'request'>;
  readonly stopping: AbortSignal;
}

/** Answers one request. Whatever happens, it does not throw. */
async function answer(
  { handler, log, measuring, stopping }: Answering,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const warnings: string[] = [];
  const { clock } = measuring;
  const signal = AbortSignal.any([gone.signal, stopping]);
  const request = readRequest(incoming, signal, warnings);
  const done = measured({ ...measuring, request });
  try {
    const reply = await answerOrStatus(handler, request, log);
    await send(reply, { response, clock, warnings, headOnly: incoming.method === 'HEAD' });
    done(reply.code);
  } catch (thrown) {
    if (!gone.signal.aborted) log.error('answer broke off', { error: asTitanError(thrown) });
    response.destroy();
    done(500);
  }
}

async function answerOrStatus(handler: Handler, request: Request, log: Log): Promise<Answer> {
  try {
    return await handler.answer(request);
  } catch (thrown) {
    const error = asTitanError(thrown);
    if (error.reason === 'InternalError' && !request.signal.aborted) {
      log.error('request failed', { method: request.method, path: request.path, error });
    }
    return errorAnswer(error);
  }
}

function readRequest(incoming: IncomingMessage, signal: AbortSignal, warnings: string[]): Request {
  const { url = '/', method = 'GET' } = incoming;
  const mark = url.indexOf('?');
  let body: Promise<Buffer> | undefined;
  return {
    method,
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    header(name) {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value.join(',') : value;
    },
    body() {
      body ??= readBytes(incoming);
      return body;
    },
    signal,
    warn: (text) => warnings.push(text),
  };
}
