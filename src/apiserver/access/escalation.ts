import {
  CLUSTER_ROLE,
  type ClusterRole,
  type PolicyRule,
  RBAC_GROUP,
  ROLE,
  type RoleBinding,
} from '../../api/builtin.ts';
import { TitanError } from '../../api/error.ts';
import { resourceName } from '../../api/kind.ts';
import type { ApiObject } from '../../api/object.ts';
import type { Access, User } from '../../auth/port.ts';
import { notCovered } from '../../auth/rbac/rules.ts';
import type { Definition } from '../../registry/port.ts';

interface Giving {
  readonly user: User;
  readonly access: Access;
  readonly definition: Definition;
}

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Nobody gives away more than they have: what a role holds, or the role that a binding names, must be
 * among the writer's own rules, unless they may `escalate` roles or `bind` that one.
 *
 * @returns what refuses an object that is about to be stored; `undefined` for kinds that give nothing
 */
export function givingCheck(giving: Giving): ((object: ApiObject) => void) | undefined {
  const { group, plural } = giving.definition.kind;
  if (group !== RBAC_GROUP) return undefined;
  const isRole = plural === ROLE.plural || plural === CLUSTER_ROLE.plural;
  return isRole
    ? (object) => checkRole(giving, object as ClusterRole)
    : (object) => checkBinding(giving, object as RoleBinding);
}

function checkRole(giving: Giving, { metadata, rules, aggregationRule }: ClusterRole): void {
  const { resource, namespace } = placeOf(giving, metadata);
  const may = { verb: 'escalate', group: RBAC_GROUP, resource, subresource: '', namespace };
  if (giving.access.allows(giving.user, { ...may, name: metadata.name })) return;
  // Nobody knows yet what an aggregated role will hold.
  refuseMore(giving, metadata, aggregationRule ? EVERYTHING : (rules ?? []));
}

function checkBinding(giving: Giving, { metadata, roleRef }: RoleBinding): void {
  const { namespace } = placeOf(giving, metadata);
  const resource = roleRef.kind === ROLE.kind ? ROLE.plural : CLUSTER_ROLE.plural;
  const may = { verb: 'bind', group: RBAC_GROUP, resource, subresource: '', namespace };
  if (giving.access.allows(giving.user, { ...may, name: roleRef.name })) return;
  const rules = giving.access.roleRules(roleRef.kind, namespace, roleRef.name);
  // A role that is not there may come to hold anything.
  refuseMore(giving, metadata, rules ?? EVERYTHING);
}

function placeOf({ definition }: Giving, { namespace = '' }: ApiObject['metadata']) {
  return { resource: definition.kind.plural, namespace };
}

function refuseMore(
  { user, access, definition }: Giving,
  { name, namespace = '' }: ApiObject['metadata'],
  rules: readonly PolicyRule[],
): void {
  const missing = notCovered(access.rulesFor(user, namespace), rules);
  if (missing.length === 0) return;
  const { group, plural } = definition.kind;
  const who = `user ${JSON.stringify(user.name)} (groups=${JSON.stringify(user.groups)})`;
  const what = missing.slice(0, 10).map((rule) => JSON.stringify(rule));
  const message =
    `${resourceName(definition.kind)} "${name}" is forbidden: ${who} is attempting to grant RBAC ` +
    `permissions not currently held:\n${what.join('\n')}`;
  throw new TitanError('Forbidden', message, { details: { name, group, kind: plural } });
}
