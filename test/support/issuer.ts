import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Millis } from '../../src/api/object.ts';
import type { KeyPair } from '../../src/auth/port.ts';

/** An issuer of people's tokens, as OpenID Connect describes one. */
export interface Issuer {
  readonly url: string;
  /** A token that holds for a minute, for the client `titan` unless `claims` say so. */
  token(claims: Readonly<Record<string, unknown>>, now: Millis): Promise<string>;
  /** From now on it has no keys to show, or has them again. */
  hideKeys(areHidden: boolean): void;
  stop(): Promise<void>;
}

/** Starts one on loopback; with a key pair it speaks TLS. */
export async function startIssuer(tls?: KeyPair): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' };
  let areHidden = false;
  const answer: RequestListener = (request, response) => {
    const isKeys = request.url === '/keys';
    if (isKeys && areHidden) response.statusCode = 502;
    const body = isKeys ? { keys: [jwk] } : { issuer: url, jwks_uri: `${url}/keys` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  };
  const server =
    tls === undefined
      ? createPlainServer(answer)
      : createServer({ cert: tls.certificate, key: tls.key }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scheme = tls === undefined ? 'http' : 'https';
  const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token: (claims, now) =>
      new SignJWT({ aud: 'titan', sub: '1', ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setIssuer(url)
        .setExpirationTime(Math.floor(now / 1_000) + 60)
        .sign(privateKey),
    hideKeys(hidden) {
      areHidden = hidden;
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
