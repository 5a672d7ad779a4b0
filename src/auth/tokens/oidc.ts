import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { TitanError } from '../../api/error.ts';
import type { Clock } from '../../runtime/port.ts';
import type { User } from '../port.ts';
import { unauthorized } from './service-accounts.ts';

/** An issuer of people's tokens (OpenID Connect), and how its claims are read. */
export interface OidcSettings {
  readonly issuer: string;
  /** The audience that a token must have. */
  readonly clientId: string;
  readonly usernameClaim: string;
  readonly groupsClaim: string;
  /** Put before each name, so that nobody can be taken for another issuer's user. */
  readonly usernamePrefix: string;
  readonly groupsPrefix: string;
}

export interface OidcVerifier {
  readonly issuer: string;
  /** @throws Unauthorized, ServiceUnavailable while the issuer does not answer */
  verify(token: string): Promise<User>;
}

const ALGORITHMS = ['RS256', 'ES256', 'PS256', 'EdDSA'];
const FETCH_MS = 5_000;
const GROUPS_MAX = 1_000;

/** Checks tokens with the keys that the issuer publishes, which are fetched when first needed. */
export function createOidcVerifier(settings: OidcSettings, clock: Clock): OidcVerifier {
  const { issuer, clientId: audience } = settings;
  let loading: Promise<JWTVerifyGetKey> | undefined;

  function keys(): Promise<JWTVerifyGetKey> {
    loading ??= remoteKeys(issuer).catch((thrown) => {
      loading = undefined;
      throw away(issuer, thrown);
    });
    return loading;
  }

  return {
    issuer,
    async verify(token) {
      const [{ jwtVerify }, published] = await Promise.all([import('jose'), keys()]);
      const currentDate = new Date(clock.now());
      const checks = { algorithms: ALGORITHMS, issuer, audience, currentDate };
      const { payload } = await jwtVerify(token, published, {
        ...checks,
        requiredClaims: ['exp', 'sub'],
      }).catch((thrown) => {
        throw isOutage(thrown) ? away(issuer, thrown) : unauthorized(thrown);
      });
      return userOf(payload, settings);
    },
  };
}

function away(issuer: string, cause: unknown): TitanError {
  return new TitanError('ServiceUnavailable', `${issuer} does not answer`, { cause });
}

/** Of `jose`: the keys did not come in time, or something else came. */
const OUTAGES = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC']);

/** Whether it is the keys that could not be fetched, and the token may be good. */
function isOutage(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  // What `fetch` fails with is a TypeError that has a cause.
  if (thrown instanceof TypeError) return thrown.cause !== undefined;
  return 'code' in thrown && OUTAGES.has(String(thrown.code));
}

async function remoteKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet } = await import('jose');
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const document = (await response.json()) as {
    readonly issuer?: string;
    readonly jwks_uri?: string;
  };
  if (document.issuer !== issuer || document.jwks_uri === undefined) {
    throw new Error(`${url} is not the document of ${issuer}`);
  }
  return createRemoteJWKSet(new URL(document.jwks_uri), { timeoutDuration: FETCH_MS });
}

/** Names that begin with `system:` are Titan's own: no issuer gives them away. */
function userOf(payload: JWTPayload, settings: OidcSettings): User {
  const named = payload[settings.usernameClaim];
  if (typeof named !== 'string' || named === '') throw unauthorized();
  if (settings.usernameClaim === 'email' && payload.email_verified === false) throw unauthorized();
  const name = `${settings.usernamePrefix}${named}`;
  const claimed = payload[settings.groupsClaim];
  const listed: readonly unknown[] = Array.isArray(claimed) ? claimed : [claimed];
  const groups = listed
    .filter((group): group is string => typeof group === 'string' && group !== '')
    .slice(0, GROUPS_MAX)
    .map((group) => `${settings.groupsPrefix}${group}`)
    .filter((group) => !group.startsWith('system:'));
  if (name.startsWith('system:')) throw unauthorized();
  return { name, groups };
}
