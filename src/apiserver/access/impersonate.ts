import { TitanError } from '../../api/error.ts';
import type { Authorizer, ResourceAttributes, User } from '../../auth/port.ts';
import {
  ANONYMOUS,
  authenticated,
  parseServiceAccount,
  serviceAccountGroups,
} from '../../auth/users.ts';
import type { Request } from '../exchange.ts';
import { forbidden } from './forbidden.ts';

const EXTRA = 'impersonate-extra-';

/**
 * The user that a request is to be made as: its sender, or whom the `Impersonate-` headers name where
 * the sender may take that user's place.
 *
 * @throws Forbidden, BadRequest
 */
export function impersonated(
  sender: User,
  request: Pick<Request, 'headerValues' | 'headerNames'>,
  authorizer: Authorizer,
): User {
  const all = request.headerNames();
  if (!all.some(isImpersonating)) return sender;
  const names = all.filter(isImpersonating);
  const wanted = readHeaders(names, request);
  for (const attributes of needed(wanted)) {
    if (!authorizer.allows(sender, attributes)) throw forbidden(sender, attributes);
  }
  const account = parseServiceAccount(wanted.name);
  const groups =
    account !== undefined && wanted.groups.length === 0
      ? serviceAccountGroups(account.namespace)
      : wanted.groups;
  const user = { ...wanted, groups };
  return user.name === ANONYMOUS.name ? ANONYMOUS : authenticated(user);
}

function isImpersonating(header: string): boolean {
  return header.startsWith('impersonate-');
}

function readHeaders(names: readonly string[], request: Pick<Request, 'headerValues'>): User {
  const headerValues = (header: string) => request.headerValues(header);
  const [name = ''] = headerValues('impersonate-user');
  const [uid] = headerValues('impersonate-uid');
  if (name === '') {
    throw new TitanError(
      'BadRequest',
      `requested ${names.join(', ')} without impersonating a user`,
    );
  }
  const extra = Object.fromEntries(
    names
      .filter((header) => header.startsWith(EXTRA))
      .map((header) => [decode(header.slice(EXTRA.length)), headerValues(header)]),
  );
  const groups = headerValues('impersonate-group');
  return {
    name,
    groups,
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What the sender must be allowed. */
function needed({ name, groups, uid, extra = {} }: User): readonly ResourceAttributes[] {
  const account = parseServiceAccount(name);
  const user =
    account === undefined
      ? about('', 'users', name)
      : { ...about('', 'serviceaccounts', account.name), namespace: account.namespace };
  return [
    user,
    ...groups.map((group) => about('', 'groups', group)),
    ...(uid === undefined ? [] : [about('authentication.k8s.io', 'uids', uid)]),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({
        ...about('authentication.k8s.io', 'userextras', value),
        subresource: key,
      })),
    ),
  ];
}

function about(group: string, resource: string, name: string): ResourceAttributes {
  return { verb: 'impersonate', group, resource, subresource: '', namespace: '', name };
}
