import { request as httpRequest } from 'node:http';
import { expect } from 'chai';
import fc from 'fast-check';
import { startTestApi, type TestApi } from '../../support/api-server.ts';

/** FUZZ_SHOTS in the environment fires more; what fails says its seed. */
const SHOTS = Number(process.env.FUZZ_SHOTS ?? 1_200);
const SHOT_MS = 50;

interface Shot {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const JOBS = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
const PATHS = [
  '/',
  '/api',
  '/apis/titan.dev/v1beta1',
  '/openapi/v2',
  '/openapi/v3',
  '/version',
  '/healthz',
  '/api/v1/namespaces',
  '/api/v1/namespaces/default',
  '/api/v1/namespaces/default/configmaps',
  '/api/v1/namespaces/default/configmaps/a',
  '/api/v1/namespaces/default/events',
  '/apis/titan.dev/v1beta1/jobs',
  JOBS,
  `${JOBS}/a`,
  `${JOBS}/a/status`,
  `${JOBS}/a/scale`,
];
const PARAMETERS = [
  'limit',
  'continue',
  'labelSelector',
  'fieldSelector',
  'resourceVersion',
  'resourceVersionMatch',
  'allowWatchBookmarks',
  'dryRun',
  'fieldManager',
  'fieldValidation',
  'force',
  'includeObject',
  'propagationPolicy',
  'gracePeriodSeconds',
  'orphanDependents',
  'sendInitialEvents',
  'timeoutSeconds',
  'pretty',
  'hash',
  'verbose',
];
const TYPES = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
const ACCEPTS = [
  '*/*',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  'application/json;as=APIGroupDiscoveryList;g=apidiscovery.k8s.io;v=v2',
  ';;=,,q=',
];
const WORDS = [
  '',
  '0',
  '1',
  '-1',
  'true',
  'All',
  'Strict',
  'Exact',
  'NotOlderThan',
  'a=b',
  'a in (b)',
];

const field = fc.constantFrom(
  'apiVersion',
  'kind',
  'metadata',
  'name',
  'namespace',
  'generateName',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'uid',
  'resourceVersion',
  'deletionTimestamp',
  'spec',
  'status',
  'location',
  'replicas',
  'container',
  'env',
  'data',
  'op',
  'path',
  'from',
  'value',
  'constructor',
  'toString',
);
const leaf = fc.oneof(
  fc.constantFrom<unknown>('titan.dev/v1beta1', 'Job', 'v1', 'ConfigMap', 'a', 'default', 'dc1:2'),
  fc.constantFrom<unknown>(
    'add',
    'remove',
    'replace',
    'test',
    'move',
    '/spec',
    '/spec/-',
    '/a/0',
    '',
  ),
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e300, 'x'.repeat(300)),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, depthSize: 'medium' },
    leaf,
    fc.dictionary(field, tie('tree'), { maxKeys: 6 }),
    fc.array(tie('tree'), { maxLength: 3 }),
  ),
}));
const job = fc.record({
  apiVersion: fc.constant('titan.dev/v1beta1'),
  kind: fc.constant('Job'),
  metadata: fc.oneof(fc.dictionary(field, tree, { maxKeys: 4 }), fc.constant({ name: 'a' })),
  spec: fc.oneof(
    tree,
    fc.record({
      applicationName: fc.constant('a'),
      version: fc.constant('1'),
      location: fc.constant('dc1:1'),
    }),
  ),
});
const body = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({ maxLength: 100 }),
  fc.uint8Array({ maxLength: 100 }).map((tail) => Buffer.concat([Buffer.from('k8s\0'), tail])),
  fc
    .oneof(tree, job, fc.array(tree, { maxLength: 3 }))
    .map((value) => Buffer.from(JSON.stringify(value))),
);
const segment = fc
  .string({ unit: 'binary', maxLength: 8 })
  .map((text) => encodeURIComponent(text.toWellFormed()));
const path = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...PATHS) },
  { weight: 1, arbitrary: segment.map((end) => `${JOBS}/${end}`) },
  { weight: 1, arbitrary: fc.stringMatching(/^[!-~]{0,30}$/).map((text) => `/${text}`) },
);
const query = fc
  .array(
    fc.tuple(
      fc.constantFrom(...PARAMETERS),
      fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary', maxLength: 8 })),
    ),
    { maxLength: 4 },
  )
  .map((pairs) =>
    pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&'),
  );
const anything = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
  path: fc.tuple(path, query).map(([where, how]) => `${where}?${how}`),
  headers: fc.record({
    'content-type': fc.constantFrom(...TYPES),
    accept: fc.constantFrom(...ACCEPTS),
  }),
  body,
});

const asJson = (value: unknown) => Buffer.from(JSON.stringify(value));
const patch = fc.oneof(
  fc
    .array(
      fc.record({
        op: fc.constantFrom('add', 'remove', 'replace', 'test', 'move', 'copy'),
        path: fc.constantFrom('/spec', '/spec/replicas', '/metadata/labels', '/status', '/x/0', ''),
        from: fc.constantFrom('/spec', '/metadata', ''),
        value: tree,
      }),
      { maxLength: 3 },
    )
    .map((value) => ['application/json-patch+json', asJson(value)] as const),
  job.map((value) => ['application/merge-patch+json', asJson(value)] as const),
  job.map((value) => ['application/apply-patch+yaml', asJson(value)] as const),
);
/** Writes that come through the door, to try what is behind it. */
const patches = fc
  .tuple(patch, fc.constantFrom('', '/status', '/scale'), fc.constantFrom('', '&force=true'))
  .map(
    ([[type, bytes], part, force]): Shot => ({
      method: 'PATCH',
      path: `${JOBS}/a${part}?fieldManager=m${type.includes('apply') ? force : ''}`,
      headers: { 'content-type': type },
      body: bytes,
    }),
  );
const writes = fc
  .tuple(
    job,
    fc.constantFrom(['POST', ''], ['PUT', '/a'], ['PUT', '/a/status'], ['PUT', '/a/scale']),
  )
  .map(
    ([value, [method = '', part = '']]): Shot => ({
      method,
      path: `${JOBS}${part}`,
      headers: { 'content-type': 'application/json' },
      body: asJson(value),
    }),
  );
const shot = fc.oneof(anything, patches, writes);

function fire(url: string, { method, path: target, headers, body: bytes }: Shot) {
  return new Promise<{ code: number; text: string }>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const length = { 'content-length': bytes.length };
    const sent = httpRequest(
      { hostname, port, method, path: target, headers: { ...headers, ...length }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(bytes);
  });
}

describe('API server under fuzzed requests', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.stop());

  async function seed(): Promise<void> {
    const spec = { applicationName: 'a', version: '1', location: 'dc1:1' };
    const metadata = { name: 'a' };
    const job = { apiVersion: 'titan.dev/v1beta1', kind: 'Job', metadata, spec };
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
    const headers = { 'content-type': 'application/json' };
    const maps = '/api/v1/namespaces/default/configmaps';
    await fire(api.url, { method: 'POST', path: JOBS, headers, body: asJson(job) });
    await fire(api.url, { method: 'POST', path: maps, headers, body: asJson(map) });
  }

  it('never answers 500, never breaks off, never shows its insides', async () => {
    const property = fc.asyncProperty(shot, async (one) => {
      api.errors.length = 0;
      const { code, text } = await fire(api.url, one);
      expect(code, text).to.be.within(200, 499);
      expect(text).not.to.match(/\n\s+at .*\.ts:/);
      expect(api.errors).to.deep.equal([]);
    });
    await fc.assert(property.beforeEach(seed), { numRuns: SHOTS });
  }).timeout(SHOTS * SHOT_MS);

  it('survives what is no HTTP at all', async () => {
    const { connect } = await import('node:net');
    const { port } = new URL(api.url);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        await new Promise<void>((resolve) => {
          const socket = connect(Number(port), '127.0.0.1', () => socket.end(bytes));
          socket.on('error', () => resolve());
          socket.on('close', () => resolve());
          socket.resume();
        });
      }),
      { numRuns: 100 },
    );
    expect((await fetch(`${api.url}/livez`)).status).to.equal(200);
  });
});
