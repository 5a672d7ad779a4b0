import { expect } from 'chai';
import fc from 'fast-check';
import type { PolicyRule, RoleBinding } from '../../../src/api/builtin.ts';
import type { Attributes, User } from '../../../src/auth/port.ts';
import { aggregatedRules } from '../../../src/auth/rbac/aggregate.ts';
import { createPolicy, type PolicySource } from '../../../src/auth/rbac/policy.ts';
import { notCovered, ruleAllows } from '../../../src/auth/rbac/rules.ts';

const meta = (name: string, namespace?: string) => ({
  name,
  uid: name,
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '2026-01-01T00:00:00Z',
  ...(namespace === undefined ? {} : { namespace }),
});

const API = { apiVersion: 'rbac.authorization.k8s.io/v1' };

/** What a rule means, said as plainly as can be. */
function naiveAllows(rule: PolicyRule, asked: Attributes): boolean {
  const has = (list: readonly string[] | undefined, wanted: string[]) =>
    (list ?? []).some((item) => wanted.includes(item));
  if (!has(rule.verbs, ['*', asked.verb])) return false;
  if ('path' in asked) {
    return (rule.nonResourceURLs ?? []).some((url) => {
      const pattern = url.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*$/, '.*');
      return new RegExp(`^${pattern}$`).test(asked.path);
    });
  }
  const whole = asked.subresource ? `${asked.resource}/${asked.subresource}` : asked.resource;
  const forms = ['*', whole, ...(asked.subresource ? [`*/${asked.subresource}`] : [])];
  const names = rule.resourceNames ?? [];
  return (
    has(rule.apiGroups, ['*', asked.group]) &&
    has(rule.resources, forms) &&
    (names.length === 0 || names.includes(asked.name))
  );
}

const verbs = fc.constantFrom('get', 'list', '*');
const groups = fc.constantFrom('', 'titan.dev', '*');
const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 2 });
const anyRule: fc.Arbitrary<PolicyRule> = fc.oneof(
  fc.record({
    verbs: some(verbs),
    apiGroups: some(groups),
    resources: some(fc.constantFrom('jobs', 'jobs/status', '*/status', 'tasks', '*')),
    resourceNames: fc.array(fc.constantFrom('a', 'b'), { maxLength: 1 }),
  }),
  fc.record({
    verbs: some(verbs),
    nonResourceURLs: some(fc.constantFrom('/', '/api', '/api/*', '/healthz', '*')),
  }),
);
const anyQuestion: fc.Arbitrary<Attributes> = fc.oneof(
  fc.record({
    verb: fc.constantFrom('get', 'list', 'delete'),
    group: fc.constantFrom('', 'titan.dev', 'other'),
    resource: fc.constantFrom('jobs', 'tasks'),
    subresource: fc.constantFrom('', 'status'),
    namespace: fc.constantFrom('', 'x', 'y'),
    name: fc.constantFrom('', 'a', 'b'),
  }),
  fc.record({
    verb: fc.constantFrom('get', 'post'),
    path: fc.constantFrom('/', '/api', '/api/v1', '/healthz', '/metrics'),
  }),
);
const anyUser: fc.Arbitrary<User> = fc.record({
  name: fc.constantFrom('ann', 'system:serviceaccount:x:bot'),
  groups: fc.subarray(['dev', 'ops']),
});
const anySubject = fc.constantFrom(
  { kind: 'User', name: 'ann' },
  { kind: 'User', name: 'dev' },
  { kind: 'Group', name: 'dev' },
  { kind: 'Group', name: 'ann' },
  { kind: 'ServiceAccount', name: 'bot', namespace: 'x' },
  { kind: 'ServiceAccount', name: 'bot', namespace: 'y' },
);
const anyPolicy = fc.record({
  roles: fc.array(
    fc.record({ at: fc.constantFrom('x', 'y'), rules: fc.array(anyRule, { maxLength: 2 }) }),
    { maxLength: 3 },
  ),
  clusterRoles: fc.array(fc.array(anyRule, { maxLength: 2 }), { maxLength: 3 }),
  bindings: fc.array(
    fc.record({
      at: fc.constantFrom('', 'x', 'y'),
      kind: fc.constantFrom('Role', 'ClusterRole'),
      to: fc.nat(2),
      subjects: fc.array(anySubject, { maxLength: 2 }),
    }),
    { maxLength: 5 },
  ),
});
type AnyPolicy = typeof anyPolicy extends fc.Arbitrary<infer T> ? T : never;

function sourceOf({ roles, clusterRoles, bindings }: AnyPolicy): PolicySource {
  const all = bindings.map(
    ({ at, kind, to, subjects }, index): RoleBinding => ({
      ...API,
      kind: at === '' ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: meta(`b${index}`, at === '' ? undefined : at),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: `r${to}` },
      subjects,
    }),
  );
  return {
    roles: roles.map(({ at, rules }, index) => ({
      ...API,
      kind: 'Role',
      metadata: meta(`r${index}`, at),
      rules,
    })),
    clusterRoles: clusterRoles.map((rules, index) => ({
      ...API,
      kind: 'ClusterRole',
      metadata: meta(`r${index}`),
      rules,
    })),
    roleBindings: all.filter(({ kind }) => kind === 'RoleBinding'),
    clusterRoleBindings: all.filter(({ kind }) => kind === 'ClusterRoleBinding'),
  };
}

/** Looks at every binding, every subject and every rule. */
function naivePolicy(policy: AnyPolicy, user: User, asked: Attributes): boolean {
  const namespace = 'path' in asked ? '' : asked.namespace;
  return policy.bindings.some(({ at, kind, to, subjects }) => {
    if (at !== '' && at !== namespace) return false;
    const isHeld = subjects.some((subject) => {
      if (subject.kind === 'Group') return user.groups.includes(subject.name);
      if (subject.kind === 'User') return user.name === subject.name;
      const { namespace: home } = subject as { readonly namespace: string };
      return user.name === `system:serviceaccount:${home}:${subject.name}`;
    });
    if (!isHeld || (at === '' && kind === 'Role')) return false;
    const role = policy.roles[to];
    const own = role?.at === at ? role.rules : [];
    const rules = kind === 'Role' ? own : (policy.clusterRoles[to] ?? []);
    return rules.some((rule) => naiveAllows(rule, asked));
  });
}

describe('RBAC', () => {
  const asked = {
    verb: 'get',
    group: 'titan.dev',
    resource: 'jobs',
    subresource: '',
    namespace: 'x',
    name: 'a',
  };
  const rule = { verbs: ['get'], apiGroups: ['titan.dev'], resources: ['jobs'] };
  const cases: readonly [string, PolicyRule, Partial<Attributes>, boolean][] = [
    ['the verb, the group and the resource', rule, {}, true],
    ['no other verb', rule, { verb: 'list' }, false],
    ['no other group', rule, { group: '' }, false],
    ['no subresource of the resource', rule, { subresource: 'status' }, false],
    [
      'a subresource that is named',
      { ...rule, resources: ['jobs/status'] },
      { subresource: 'status' },
      true,
    ],
    [
      'a subresource of whatever',
      { ...rule, resources: ['*/scale'] },
      { subresource: 'scale' },
      true,
    ],
    ['subresources of everything', { ...rule, resources: ['*'] }, { subresource: 'status' }, true],
    ['one name', { ...rule, resourceNames: ['a'] }, {}, true],
    ['no other name', { ...rule, resourceNames: ['b'] }, {}, false],
    [
      'no collection where a name is asked for',
      { ...rule, resourceNames: ['a'] },
      { name: '' },
      false,
    ],
  ];
  for (const [name, given, change, expected] of cases) {
    it(`allows ${name}`, () => {
      expect(ruleAllows(given, { ...asked, ...change } as Attributes)).to.equal(expected);
    });
  }

  it('decides like a reading of every rule, one after the other', () => {
    fc.assert(
      fc.property(anyPolicy, anyUser, anyQuestion, (policy, user, question) => {
        const allowed = createPolicy(sourceOf(policy)).allows(user, question);
        expect(allowed).to.equal(naivePolicy(policy, user, question));
      }),
      { numRuns: 3_000 },
    );
  });

  it('decides alike whatever it was asked before', () => {
    fc.assert(
      fc.property(
        anyPolicy,
        anyUser,
        fc.array(anyQuestion, { minLength: 2 }),
        (policy, user, all) => {
          const { allows } = createPolicy(sourceOf(policy));
          for (const question of [...all, ...all]) {
            expect(allows(user, question)).to.equal(naivePolicy(policy, user, question));
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('takes no question for another that is written alike', () => {
    const holder = { name: 'holder', groups: [] };
    const given = { ...rule, apiGroups: ['a'], resources: ['bjobs'] };
    const { allows } = createPolicy({
      roles: [],
      clusterRoles: [{ ...API, kind: 'ClusterRole', metadata: meta('one'), rules: [given] }],
      roleBindings: [],
      clusterRoleBindings: [
        {
          ...API,
          kind: 'ClusterRoleBinding',
          metadata: meta('one'),
          roleRef: { apiGroup: '', kind: 'ClusterRole', name: 'one' },
          subjects: [{ kind: 'User', name: 'holder' }],
        },
      ],
    });
    expect(allows(holder, { ...asked, group: 'a', resource: 'bjobs' })).to.equal(true);
    expect(allows(holder, { ...asked, group: 'ab', resource: 'jobs' })).to.equal(false);
  });

  it('lists for a user what it allows them, and nothing else', () => {
    fc.assert(
      fc.property(anyPolicy, anyUser, anyQuestion, (policy, user, question) => {
        const authorizer = createPolicy(sourceOf(policy));
        const namespace = 'path' in question ? '' : question.namespace;
        const listed = authorizer.rulesFor(user, namespace);
        expect(listed.some((held) => naiveAllows(held, question))).to.equal(
          authorizer.allows(user, question),
        );
      }),
    );
  });

  it('never calls covered what lets more through', () => {
    fc.assert(
      fc.property(fc.array(anyRule), anyRule, anyQuestion, (held, given, question) => {
        if (notCovered(held, [given]).length > 0 || !naiveAllows(given, question)) return;
        expect(held.some((one) => naiveAllows(one, question))).to.equal(true);
      }),
      { numRuns: 2_000 },
    );
    expect(notCovered([rule], [rule])).to.deep.equal([]);
    expect(notCovered([{ ...rule, resourceNames: ['a'] }], [rule])).to.have.length(1);
    expect(notCovered([rule], [{ ...rule, verbs: ['*'] }])).to.have.length(1);
  });

  it('lets masters do everything, without any role', () => {
    const none = { roles: [], clusterRoles: [], roleBindings: [], clusterRoleBindings: [] };
    const master = { name: 'root', groups: ['system:masters'] };
    expect(createPolicy(none).allows(master, asked)).to.equal(true);
    expect(createPolicy(none).allows({ name: 'system:masters', groups: [] }, asked)).to.equal(
      false,
    );
  });

  it('gives an aggregated role the rules of those that it selects, but not its own', () => {
    const role = (name: string, labels: Record<string, string>, verb: string) => ({
      ...API,
      kind: 'ClusterRole',
      metadata: { ...meta(name), labels },
      rules: [{ ...rule, verbs: [verb] }],
    });
    const whole = {
      ...role('whole', { to: 'whole' }, 'own'),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'whole' } }] },
    };
    const all = [
      whole,
      role('b', { to: 'whole' }, 'b'),
      role('a', { to: 'whole' }, 'a'),
      role('c', {}, 'c'),
    ];
    expect(aggregatedRules(whole, all)?.map(({ verbs: [verb] }) => verb)).to.deep.equal(['a', 'b']);
    expect(aggregatedRules(role('a', {}, 'a'), all)).to.equal(undefined);
  });
});
