import type { IncomingMessage, ServerResponse } from 'node:http';
import { asTitanError } from '../api/error.ts';
import type { Access, TlsMaterial } from '../auth/port.ts';
import type { Registry } from '../registry/port.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import { createAuditIds } from './access/audit-ids.ts';
import { createCredentialsReader } from './access/credentials.ts';
import { guarded } from './access/guard.ts';
import type { Limits } from './access/limits.ts';
import type { Pressure } from './access/pressure.ts';
import { errorAnswer } from './errors.ts';
import type { Answer, Unidentified } from './exchange.ts';
import { makeHandler } from './handler.ts';
import { createStopping, Incoming, type Serving } from './incoming.ts';
import { type Count, type Measuring, measured } from './measure.ts';
import type { ApiMetrics } from './port.ts';
import { createRouter } from './route.ts';
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
  /** For `/readyz`: what the start has not come to yet. */
  readonly lacking?: () => string | undefined;
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
  const { registry, pressure } = options;
  const reply = guarded(handler.answer, { access, log, registry, limits, pressure });
  const stopping = createStopping();
  const made = {
    route: createRouter(),
    auditId: createAuditIds(random),
    credentials: createCredentialsReader(),
  };
  const answering = { reply, log, clock, metrics, registry, stopping, ...made };
  const transport = await openTransport({
    tls,
    listen,
    clock,
    connectionsMax: options.connectionsMax ?? CONNECTIONS_MAX,
    answer: (incoming, response) => answer(answering, incoming, response),
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

interface Answering extends Serving, Omit<Measuring, 'clock'> {
  readonly reply: (request: Unidentified) => Answer | Promise<Answer>;
  readonly log: Log;
}

/** One request that is being answered. */
interface Exchange {
  readonly answering: Answering;
  readonly request: Incoming;
  readonly response: ServerResponse;
  readonly count: Count;
}

/** Answers one request, at once where that can be. Whatever happens, it does not throw. */
function answer(answering: Answering, incoming: IncomingMessage, response: ServerResponse): void {
  const request = new Incoming(incoming, response, answering);
  const exchange = { answering, request, response, count: measured(answering, request) };
  try {
    const replied = answering.reply(request);
    if (replied instanceof Promise) {
      replied.then(
        (sent) => finish(exchange, sent),
        (thrown) => refuse(exchange, thrown),
      );
    } else finish(exchange, replied);
  } catch (thrown) {
    refuse(exchange, thrown);
  }
}

function refuse(exchange: Exchange, thrown: unknown): void {
  finish(exchange, statusOf(thrown, exchange.request, exchange.answering.log));
}

function finish(exchange: Exchange, sent: Answer): void {
  const { answering, request, response, count } = exchange;
  const { warnings, auditId, method } = request;
  const { clock } = answering;
  const headOnly = method === 'HEAD';
  try {
    const sending = send(sent, { response, clock, warnings, auditId, headOnly });
    if (sending === undefined) count(sent.code);
    else sending.then(() => count(sent.code)).catch((thrown) => breakOff(exchange, thrown));
  } catch (thrown) {
    breakOff(exchange, thrown);
  }
}

function breakOff({ answering, request, response, count }: Exchange, thrown: unknown): void {
  const error = asTitanError(thrown);
  if (!request.signal.aborted) answering.log.error('answer broke off', { error });
  response.destroy();
  count(500);
}

function statusOf(thrown: unknown, request: Unidentified, log: Log): Answer {
  const error = asTitanError(thrown);
  if (error.reason === 'InternalError' && !request.signal.aborted) {
    log.error('request failed', { method: request.method, path: request.path, error });
  }
  return errorAnswer(error);
}
