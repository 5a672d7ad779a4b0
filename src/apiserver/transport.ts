import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { TlsMaterial } from '../auth/port.ts';
import type { Clock } from '../runtime/port.ts';

export interface TransportOptions {
  /** Without it plain HTTP is spoken, which is only for tests of what lies above. */
  readonly tls: TlsMaterial | undefined;
  /** Port 0 takes any that is free. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly clock: Clock;
  /** Connections at a time; more are closed at once. */
  readonly connectionsMax: number;
  readonly times?: ConnectionTimes;
  answer(incoming: IncomingMessage, response: ServerResponse): void;
}

/** A port that answers HTTP/2 and HTTP/1.1. */
export interface Transport {
  /** Such as `https://127.0.0.1:7001`. */
  readonly url: string;
  /** Shows another certificate to those who connect from now on. @throws Error where it does not hold */
  renew(tls: TlsMaterial): void;
  /** Lets answers finish for a moment, then closes every connection. */
  stop(): Promise<void>;
}

/** How long a peer that says nothing, or not enough, keeps its connection, in milliseconds. */
export interface ConnectionTimes {
  /** For the TLS handshake. */
  readonly handshake: number;
  /** For the head of an HTTP/1.1 request, from its first byte, or from the connection's start. */
  readonly head: number;
  /** For all of an HTTP/1.1 request. */
  readonly request: number;
  /** Between two HTTP/1.1 requests. */
  readonly keepAlive: number;
  /** HTTP/1.1 connections are looked at so often for what is late. */
  readonly check: number;
  /** For an HTTP/2 connection without a request under way. */
  readonly idle: number;
}

const TIMES: ConnectionTimes = {
  handshake: 10_000,
  head: 30_000,
  request: 120_000,
  keepAlive: 65_000,
  check: 5_000,
  idle: 300_000,
};

/** The system asks a silent peer so often whether it is still there, and closes what answers no more. */
const PROBE_MS = 30_000;
const STOP_GRACE_MS = 2_000;
const STREAMS_MAX = 250;

/** @throws Error where the address cannot be listened on */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  const { tls, listen, clock, connectionsMax, times = TIMES } = options;
  const { answer } = options;
  const server =
    tls === undefined
      ? createServer(http1Times(times), answer)
      : secureServer({ answer, tls, times });
  server.maxConnections = connectionsMax;
  const connections = track(server, { clock, idle: times.idle });
  await listening(server, listen);
  const { address, port, family } = server.address() as AddressInfo;
  const scheme = tls === undefined ? 'http' : 'https';
  return {
    url: `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    renew(fresh) {
      if ('setSecureContext' in server) server.setSecureContext(secureContext(fresh));
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      connections.finish();
      const cancel = clock.after(STOP_GRACE_MS, connections.destroy);
      await closed;
      cancel();
    },
  };
}

function http1Times({ head, request, keepAlive, check }: ConnectionTimes) {
  return {
    headersTimeout: head,
    requestTimeout: request,
    keepAliveTimeout: keepAlive,
    connectionsCheckingInterval: check,
  };
}

function secureContext({ certificate, key, clientAuthorities }: TlsMaterial) {
  return { cert: certificate, key, ca: clientAuthorities, minVersion: 'TLSv1.2' } as const;
}

interface Secure extends Pick<TransportOptions, 'answer'> {
  readonly tls: TlsMaterial;
  readonly times: ConnectionTimes;
}

function secureServer({ answer, tls, times }: Secure): Http2SecureServer {
  const server = createSecureServer({
    allowHTTP1: true,
    ...secureContext(tls),
    requestCert: true,
    // Whoever has no certificate may have a token: authentication decides.
    rejectUnauthorized: false,
    handshakeTimeout: times.handshake,
    settings: { maxConcurrentStreams: STREAMS_MAX },
  });
  Object.assign(server, http1Times(times));
  // The compatibility layer gives HTTP/2 requests the shape of HTTP/1.1 ones.
  server.on('request', answer as unknown as Parameters<typeof server.on>[1]);
  server.on('sessionError', () => undefined);
  return server;
}

interface Connections {
  /** Closes what is idle, and the rest as it becomes so. */
  finish(): void;
  destroy(): void;
}

interface Idling {
  readonly clock: Clock;
  readonly idle: number;
}

function track(server: Server | Http2SecureServer, idling: Idling): Connections {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const add = (socket: Socket) => {
    sockets.add(socket);
    socket.setKeepAlive(true, PROBE_MS);
    socket.once('close', () => sockets.delete(socket));
  };
  server.on('connection', add);
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => undefined);
    closeWhenIdle(session, idling);
  });
  return {
    finish() {
      for (const session of sessions) session.close();
      if ('closeIdleConnections' in server) server.closeIdleConnections();
    },
    destroy() {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * A session with a request under way is not idle, however quiet: it may be a watch. The peer is told,
 * and not waited for: a hostile one would never close its end.
 */
function closeWhenIdle(session: ServerHttp2Session, { clock, idle }: Idling): void {
  const close = () => session.destroy();
  let open = 0;
  let cancel = clock.after(idle, close);
  session.on('stream', (stream) => {
    cancel();
    open += 1;
    stream.once('close', () => {
      open -= 1;
      if (open === 0 && !session.destroyed) cancel = clock.after(idle, close);
    });
  });
  session.once('close', () => cancel());
}

async function listening(
  server: Server | Http2SecureServer,
  { host, port }: TransportOptions['listen'],
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
