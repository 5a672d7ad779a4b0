import type { JWK, JWTPayload } from 'jose';
import { TitanError } from '../../api/error.ts';
import type { Clock, Random } from '../../runtime/port.ts';
import type { Store } from '../../store/port.ts';
import type { BoundSecret, TokenIssuer } from '../port.ts';
import { type SigningKey, signingKey } from './key.ts';

/** Whom a token names; whether that service account still exists is not known here. */
export interface TokenSubject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly tokenId: string;
  /** The secret that it is bound to. */
  readonly bound?: BoundSecret;
}

export interface ServiceAccountTokens extends TokenIssuer {
  /**
   * @returns the same subject each time while the token is remembered
   * @throws Unauthorized for a token that is not ours, was changed, or holds no longer
   */
  verify(token: string, audiences?: readonly string[]): Promise<TokenSubject>;
  /**
   * As `verify`, at once, for a token whose signature was checked already; `undefined` where it was not.
   *
   * @throws Unauthorized
   */
  recall(token: string, audiences: readonly string[]): TokenSubject | undefined;
}

export interface ServiceAccountTokensOptions {
  readonly store: Pick<Store, 'get' | 'transact'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly issuer: string;
}

const ALGORITHM = 'ES256';
/** Tokens whose signature was checked are remembered, so that each is checked once. */
const REMEMBERED_MAX = 1_000;

/** What a token says whose signature holds. */
interface Checked {
  readonly subject: TokenSubject;
  readonly audiences: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** Signs and checks the tokens of service accounts. The key is read when it is first needed. */
export function createServiceAccountTokens(
  options: ServiceAccountTokensOptions,
): ServiceAccountTokens {
  const { store, clock, random, issuer } = options;
  const checked = new Map<string, Checked>();
  let loading: Promise<SigningKey> | undefined;

  /** A load that failed is tried again by the next request. */
  function key(): Promise<SigningKey> {
    loading ??= signingKey(store, random).catch((thrown) => {
      loading = undefined;
      throw thrown;
    });
    return loading;
  }

  async function check(token: string): Promise<Checked> {
    const [{ jwtVerify }, { publicKey }] = await Promise.all([import('jose'), key()]);
    const { payload } = await jwtVerify(token, publicKey as JWK, {
      algorithms: [ALGORITHM],
      issuer,
      currentDate: new Date(clock.now()),
      requiredClaims: ['exp', 'sub', 'aud'],
    }).catch(refuse);
    const found: Checked = {
      subject: subjectOf(payload),
      audiences: [payload.aud ?? []].flat(),
      expiresAt: (payload.exp ?? 0) * 1_000,
    };
    const oldest = checked.size < REMEMBERED_MAX ? undefined : checked.keys().next().value;
    if (oldest !== undefined) checked.delete(oldest);
    checked.set(token, found);
    return found;
  }

  function heldFor(found: Checked, audiences: readonly string[]): TokenSubject {
    const isMeant = found.audiences.some((audience) => audiences.includes(audience));
    if (!isMeant || found.expiresAt <= clock.now()) throw unauthorized();
    return found.subject;
  }

  return {
    issuer,
    async issue({ namespace, name, uid, audiences, seconds, bound }) {
      const [{ SignJWT }, { id, privateKey }] = await Promise.all([import('jose'), key()]);
      const now = Math.floor(clock.now() / 1_000);
      const secret = bound === undefined ? {} : { secret: { name: bound.name, uid: bound.uid } };
      const claims = { 'kubernetes.io': { namespace, serviceaccount: { name, uid }, ...secret } };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: ALGORITHM, kid: id })
        .setIssuer(issuer)
        .setSubject(`system:serviceaccount:${namespace}:${name}`)
        .setAudience([...audiences])
        .setJti(random.uuid())
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(now + seconds)
        .sign(privateKey as JWK);
      return { token, expiresAt: (now + seconds) * 1_000 };
    },
    recall(token, audiences) {
      const found = checked.get(token);
      return found === undefined ? undefined : heldFor(found, audiences);
    },
    async verify(token, audiences = [issuer]) {
      return heldFor(checked.get(token) ?? (await check(token)), audiences);
    },
  };
}

function refuse(thrown: unknown): never {
  throw unauthorized(thrown);
}

export function unauthorized(cause?: unknown): TitanError {
  return new TitanError('Unauthorized', 'Unauthorized', cause === undefined ? {} : { cause });
}

interface Claims {
  readonly namespace: string;
  readonly serviceaccount: { readonly name: string; readonly uid: string };
  readonly secret?: BoundSecret;
}

function subjectOf(payload: JWTPayload): TokenSubject {
  const claims = payload['kubernetes.io'] as Claims | undefined;
  if (claims === undefined) throw unauthorized();
  const { namespace, serviceaccount, secret } = claims;
  const subject = { namespace, ...serviceaccount, tokenId: payload.jti ?? '' };
  return secret === undefined ? subject : { ...subject, bound: secret };
}
