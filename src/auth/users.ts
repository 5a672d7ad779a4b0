import type { User } from './port.ts';

/** Whoever is in this group may do everything, whatever the roles say. */
export const MASTERS = 'system:masters';
export const AUTHENTICATED = 'system:authenticated';
/** The other fault domains' Titans. */
export const DOMAINS = 'system:titan:domains';

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** How a fault domain's Titan is called where it reads from another. */
export function domainUser(domain: string): string {
  return `system:titan:domain:${domain}`;
}

/** How a service account is called as a user. */
export function serviceAccountName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

export function serviceAccountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

/** The namespace and name of the service account that a user's name names. */
export function parseServiceAccount(
  userName: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const [system, type, namespace, name, ...more] = userName.split(':');
  const isOne = system === 'system' && type === 'serviceaccount' && more.length === 0;
  return isOne && namespace && name ? { namespace, name } : undefined;
}

/** The user with the group that everybody is in whose credentials hold. */
export function authenticated(user: User): User {
  if (user.groups.includes(AUTHENTICATED)) return user;
  return { ...user, groups: [...user.groups, AUTHENTICATED] };
}
