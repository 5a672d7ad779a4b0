import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  ROLE,
  ROLE_BINDING,
  SECRET,
  SERVICE_ACCOUNT,
} from '../api/builtin.ts';
import type { Kind } from '../api/kind.ts';
import { type ApiObject, isDeleting, type ObjectKey } from '../api/object.ts';
import { createAuthenticator } from '../auth/authenticate.ts';
import type { Access, Authorizer } from '../auth/port.ts';
import { createPolicy } from '../auth/rbac/policy.ts';
import { createOidcVerifier, type OidcSettings } from '../auth/tokens/oidc.ts';
import { createServiceAccountTokens } from '../auth/tokens/service-accounts.ts';
import type { Client } from '../registry/port.ts';
import { createInformer } from '../runtime/informer.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import type { Store } from '../store/port.ts';
import { keepAggregates } from './aggregates.ts';
import { keepTokenSecrets } from './token-secrets.ts';

export interface AccessOptions {
  readonly client: Client;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Named in the tokens of this domain's service accounts. */
  readonly domain: string;
  readonly oidc?: OidcSettings | undefined;
  /** Who signed the API server's certificate, where that is known. */
  readonly authority?: string | undefined;
}

/**
 * Who may do what in one fault domain. Resolves when all roles and bindings are known; it follows
 * them until `signal` aborts.
 */
export async function openAccess(options: AccessOptions, signal: AbortSignal): Promise<Access> {
  const { client, store, clock, random, domain, oidc } = options;
  const policy = await followPolicy(options, signal);
  const tokens = createServiceAccountTokens({
    store,
    clock,
    random,
    issuer: `https://titan.dev/domains/${domain}`,
  });
  const { log, authority } = options;
  keepTokenSecrets({ client, clock, random, log, tokens, authority }, signal);
  const authenticator = createAuthenticator({
    tokens,
    oidc: oidc === undefined ? undefined : createOidcVerifier(oidc, clock),
    uidOf: (kind, namespace, name) => uidOf(client, TOKEN_KINDS[kind], { namespace, name }),
  });
  return {
    tokens,
    authenticate: authenticator.authenticate,
    reviewToken: authenticator.review,
    allows: (user, attributes) => policy().allows(user, attributes),
    rulesFor: (user, namespace) => policy().rulesFor(user, namespace),
    roleRules: (kind, namespace, name) => policy().roleRules(kind, namespace, name),
  };
}

/** The newest policy. It is read anew by the first question after a change. */
async function followPolicy(
  { client, clock, random, log }: AccessOptions,
  signal: AbortSignal,
): Promise<() => Authorizer> {
  const follow = <T extends ApiObject>(kind: Kind<T>) =>
    createInformer({ client, clock, random, log, kind });
  const roles = follow(ROLE);
  const clusterRoles = follow(CLUSTER_ROLE);
  const roleBindings = follow(ROLE_BINDING);
  const clusterRoleBindings = follow(CLUSTER_ROLE_BINDING);
  const all = [roles, clusterRoles, roleBindings, clusterRoleBindings];
  keepAggregates({ client, clusterRoles, clock, log }, signal);
  let policy: Authorizer | undefined;
  for (const informer of all) {
    informer.onChange(() => {
      policy = undefined;
    });
    void informer.run(signal);
  }
  await Promise.all(all.map((informer) => informer.whenSynced()));
  return () => {
    policy ??= createPolicy({
      roles: roles.values(),
      clusterRoles: clusterRoles.values(),
      roleBindings: roleBindings.values(),
      clusterRoleBindings: clusterRoleBindings.values(),
    });
    return policy;
  };
}

const TOKEN_KINDS = { ServiceAccount: SERVICE_ACCOUNT, Secret: SECRET } as const;

function uidOf(client: Client, kind: Kind<ApiObject>, key: ObjectKey): string | undefined {
  const object = client.known(kind, key);
  return object === undefined || isDeleting(object) ? undefined : object.metadata.uid;
}
