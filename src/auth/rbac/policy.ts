import type { ClusterRole, PolicyRule, Role, RoleBinding, Subject } from '../../api/builtin.ts';
import type { Authorizer, User } from '../port.ts';
import { MASTERS, serviceAccountName } from '../users.ts';
import { rememberDecisions } from './decisions.ts';

/** The objects that say who may do what. */
export interface PolicySource {
  readonly roles: Iterable<Role>;
  readonly clusterRoles: Iterable<ClusterRole>;
  readonly roleBindings: Iterable<RoleBinding>;
  readonly clusterRoleBindings: Iterable<RoleBinding>;
}

/** The rules that bindings give, by subject. */
type BySubject = Map<string, (readonly PolicyRule[])[]>;

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** Reads roles and bindings into an index by subject, so that a decision costs by what a user has. */
export function createPolicy(source: PolicySource): Authorizer {
  const clusterRules = new Map<string, readonly PolicyRule[]>();
  for (const { metadata, rules } of source.clusterRoles)
    clusterRules.set(metadata.name, rules ?? []);
  const roleRules = new Map<string, readonly PolicyRule[]>();
  for (const { metadata, rules } of source.roles) {
    roleRules.set(`${metadata.namespace}/${metadata.name}`, rules ?? []);
  }
  const rulesOf = (kind: string, namespace: string, name: string) =>
    kind === 'Role' ? roleRules.get(`${namespace}/${name}`) : clusterRules.get(name);
  const everywhere: BySubject = new Map();
  const inside = new Map<string, BySubject>();
  for (const binding of source.clusterRoleBindings) {
    if (binding.roleRef.kind !== 'ClusterRole') continue;
    give(everywhere, binding, clusterRules.get(binding.roleRef.name));
  }
  for (const binding of source.roleBindings) {
    const { namespace = '' } = binding.metadata;
    const { kind, name } = binding.roleRef;
    const rules = rulesOf(kind, namespace, name);
    const there = inside.get(namespace) ?? new Map();
    inside.set(namespace, there);
    give(there, binding, rules);
  }

  function* ruleSets(user: User, namespace: string): Generator<readonly PolicyRule[], void> {
    if (user.groups.includes(MASTERS)) yield EVERYTHING;
    const there = namespace === '' ? undefined : inside.get(namespace);
    for (const key of keysOf(user)) {
      yield* everywhere.get(key) ?? [];
      yield* there?.get(key) ?? [];
    }
  }

  const rulesFor = (user: User, namespace: string) => [...ruleSets(user, namespace)].flat();
  return {
    allows: rememberDecisions(rulesFor),
    rulesFor,
    roleRules: rulesOf,
  };
}

function give(to: BySubject, binding: RoleBinding, rules: readonly PolicyRule[] | undefined): void {
  if (rules === undefined) return;
  for (const subject of binding.subjects ?? []) {
    const key = subjectKey(subject, binding.metadata.namespace);
    if (key === undefined) continue;
    const sets = to.get(key) ?? [];
    sets.push(rules);
    to.set(key, sets);
  }
}

function subjectKey(subject: Subject, bindingNamespace: string | undefined): string | undefined {
  const { kind, name, namespace = bindingNamespace } = subject;
  if (kind === 'User') return `user ${name}`;
  if (kind === 'Group') return `group ${name}`;
  if (kind !== 'ServiceAccount' || namespace === undefined) return undefined;
  return `user ${serviceAccountName(namespace, name)}`;
}

function keysOf({ name, groups }: User): readonly string[] {
  return [`user ${name}`, ...new Set(groups.map((group) => `group ${group}`))];
}
