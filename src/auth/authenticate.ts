import type { Authenticator, Credentials, User } from './port.ts';
import type { OidcVerifier } from './tokens/oidc.ts';
import {
  type ServiceAccountTokens,
  type TokenSubject,
  unauthorized,
} from './tokens/service-accounts.ts';
import { authenticated, serviceAccountGroups, serviceAccountName } from './users.ts';

export interface AuthenticatorOptions {
  readonly tokens: ServiceAccountTokens;
  readonly oidc?: OidcVerifier | undefined;
  /** The uid of an object that exists now and is not being deleted. */
  readonly uidOf: (
    kind: 'ServiceAccount' | 'Secret',
    namespace: string,
    name: string,
  ) => string | undefined;
}

/** Authentication, and the review of a token that somebody else was given. */
export interface TokenAuthenticator extends Authenticator {
  /** @throws Unauthorized */
  review(token: string, audiences: readonly string[]): Promise<User>;
}

const TOKEN_MAX_CHARS = 16_384;

/**
 * Client certificates first, then bearer tokens by who issued them. Whoever comes again by the same
 * certificate, or by a token that is remembered, is the same `User` object: what is known of them is found
 * by it.
 */
export function createAuthenticator(options: AuthenticatorOptions): TokenAuthenticator {
  const { tokens, oidc } = options;
  const ours = [tokens.issuer];
  const users = new WeakMap<object, User>();

  function userOf(found: object, make: () => User): User {
    const known = users.get(found);
    if (known !== undefined) return known;
    const user = authenticated(make());
    users.set(found, user);
    return user;
  }

  function account(subject: TokenSubject): User {
    checkAccount(subject, options);
    return userOf(subject, () => serviceAccount(subject));
  }

  async function ofNew(token: string, audiences: readonly string[]): Promise<User> {
    const issuer = issuerOf(token);
    if (issuer === tokens.issuer) return account(await tokens.verify(token, audiences));
    // People's tokens name no audience of ours, and are meant for this API alone.
    const isMeant = audiences.includes(tokens.issuer);
    if (oidc === undefined || issuer !== oidc.issuer || !isMeant) throw unauthorized();
    return authenticated(await oidc.verify(token));
  }

  function ofToken(token: string, audiences: readonly string[]): User | Promise<User> {
    const subject = tokens.recall(token, audiences);
    return subject === undefined ? ofNew(token, audiences) : account(subject);
  }

  return {
    authenticate({ certificate, bearer }: Credentials) {
      if (certificate !== undefined) return userOf(certificate, () => certificate);
      if (bearer === undefined) return undefined;
      return ofToken(bearer, ours);
    },
    review: async (token, audiences) => ofToken(token, audiences.length === 0 ? ours : audiences),
  };
}

/** Only to choose who checks the token: it is not to be believed yet. */
function issuerOf(token: string): string | undefined {
  if (token.length > TOKEN_MAX_CHARS) return undefined;
  try {
    const [, payload = ''] = token.split('.');
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const issuer = (claims as { readonly iss?: unknown } | null)?.iss;
    return typeof issuer === 'string' ? issuer : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A token ends with its service account, and with the secret that it is bound to: one of the same name that
 * came later is another.
 *
 * @throws Unauthorized
 */
function checkAccount(
  { namespace, name, uid, bound }: TokenSubject,
  { uidOf }: AuthenticatorOptions,
): void {
  if (uidOf('ServiceAccount', namespace, name) !== uid) throw unauthorized();
  if (bound !== undefined && uidOf('Secret', namespace, bound.name) !== bound.uid) {
    throw unauthorized();
  }
}

function serviceAccount({ namespace, name, uid, tokenId }: TokenSubject): User {
  return {
    name: serviceAccountName(namespace, name),
    uid,
    groups: serviceAccountGroups(namespace),
    extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${tokenId}`] },
  };
}
