import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { TitanError } from '../../api/error.ts';
import type { Credentials } from '../../auth/port.ts';

const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;
/** Browsers can put no header on a WebSocket: they send the token as the name of a protocol. */
const PROTOCOL = /(?:^|,)\s*base64url\.bearer\.authorization\.k8s\.io\.([A-Za-z0-9\-_]+)/;

type Certificate = Credentials['certificate'];

/** What a connection was asked already: its certificate is read once, and a token that comes again is known. */
interface Known {
  readonly certificate: Certificate;
  authorization?: string | undefined;
  credentials?: Credentials;
}

/** Reads what requests say of who sends them. @throws Unauthorized for a certificate that does not hold */
export type ReadCredentials = (incoming: IncomingMessage) => Credentials;

/** Remembers of each connection, for as long as it is there, what it was asked already. */
export function createCredentialsReader(): ReadCredentials {
  const known = new WeakMap<object, Known>();

  /** HTTP/2 requests share the session of their connection, and see its socket through it. */
  function knownOf(incoming: IncomingMessage): Known {
    const session = (incoming as unknown as Partial<Http2ServerRequest>).stream?.session;
    const connection = session ?? incoming.socket;
    const held = known.get(connection);
    if (held !== undefined) return held;
    const made = { certificate: subjectOf((session?.socket ?? incoming.socket) as TLSSocket) };
    known.set(connection, made);
    return made;
  }

  return (incoming) => {
    const { authorization, 'sec-websocket-protocol': protocol } = incoming.headers;
    const connection = knownOf(incoming);
    const isSame = protocol === undefined && connection.authorization === authorization;
    if (connection.credentials !== undefined && isSame) return connection.credentials;
    const { certificate } = connection;
    const bearer = bearerOf(authorization, protocol);
    const credentials = {
      ...(certificate === undefined ? {} : { certificate }),
      ...(bearer === undefined ? {} : { bearer }),
    };
    if (protocol === undefined) Object.assign(connection, { authorization, credentials });
    return credentials;
  };
}

/** @throws Unauthorized for an `Authorization` that is no bearer token */
function bearerOf(
  authorization: string | undefined,
  protocol: string | undefined,
): string | undefined {
  if (authorization !== undefined) {
    const [, token] = BEARER.exec(authorization) ?? [];
    if (token === undefined) throw new TitanError('Unauthorized', 'Unauthorized');
    return token;
  }
  const [, encoded] = PROTOCOL.exec(protocol ?? '') ?? [];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString();
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
