import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { TitanError } from '../../api/error.ts';
import type { Credentials } from '../../auth/port.ts';

const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;
/** Browsers can put no header on a WebSocket: they send the token as the name of a protocol. */
const PROTOCOL = /(?:^|,)\s*base64url\.bearer\.authorization\.k8s\.io\.([A-Za-z0-9\-_]+)/;

type Certificate = Credentials['certificate'];

/** The subjects of the connections that were asked already: a certificate is read once. */
const known = new WeakMap<object, { readonly certificate: Certificate }>();

/** What a request says of who sends it. @throws Unauthorized for a certificate that does not hold */
export function credentialsOf(incoming: IncomingMessage): Credentials {
  const certificate = certificateOf(incoming);
  const bearer = bearerOf(incoming.headers);
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(bearer === undefined ? {} : { bearer }),
  };
}

/** @throws Unauthorized for an `Authorization` that is no bearer token */
function bearerOf(headers: IncomingMessage['headers']): string | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) {
    const [, token] = BEARER.exec(authorization) ?? [];
    if (token === undefined) throw new TitanError('Unauthorized', 'Unauthorized');
    return token;
  }
  const [, encoded] = PROTOCOL.exec(headers['sec-websocket-protocol'] ?? '') ?? [];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString();
}

/** HTTP/2 requests share the session of their connection, and see its socket through it. */
function certificateOf(incoming: IncomingMessage): Certificate {
  const session = (incoming as unknown as Partial<Http2ServerRequest>).stream?.session;
  const connection = session ?? incoming.socket;
  const held = known.get(connection);
  if (held !== undefined) return held.certificate;
  const certificate = subjectOf((session?.socket ?? incoming.socket) as TLSSocket);
  known.set(connection, { certificate });
  return certificate;
}

function subjectOf(socket: TLSSocket): Certificate {
  if (!socket.encrypted) return undefined;
  const { subject } = socket.getPeerCertificate() ?? {};
  if (subject === undefined) return undefined;
  const [name = ''] = [subject.CN ?? []].flat();
  if (!socket.authorized || name === '') throw new TitanError('Unauthorized', 'Unauthorized');
  const groups = [(subject as { readonly O?: string | readonly string[] }).O ?? []].flat();
  return { name, groups };
}
