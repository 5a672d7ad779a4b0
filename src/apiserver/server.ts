import type { IncomingMessage, ServerResponse } from 'node:http';
import { asTitanError } from '../api/error.ts';
import type { Access, TlsMaterial } from '../auth/port.ts';
import type { Registry } from '../registry/port.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import { guarded } from './access/guard.ts';
import type { Limits } from './access/limits.ts';
import type { Pressure } from './access/pressure.ts';
import { errorAnswer } from './errors.ts';
import type { Answer, Unidentified } from './exchange.ts';
import { makeHandler } from './handler.ts';
import { createStopping, Incoming, type Stopping } from './incoming.ts';
import { type Measuring, measured } from './measure.ts';
import type { ApiMetrics } from './port.ts';
import { send } from './send.ts';
import { openTransport } from './transport.ts';

export interface ApiServerOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Port 0 takes any that is free. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Without it plain HTTP is spoken, which is only for tests of what lies above. */
  readonly tls: TlsMaterial | undefined;
  readonly access: Access;
  /** How much one user may have under way. */
  readonly limits?: Limits | undefined;
  /** Absent: nobody is turned away for overload. */
  readonly pressure?: Pressure | undefined;
  /** Connections at a time; more are closed at once. */
  readonly connectionsMax?: number | undefined;
  /** Titan's version, for `/version`. */
  readonly version?: string;
  /** Without it `/metrics` is not served. */
  readonly metrics?: ApiMetrics;
}

export interface ApiServer {
  /** Such as `https://127.0.0.1:7001`. */
  readonly url: string;
  /** Shows another certificate to those who connect from now on. @throws Error where it does not hold */
  renew(tls: TlsMaterial): void;
  /** Ends watches, lets other answers finish for a moment, and closes every connection. */
  stop(): Promise<void>;
}

/**
 * Serves a registry as the Kubernetes API over HTTP/2 and HTTP/1.1 on one port.
 *
 * @throws Error when the address cannot be listened on
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { clock, random, log, listen, tls, access, limits, version = '0.0.0', metrics } = options;
  const handler = makeHandler({ ...options, version, metrics });
  const reply = guarded(handler.answer, { access, log, limits, pressure: options.pressure });
  const stopping = createStopping();
  const measuring = { metrics, clock, registry: options.registry };
  const answering = { reply, log, measuring, stopping, random };
  const transport = await openTransport({
    tls,
    listen,
    clock,
    connectionsMax: options.connectionsMax ?? CONNECTIONS_MAX,
    answer: (incoming, response) => void answer(answering, incoming, response),
  });
  const { url } = transport;
  log.info('API server started', { url });
  return {
    url,
    renew: transport.renew,
    async stop() {
      handler.close();
      stopping.stop();
      await transport.stop();
      log.info('API server stopped', { url });
    },
  };
}

const CONNECTIONS_MAX = 10_000;

interface Answering {
  readonly reply: (request: Unidentified) => Promise<Answer>;
  readonly log: Log;
  readonly measuring: Omit<Measuring, 'request'>;
  readonly stopping: Stopping;
  readonly random: Random;
}

/** Answers one request. Whatever happens, it does not throw. */
async function answer(
  { reply, log, measuring, stopping, random }: Answering,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { clock } = measuring;
  const request = new Incoming(incoming, response, { clock, random, stopping });
  const done = measured({ ...measuring, request });
  try {
    let sent: Answer;
    try {
      sent = await reply(request);
    } catch (thrown) {
      sent = statusOf(thrown, request, log);
    }
    const headOnly = request.method === 'HEAD';
    const { warnings, auditId } = request;
    const sending = send(sent, { response, clock, warnings, auditId, headOnly });
    if (sending !== undefined) await sending;
    done(sent.code);
  } catch (thrown) {
    if (!request.signal.aborted) log.error('answer broke off', { error: asTitanError(thrown) });
    response.destroy();
    done(500);
  }
}

function statusOf(thrown: unknown, request: Unidentified, log: Log): Answer {
  const error = asTitanError(thrown);
  if (error.reason === 'InternalError' && !request.signal.aborted) {
    log.error('request failed', { method: request.method, path: request.path, error });
  }
  return errorAnswer(error);
}
