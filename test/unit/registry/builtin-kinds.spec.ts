import { expect } from 'chai';
import { keyOf } from '../../../src/api/object.ts';
import { BUILT_IN } from '../../../src/registry/builtin-kinds.ts';
import { aRegistry, bodyOf, failureText, type TestRegistry } from '../../support/registry.ts';

const write = { manager: 'test' };
const rbac = 'rbac.authorization.k8s.io';
const base64 = (text: string) => Buffer.from(text).toString('base64');

const KINDS: Readonly<Record<string, readonly [string, string]>> = {
  secrets: ['v1', 'Secret'],
  configmaps: ['v1', 'ConfigMap'],
  roles: [`${rbac}/v1`, 'Role'],
  clusterroles: [`${rbac}/v1`, 'ClusterRole'],
  rolebindings: [`${rbac}/v1`, 'RoleBinding'],
  clusterrolebindings: [`${rbac}/v1`, 'ClusterRoleBinding'],
  leases: ['coordination.k8s.io/v1', 'Lease'],
  events: ['v1', 'Event'],
  serviceaccounts: ['v1', 'ServiceAccount'],
};

const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: 'view' };
const involvedObject = { kind: 'Job', namespace: 'default', name: 'a' };

/** The least that each must have beside its name. */
const LEAST: Readonly<Record<string, object>> = {
  secrets: {},
  configmaps: {},
  serviceaccounts: {},
  leases: {},
  events: { involvedObject },
  roles: {},
  clusterroles: {},
  rolebindings: { roleRef },
  clusterrolebindings: { roleRef },
};

describe('built-in kinds', () => {
  let test: TestRegistry;

  function bodyFor(plural: string, content: object, metadata: object = {}) {
    const [apiVersion, kind] = KINDS[plural] ?? ['', ''];
    return bodyOf({ apiVersion, kind, metadata: { name: 'a', ...metadata }, ...content });
  }

  function create(plural: string, content: object, metadata: object = {}) {
    const definition = test.definition(plural);
    const namespace = definition.kind.namespaced ? 'default' : undefined;
    return test.registry.create(definition, namespace, bodyFor(plural, content, metadata), write);
  }

  const replace = (plural: string, content: object) => {
    const key = plural.startsWith('cluster') ? { name: 'a' } : { namespace: 'default', name: 'a' };
    return test.registry.replace(test.definition(plural), key, bodyFor(plural, content), write);
  };

  before(async () => {
    test = await aRegistry();
  });
  after(() => test.stop());
  afterEach(async () => {
    for (const plural of Object.keys(KINDS)) {
      const namespace = plural.startsWith('cluster') ? {} : { namespace: 'default' };
      await test.registry.removeCollection(test.definition(plural), namespace, write);
    }
  });

  it('describe each of their fields, for kubectl explain', () => {
    const bare = BUILT_IN.filter(({ schema }) => undescribed(schema).length > 0);
    expect(bare.map(({ kind, schema }) => [kind.kind, undescribed(schema)])).to.deep.equal([]);
  });

  it('tell kubectl, which works out strategic patches, of each list that is merged by key', () => {
    const all = BUILT_IN.filter(({ kind }) => kind.plural !== 'customresourcedefinitions');
    const silent = all.filter(({ schema }) => {
      const { metadata: _, ...own } = schema.properties ?? {};
      return silentLists({ properties: own }).length > 0;
    });
    expect(silent.map(({ kind }) => kind.kind)).to.deep.equal([]);
  });

  it('fold stringData into data, which is Opaque unless told', async () => {
    const content = { data: { a: base64('old'), b: base64('b') }, stringData: { a: 'new' } };
    const secret = await create('secrets', content);
    expect(secret).to.deep.include({
      data: { a: base64('new'), b: base64('b') },
      type: 'Opaque',
    });
    expect(secret).to.not.have.property('stringData');
  });

  it('own what stringData was folded into, so that apply takes it away again', async () => {
    const apply = async (content: object) =>
      test.registry.patch(
        test.definition('secrets'),
        { namespace: 'default', name: 'a' },
        { type: 'apply', force: false, body: bodyFor('secrets', content) },
        write,
      );
    await apply({ stringData: { a: 'x', b: 'y' } });
    const { object } = await apply({ stringData: { a: 'x' } });
    expect(object).to.have.deep.property('data', { a: base64('x') });
  });

  it('take bytes in base64 with line breaks, and a secret of 1 MiB', async () => {
    const data = { a: `${base64('abc')}\n`, b: Buffer.alloc(1_048_573).toString('base64') };
    expect(await create('secrets', { data })).to.have.nested.property('data.a', base64('abc'));
  });

  it('give users and groups their API group, and roleRef', async () => {
    const subjects = [
      { kind: 'User', name: 'jane' },
      { kind: 'ServiceAccount', name: 'x' },
    ];
    const binding = await create('rolebindings', {
      subjects,
      roleRef: { kind: 'Role', name: 'r' },
    });
    expect(binding).to.deep.include({
      subjects: [{ kind: 'User', name: 'jane', apiGroup: rbac }, subjects[1]],
      roleRef: { kind: 'Role', name: 'r', apiGroup: rbac },
    });
  });

  it('allow names of RBAC that are no DNS names', async () => {
    const rules = [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }];
    const role = await create('clusterroles', { rules }, { name: 'system:metrics' });
    expect(role.metadata.name).to.equal('system:metrics');
  });

  const rule = { verbs: ['get'], apiGroups: [''], resources: ['secrets'] };
  const roleRef = { kind: 'Role', name: 'r' };
  const refused: readonly (readonly [string, string, object, string])[] = [
    [
      'bytes that are no base64',
      'secrets',
      { data: { a: 'abc$' } },
      '400 BadRequest: Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 3',
    ],
    [
      'bytes that lack their padding',
      'configmaps',
      { binaryData: { a: 'YWJjZA' } },
      '400 BadRequest: ConfigMap in version "v1" cannot be handled as a ConfigMap: illegal base64 data at input byte 4',
    ],
    [
      'a secret over 1 MiB',
      'secrets',
      { data: { a: Buffer.alloc(1_048_577).toString('base64') } },
      '422 Invalid: Secret "a" is invalid: data: Too long: may not be more than 1048576 bytes',
    ],
    [
      'a key that is no file name',
      'secrets',
      { data: { '../x': '' } },
      `422 Invalid: Secret "a" is invalid: data[../x]: Invalid value: "../x": must not start with '..'`,
    ],
    [
      'a certificate without its key',
      'secrets',
      { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } },
      '422 Invalid: Secret "a" is invalid: data[tls.key]: Required value',
    ],
    [
      'an event about what lies elsewhere',
      'events',
      { involvedObject: { kind: 'Job', name: 'x', namespace: 'zz' } },
      '422 Invalid: Event "a" is invalid: involvedObject.namespace: Invalid value: "zz": does not match event.namespace',
    ],
    [
      'a key in data and binaryData',
      'configmaps',
      { data: { a: '' }, binaryData: { a: '' } },
      '422 Invalid: ConfigMap "a" is invalid: data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ],
    [
      'a rule without verbs and groups',
      'roles',
      { rules: [{ verbs: [], resources: ['jobs'] }] },
      '422 Invalid: Role.rbac.authorization.k8s.io "a" is invalid: [rules[0].verbs: Required value: verbs must contain at least one value, rules[0].apiGroups: Required value: resource rules must supply at least one api group]',
    ],
    [
      'paths in a namespaced role',
      'roles',
      { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] },
      '422 Invalid: Role.rbac.authorization.k8s.io "a" is invalid: rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
    ],
    [
      'paths beside resources',
      'clusterroles',
      { rules: [{ ...rule, nonResourceURLs: ['/x'] }] },
      '422 Invalid: ClusterRole.rbac.authorization.k8s.io "a" is invalid: rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
    [
      'an aggregation of nothing',
      'clusterroles',
      { aggregationRule: {} },
      '422 Invalid: ClusterRole.rbac.authorization.k8s.io "a" is invalid: aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ],
    [
      'a cluster-wide binding of a role',
      'clusterrolebindings',
      { roleRef },
      '422 Invalid: ClusterRoleBinding.rbac.authorization.k8s.io "a" is invalid: roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    ],
    [
      'a subject that is nobody',
      'rolebindings',
      { roleRef, subjects: [{ kind: 'Robot', name: 'x' }] },
      '422 Invalid: RoleBinding.rbac.authorization.k8s.io "a" is invalid: subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"',
    ],
    [
      'a service account of nowhere',
      'clusterrolebindings',
      {
        roleRef: { kind: 'ClusterRole', name: 'r' },
        subjects: [{ kind: 'ServiceAccount', name: 'x' }],
      },
      '422 Invalid: ClusterRoleBinding.rbac.authorization.k8s.io "a" is invalid: subjects[0].namespace: Required value',
    ],
  ];
  for (const [name, plural, content, text] of refused) {
    it(`refuse ${name}`, async () => {
      expect(await failureText(create(plural, content))).to.equal(text);
    });
  }

  const frozen = 'field is immutable when `immutable` is set';
  const changes: readonly (readonly [string, string, object, object, string])[] = [
    [
      'data of what is immutable, nor that',
      'configmaps',
      { immutable: true, data: { a: '1' } },
      { data: { a: '2' } },
      `422 Invalid: ConfigMap "a" is invalid: [immutable: Forbidden: ${frozen}, data: Forbidden: ${frozen}]`,
    ],
    [
      'the type of a secret',
      'secrets',
      {},
      { type: 'titan.dev/x' },
      '422 Invalid: Secret "a" is invalid: type: Invalid value: "titan.dev/x": field is immutable',
    ],
    [
      'what a binding gives',
      'rolebindings',
      { roleRef },
      { roleRef: { kind: 'Role', name: 'z' } },
      `422 Invalid: RoleBinding.rbac.authorization.k8s.io "a" is invalid: roleRef: Invalid value: {"kind":"Role","name":"z","apiGroup":"${rbac}"}: cannot change roleRef`,
    ],
  ];
  for (const [name, plural, first, second, text] of changes) {
    it(`do not let change ${name}`, async () => {
      await create(plural, first);
      expect(await failureText(replace(plural, second))).to.equal(text);
    });
  }

  it('count the changes of definitions only', async () => {
    const counted: string[] = [];
    for (const [plural, content] of Object.entries(LEAST)) {
      const { metadata } = await create(plural, content);
      if ('generation' in metadata) counted.push(plural);
      const removed = await test.registry.remove(test.definition(plural), keyOf({ metadata }), {
        ...write,
        dryRun: true,
        propagationPolicy: 'Foreground',
      });
      if ('generation' in removed.object.metadata) counted.push(`${plural}, going`);
    }
    expect(counted).to.deep.equal([]);
    const crds = await test.registry.list(test.definition('customresourcedefinitions'), {});
    expect(crds.items.map(({ object }) => object.metadata.generation)).to.include(1);
    const namespaces = await test.registry.list(test.definition('namespaces'), {});
    expect(namespaces.items[0]?.object.metadata).not.to.have.property('generation');
  });

  it('are created by a replacement where Kubernetes does so, and else not found', async () => {
    const outcomes: Record<string, string> = {};
    for (const [plural, content] of Object.entries(LEAST)) {
      const done = replace(plural, content).then(
        ({ created, object }) => `created: ${created}, ${object.metadata.name}`,
        ({ message }) => message,
      );
      outcomes[plural] = await done;
    }
    const created = 'created: true, a';
    expect(outcomes).to.deep.equal({
      secrets: 'secrets "a" not found',
      configmaps: 'configmaps "a" not found',
      serviceaccounts: 'serviceaccounts "a" not found',
      leases: created,
      events: created,
      roles: created,
      clusterroles: created,
      rolebindings: created,
      clusterrolebindings: created,
    });
    const { created: again } = await replace('leases', {});
    expect(again).to.equal(false);
  });

  it('let metadata of what is immutable change', async () => {
    const content = { immutable: true, data: { a: '1' } };
    await create('configmaps', content);
    const body = bodyFor('configmaps', content, { labels: { a: 'b' } });
    const key = { namespace: 'default', name: 'a' };
    const next = await test.registry.replace(test.definition('configmaps'), key, body, write);
    expect(next.object.metadata.labels).to.deep.equal({ a: 'b' });
  });
});

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-patch-strategy'?: string;
}

/** Lists that the server merges by item, of which the schema does not say so to clients. */
function silentLists(node: Node): readonly Node[] {
  const inner = [...Object.values(node.properties ?? {}), ...(node.items ? [node.items] : [])];
  const isMerged = ['set', 'map'].includes(node['x-kubernetes-list-type'] ?? '');
  const own = isMerged && node['x-kubernetes-patch-strategy'] !== 'merge' ? [node] : [];
  return [...own, ...inner.flatMap(silentLists)];
}

function undescribed({ properties = {}, items }: Node, path = ''): readonly string[] {
  const own = Object.entries(properties).flatMap(([key, inner]) => [
    ...(inner.description ? [] : [`${path}.${key}`]),
    ...undescribed(inner, `${path}.${key}`),
  ]);
  return items === undefined ? own : [...own, ...undescribed(items, `${path}[]`)];
}
