import { expect } from 'chai';
import { type Answered, type SecureApi, startSecureApi } from '../../support/secure-api.ts';
import { widgetDefinition } from '../../support/widgets.ts';

const JOBS = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
const MAPS = '/api/v1/namespaces/default/configmaps';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const aJob = (name: string, version = '1', metadata: object = {}) => ({
  apiVersion: 'titan.dev/v1beta1',
  kind: 'Job',
  metadata: { name, ...metadata },
  spec: { applicationName: 'web', version, location: 'dc1:2' },
});
const aMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const anything = { type: 'object' };

interface Row {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
  readonly code?: number;
  /** A part of the answer that only this request brings about. */
  readonly shows: (body: Answered['body']) => unknown;
  readonly is: unknown;
}

const ROWS: readonly Row[] = [
  {
    name: 'create',
    method: 'POST',
    path: JOBS,
    body: aJob('new'),
    code: 201,
    shows: ({ spec }) => spec.cpus,
    is: 1,
  },
  {
    name: 'create with a generated name',
    method: 'POST',
    path: JOBS,
    body: { ...aJob(''), metadata: { generateName: 'new-' } },
    code: 201,
    shows: ({ metadata }) => metadata.name.length,
    is: 9,
  },
  {
    name: 'create of a definition',
    method: 'POST',
    path: DEFINITIONS,
    body: widgetDefinition(anything),
    code: 201,
    shows: ({ spec }) => spec.names.singular,
    is: 'widget',
  },
  {
    name: 'create of a namespace',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { metadata: { name: 'new' } },
    code: 201,
    shows: ({ status }) => status.phase,
    is: 'Active',
  },
  {
    name: 'replacement',
    method: 'PUT',
    path: `${MAPS}/kept`,
    body: { ...aMap('kept'), data: { a: 'b' } },
    shows: ({ data }) => data,
    is: { a: 'b' },
  },
  {
    name: 'replacement that creates',
    method: 'PUT',
    path: '/apis/coordination.k8s.io/v1/namespaces/default/leases/new',
    body: { metadata: { name: 'new' }, spec: { holderIdentity: 'me' } },
    code: 201,
    shows: ({ spec }) => spec.holderIdentity,
    is: 'me',
  },
  {
    name: 'merge patch',
    method: 'PATCH',
    path: `${JOBS}/kept`,
    body: { spec: { version: '2' } },
    shows: ({ metadata }) => metadata.generation,
    is: 2,
  },
  {
    name: 'JSON patch',
    method: 'PATCH',
    path: `${JOBS}/kept`,
    type: 'application/json-patch+json',
    body: [{ op: 'replace', path: '/spec/version', value: '3' }],
    shows: ({ spec }) => spec.version,
    is: '3',
  },
  {
    name: 'strategic merge patch',
    method: 'PATCH',
    path: `${MAPS}/kept`,
    type: 'application/strategic-merge-patch+json',
    body: { data: { a: 'c' } },
    shows: ({ data }) => data,
    is: { a: 'c' },
  },
  {
    name: 'apply',
    method: 'PATCH',
    path: `${JOBS}/kept`,
    type: 'application/apply-patch+yaml',
    body: aJob('kept', '1'),
    shows: ({ metadata }) => metadata.managedFields.length,
    is: 2,
  },
  {
    name: 'apply that creates',
    method: 'PATCH',
    path: `${JOBS}/new`,
    type: 'application/apply-patch+yaml',
    body: aJob('new'),
    code: 201,
    shows: ({ metadata }) => metadata.generation,
    is: 1,
  },
  {
    name: 'patch of the status',
    method: 'PATCH',
    path: `${JOBS}/kept/status`,
    body: { status: { phase: 'Available' } },
    shows: ({ status }) => status.phase,
    is: 'Available',
  },
  {
    name: 'patch of the scale',
    method: 'PATCH',
    path: `${JOBS}/kept/scale`,
    body: { spec: { replicas: 7 } },
    shows: ({ spec }) => spec.replicas,
    is: 7,
  },
  {
    name: 'removal of the last finalizer of what ends',
    method: 'PATCH',
    path: `${MAPS}/ending`,
    body: { metadata: { finalizers: null } },
    shows: ({ metadata }) => metadata.finalizers,
    is: undefined,
  },
  {
    name: 'delete',
    method: 'DELETE',
    path: `${JOBS}/kept`,
    shows: ({ status }) => status,
    is: 'Success',
  },
  {
    name: 'delete of what a finalizer holds',
    method: 'DELETE',
    path: `${JOBS}/held`,
    shows: ({ metadata }) => metadata.deletionGracePeriodSeconds,
    is: 0,
  },
  {
    name: 'delete in the foreground',
    method: 'DELETE',
    path: `${JOBS}/kept`,
    body: { propagationPolicy: 'Foreground' },
    shows: ({ metadata }) => metadata.finalizers,
    is: ['foregroundDeletion'],
  },
  {
    name: 'delete of a collection',
    method: 'DELETE',
    path: JOBS,
    shows: ({ items }) => items.length,
    is: 2,
  },
  {
    name: 'delete of a namespace',
    method: 'DELETE',
    path: '/api/v1/namespaces/team',
    shows: ({ status }) => status.phase,
    is: 'Terminating',
  },
  {
    name: 'delete of a definition',
    method: 'DELETE',
    path: `${DEFINITIONS}/gadgets.example.com`,
    shows: ({ metadata }) => typeof metadata.deletionTimestamp,
    is: 'string',
  },
];

describe('a dry run', () => {
  let api: SecureApi;
  const ask = (method: string, path: string, body?: unknown, type?: string) => {
    const headers = type === undefined ? undefined : { headers: { 'content-type': type } };
    return api.ask(path, { method, as: api.admin, body, ...headers });
  };
  before(async () => {
    api = await startSecureApi();
    await ask('POST', JOBS, aJob('kept'));
    await ask('POST', JOBS, aJob('held', '1', { finalizers: ['titan.dev/x'] }));
    await ask('POST', MAPS, aMap('kept'));
    const ending = { ...aMap('ending'), metadata: { name: 'ending', finalizers: ['titan.dev/x'] } };
    await ask('POST', MAPS, ending);
    await ask('DELETE', `${MAPS}/ending`);
    await ask('POST', '/api/v1/namespaces', { metadata: { name: 'team' } });
    const gadgets = {
      metadata: { name: 'gadgets.example.com' },
      spec: { names: { plural: 'gadgets', kind: 'Gadget' } },
    };
    await ask('POST', DEFINITIONS, widgetDefinition(anything, gadgets));
    await until(async () => (await ask('GET', '/apis/example.com/v1/gadgets')).code === 200);
    await until(isFurnished);
  });
  after(async () => {
    await api.stop();
    expect(api.errors).to.deep.equal([]);
  });

  /** What every namespace comes with is made in the background. */
  async function isFurnished(): Promise<boolean> {
    const named = async (path: string, name: string) => {
      const { body } = await ask('GET', `/api/v1/${path}?fieldSelector=metadata.name=${name}`);
      return body.items.length;
    };
    const namespaces = (await ask('GET', '/api/v1/namespaces')).body.items.length;
    const certificates = await named('configmaps', 'kube-root-ca.crt');
    return (
      certificates === namespaces && (await named('serviceaccounts', 'default')) === namespaces
    );
  }

  /** All objects, with their versions, but for roles, which are put together in the background. */
  async function everything(): Promise<string> {
    const client = api.registry.client({ manager: 'test' });
    const kinds = api.registry
      .definitions()
      .filter(({ kind, verbs }) => verbs.includes('list') && !kind.group.startsWith('rbac'));
    const lists = await Promise.all(kinds.map(async ({ kind }) => (await client.list(kind)).items));
    return JSON.stringify(lists);
  }

  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  for (const { name, method, path, body, type, code = 200, shows, is } of ROWS) {
    it(`answers as if it were done, and stores nothing: ${name}`, async () => {
      const stored = await everything();
      const manager = type?.includes('apply') ? '&fieldManager=m' : '';
      const answer = await ask(method, `${path}?dryRun=All${manager}`, body, type);
      expect(answer.code, JSON.stringify(answer.body)).to.equal(code);
      expect(shows(answer.body)).to.deep.equal(is);
      expect(await everything()).to.equal(stored);
    });
  }

  it('refuses what would be refused', async () => {
    for (const [method, path, body, code] of [
      ['POST', JOBS, aJob('kept'), 409],
      ['POST', JOBS, { ...aJob('new'), spec: {} }, 422],
      ['POST', '/api/v1/namespaces/none/configmaps', aMap('new'), 404],
      ['PUT', `${JOBS}/kept`, aJob('kept', '1', { resourceVersion: '1' }), 409],
      ['DELETE', `${JOBS}/none`, undefined, 404],
      ['DELETE', '/api/v1/namespaces/default', undefined, 403],
    ] as const) {
      expect((await ask(method, `${path}?dryRun=All`, body)).code, `${method} ${path}`).to.equal(
        code,
      );
    }
  });
});
