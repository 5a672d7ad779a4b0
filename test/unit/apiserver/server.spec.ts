import { expect } from 'chai';
import { TitanError } from '../../../src/api/error.ts';
import { bytesField } from '../../../src/apiserver/body/wire.ts';
import { startTestApi, type TestApi } from '../../support/api-server.ts';

const JOBS = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
const MAPS = '/api/v1/namespaces/default/configmaps';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

const spec = { applicationName: 'nf-web', version: '1.0', location: 'dc1:2' };

/** The parts of answers that the tests look at. */
interface Reply {
  readonly message: string;
  readonly metadata: { name: string; uid: string; continue: string; remainingItemCount: number };
  readonly spec: object;
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object: { kind: string };
  }[];
}

function aJob(name: string, more: object = {}) {
  return {
    apiVersion: 'titan.dev/v1beta1',
    kind: 'Job',
    metadata: { name, labels: { app: 'web' } },
    spec: { ...spec, ...more },
  };
}

describe('API server', () => {
  let api: TestApi;
  const call = (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) =>
    fetch(`${api.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined
        ? {}
        : {
            body: body instanceof Buffer || typeof body === 'string' ? body : JSON.stringify(body),
          }),
    });
  const json = async (response: Response) => (await response.json()) as Reply;
  const map = (name: string, data: object = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data,
  });

  before(async () => {
    api = await startTestApi();
    for (const name of ['a', 'b', 'c']) await call('POST', JOBS, aJob(name));
  });
  after(async () => {
    expect(api.errors).to.deep.equal([]);
    await api.stop();
  });

  describe('refuses with the words of Kubernetes', () => {
    const wrong =
      'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
    const cases: {
      name: string;
      ask: () => Promise<Response>;
      code: number;
      says: string | Record<string, unknown>;
    }[] = [
      {
        name: 'an unknown path',
        ask: () => call('GET', '/nope'),
        code: 404,
        says: '404 page not found\n',
      },
      {
        name: 'an unknown resource',
        ask: () => call('GET', '/apis/titan.dev/v1beta1/nopes'),
        code: 404,
        says: '404 page not found\n',
      },
      {
        name: 'a namespaced object without its namespace',
        ask: () => call('GET', '/apis/titan.dev/v1beta1/jobs/a'),
        code: 404,
        says: '404 page not found\n',
      },
      {
        name: 'an unknown subresource',
        ask: () => call('GET', `${JOBS}/a/log`),
        code: 404,
        says: '404 page not found\n',
      },
      {
        name: 'a missing object',
        ask: () => call('GET', `${JOBS}/x`),
        code: 404,
        says: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: 'jobs.titan.dev "x" not found',
          reason: 'NotFound',
          details: { name: 'x', group: 'titan.dev', kind: 'jobs' },
          code: 404,
        },
      },
      {
        name: 'a name twice',
        ask: () => call('POST', JOBS, aJob('a')),
        code: 409,
        says: { reason: 'AlreadyExists', message: 'jobs.titan.dev "a" already exists' },
      },
      {
        name: 'a method of none',
        ask: () => call('POST', `${JOBS}/a`, aJob('a')),
        code: 405,
        says: {
          reason: 'MethodNotAllowed',
          message: 'create is not supported on resources of kind "jobs.titan.dev"',
        },
      },
      {
        name: 'creation across namespaces',
        ask: () => call('POST', '/apis/titan.dev/v1beta1/jobs', aJob('d')),
        code: 405,
        says: { message: 'create is not supported on resources of kind "jobs.titan.dev"' },
      },
      {
        name: 'writes to a document',
        ask: () => call('POST', '/version'),
        code: 405,
        says: { reason: 'MethodNotAllowed' },
      },
      {
        name: 'an answer that cannot be given',
        ask: () => call('GET', JOBS, undefined, { accept: 'text/html' }),
        code: 406,
        says: {
          reason: 'NotAcceptable',
          message: 'only the following media types are accepted: application/json',
        },
      },
      {
        name: 'a body of another type',
        ask: () => call('POST', JOBS, '<a/>', { 'content-type': 'text/xml' }),
        code: 415,
        says: { reason: 'UnsupportedMediaType' },
      },
      {
        name: 'a strategic patch of our kinds',
        ask: () =>
          call(
            'PATCH',
            `${JOBS}/a`,
            {},
            { 'content-type': 'application/strategic-merge-patch+json' },
          ),
        code: 415,
        says: {
          message: `the body of the request was in an unknown format - accepted media types include: ${wrong}`,
        },
      },
      {
        name: 'a body that is too large',
        ask: () => call('POST', MAPS, map('m', { x: 'x'.repeat(3_200_000) })),
        code: 413,
        says: {
          reason: 'RequestEntityTooLarge',
          message: 'Request entity too large: limit is 3145728',
        },
      },
      {
        name: 'a number that is too large',
        ask: () => call('POST', MAPS, '{"a":1e999}'),
        code: 400,
        says: { message: 'the number 1e999 at a is larger than any number of 64 bits' },
      },
      {
        name: 'a wrong dryRun',
        ask: () => call('POST', `${JOBS}?dryRun=Some`, aJob('d')),
        code: 422,
        says: {
          message:
            'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
        },
      },
      {
        name: 'an apply patch of nobody',
        ask: () =>
          call('PATCH', `${JOBS}/a`, aJob('a'), { 'content-type': 'application/apply-patch+yaml' }),
        code: 422,
        says: {
          message:
            'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
        },
      },
      {
        name: 'force without apply',
        ask: () =>
          call(
            'PATCH',
            `${JOBS}/a?force=true`,
            {},
            { 'content-type': 'application/merge-patch+json' },
          ),
        code: 422,
        says: { reason: 'Invalid' },
      },
      {
        name: 'a patch that is no list',
        ask: () =>
          call('PATCH', `${JOBS}/a`, {}, { 'content-type': 'application/json-patch+json' }),
        code: 400,
        says: { reason: 'BadRequest' },
      },
      {
        name: 'a patch that moves a value into itself',
        ask: () =>
          call('PATCH', `${JOBS}/a`, [{ op: 'move', from: '/spec', path: '/spec/x' }], {
            'content-type': 'application/json-patch+json',
          }),
        code: 400,
        says: { message: 'error decoding patch: "/spec" to "/spec/x" moves a value into itself' },
      },
      {
        name: 'a wrong propagation',
        ask: () => call('DELETE', `${JOBS}/a`, { propagationPolicy: 'Up' }),
        code: 422,
        says: {
          message:
            'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Up": supported values: "Foreground", "Background", "Orphan", "nil"',
        },
      },
      {
        name: 'options of another kind',
        ask: () => call('DELETE', `${JOBS}/a`, { kind: 'Job' }),
        code: 400,
        says: { reason: 'BadRequest' },
      },
      {
        name: 'options of the wrong type',
        ask: () => call('DELETE', `${JOBS}/a`, { dryRun: 'All' }),
        code: 400,
        says: { message: 'DeleteOptions cannot be read: dryRun has the wrong type' },
      },
      {
        name: 'initial events of a list',
        ask: () => call('GET', `${JOBS}?sendInitialEvents=true`),
        code: 422,
        says: {
          message:
            'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
        },
      },
      {
        name: 'a selector that cannot be parsed, for a watch',
        ask: () => call('GET', `${JOBS}?watch=1&labelSelector=a%3D(`),
        code: 400,
        says: { reason: 'BadRequest' },
      },
    ];
    for (const { name, ask, code, says } of cases) {
      it(name, async () => {
        const response = await ask();
        expect(response.status).to.equal(code);
        if (typeof says === 'string') expect(await response.text()).to.equal(says);
        else expect(await json(response)).to.deep.include(says);
      });
    }
  });

  describe('objects', () => {
    it('gives warnings for fields that are unknown or come twice', async () => {
      const body = JSON.stringify(aJob('w', { bogus: 1 })).replace(
        '"bogus":1',
        '"bogus":1,"bogus":2',
      );
      const warned = await call('POST', `${JOBS}?dryRun=All`, body);
      expect(warned.status).to.equal(201);
      expect(warned.headers.get('warning')).to.include('299 - "unknown field \\"spec.bogus\\""');
      const refused = await call('POST', `${JOBS}?dryRun=All&fieldValidation=Strict`, body);
      expect(refused.status).to.equal(400);
      expect((await json(refused)).message).to.include('strict decoding error');
      const options = { dryRun: ['All'], bogus: 1 };
      const deletion = await call('DELETE', `${JOBS}/a`, options);
      expect(deletion.headers.get('warning')).to.equal('299 - "unknown field \\"bogus\\""');
      const twice =
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\ndata: {a: b}\ndata: {a: c}';
      const yaml = { 'content-type': 'application/yaml' };
      const made = await call('POST', `${MAPS}?dryRun=All`, twice, yaml);
      expect(made.headers.get('warning')).to.equal('299 - "duplicate field \\"data\\""');
      expect(await json(made)).to.deep.include({ data: { a: 'c' } });
    });

    it('takes YAML, and the protobuf of built-in kinds', async () => {
      const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\ndata: {a: b}\n';
      const fromYaml = await call('POST', MAPS, yaml, { 'content-type': 'application/yaml' });
      expect(await json(fromYaml)).to.deep.include({ data: { a: 'b' } });
      const raw = Buffer.concat([
        bytesField(1, [bytesField(1, 'p')]),
        bytesField(2, [bytesField(1, 'a'), bytesField(2, 'b')]),
      ]);
      const body = Buffer.concat([
        Buffer.from('k8s\0'),
        bytesField(1, [bytesField(1, 'v1'), bytesField(2, 'ConfigMap')]),
        bytesField(2, raw),
      ]);
      const accept = `${PROTOBUF},application/json`;
      const fromProtobuf = await call('POST', MAPS, body, { 'content-type': PROTOBUF, accept });
      expect(fromProtobuf.status).to.equal(201);
      expect(fromProtobuf.headers.get('content-type')).to.equal('application/json');
      expect(await json(fromProtobuf)).to.deep.include({ data: { a: 'b' } });
    });

    it('deletes by options in the body, and never when they say that nothing is to be done', async () => {
      const { metadata } = await json(await call('POST', MAPS, map('gone')));
      const { uid } = metadata;
      const dry = await call('DELETE', `${MAPS}/gone`, { dryRun: ['All'] });
      expect(dry.status).to.equal(200);
      expect((await call('GET', `${MAPS}/gone`)).status).to.equal(200);
      const other = await call('DELETE', `${MAPS}/gone`, { preconditions: { uid: 'nope' } });
      expect(other.status).to.equal(409);
      const done = await call('DELETE', `${MAPS}/gone`, { propagationPolicy: 'Background' });
      expect(await json(done)).to.deep.equal({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'gone', kind: 'configmaps', uid },
      });
      expect((await call('GET', `${MAPS}/gone`)).status).to.equal(404);
    });

    it('deletes a collection by its labels', async () => {
      for (const name of ['x1', 'x2']) {
        await call('POST', MAPS, { ...map(name), metadata: { name, labels: { sweep: 'yes' } } });
      }
      const deleted = await json(await call('DELETE', `${MAPS}?labelSelector=sweep%3Dyes`));
      expect(deleted).to.include({ kind: 'ConfigMapList' });
      expect(deleted.items).to.have.length(2);
      const left = await json(await call('GET', `${MAPS}?labelSelector=sweep%3Dyes`));
      expect(left.items).to.have.length(0);
    });

    it('scales', async () => {
      const merge = { 'content-type': 'application/merge-patch+json' };
      const scaled = await call('PATCH', `${JOBS}/c/scale`, { spec: { replicas: 7 } }, merge);
      expect(await json(scaled)).to.deep.include({ kind: 'Scale', spec: { replicas: 7 } });
      const job = await json(await call('GET', `${JOBS}/c`));
      expect(job.spec).to.include({ replicas: 7 });
    });
  });

  describe('lists', () => {
    it('pages through a collection', async () => {
      const first = await json(await call('GET', `${JOBS}?limit=2`));
      expect(first).to.include({ kind: 'JobList', apiVersion: 'titan.dev/v1beta1' });
      const { continue: token, remainingItemCount } = first.metadata;
      expect(remainingItemCount).to.equal(1);
      const rest = await json(await call('GET', `${JOBS}?limit=2&continue=${token}`));
      const names = [...first.items, ...rest.items].map(({ metadata }) => metadata.name);
      expect(names).to.deep.equal(['a', 'b', 'c']);
    });

    it('prints tables, of lists and of one object', async () => {
      const list = await json(await call('GET', JOBS, undefined, { accept: TABLE }));
      expect(list).to.include({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
      const [row] = list.rows;
      expect(row?.cells.slice(0, 3)).to.deep.equal(['a', 'nf-web', '1.0']);
      expect(row?.object.kind).to.equal('PartialObjectMetadata');
      const path = `${JOBS}/a?includeObject=Object`;
      const one = await json(await call('GET', path, undefined, { accept: TABLE }));
      expect(one.rows).to.have.length(1);
      expect(one.rows[0]).to.have.nested.property('object.spec.version', '1.0');
      const scale = await json(await call('GET', `${JOBS}/a/scale`, undefined, { accept: TABLE }));
      expect(scale.rows).to.have.length(1);
      const wrong = await call('GET', `${JOBS}?includeObject=Some`, undefined, { accept: TABLE });
      expect(wrong.status).to.equal(400);
    });

    it('gives metadata alone', async () => {
      const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
      const list = await json(await call('GET', JOBS, undefined, { accept }));
      expect(list).to.include({ kind: 'PartialObjectMetadataList' });
      expect(list.items[0]).to.have.all.keys('kind', 'apiVersion', 'metadata');
    });
  });

  describe('other documents', () => {
    it('tells its version and health', async () => {
      expect(await json(await call('GET', '/version/'))).to.include({
        major: '1',
        minor: '35',
        gitVersion: 'v1.35.0',
      });
      expect(await (await call('GET', '/livez')).text()).to.equal('ok');
      expect(await (await call('GET', '/readyz?verbose')).text()).to.equal(
        '[+]ping ok\n[+]store ok\n[+]start ok\nreadyz check passed\n',
      );
      expect(await (await call('GET', '/healthz/ping')).text()).to.equal('ok');
      expect((await call('GET', '/healthz/nope')).status).to.equal(404);
    });

    it('counts requests', async () => {
      await call('GET', `${JOBS}/x`);
      const text = await (await call('GET', '/metrics')).text();
      expect(text).to.match(
        /apiserver_request_total\{verb="GET",group="titan.dev",version="v1beta1",resource="jobs",subresource="",code="404"\} \d+/,
      );
      expect(text).not.to.include('nopes');
    });
  });
});

describe('API server in trouble', () => {
  it('says when to come again when the store is away, and that reads may be old', async () => {
    const away = new TitanError('ServiceUnavailable', 'the store is away');
    const api = await startTestApi({
      wrap: (registry) => ({
        ...registry,
        create: () => Promise.reject(away),
        cacheWarning: () => 'the cache may be old',
        list(definition, query) {
          query.warn?.('the cache may be old');
          return registry.list(definition, query);
        },
        health: async () => ({ ok: false, message: 'the store is away' }),
      }),
    });
    const body = JSON.stringify(aJob('a'));
    const written = await fetch(`${api.url}${JOBS}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const read = await fetch(`${api.url}${JOBS}`);
    const watch = await fetch(`${api.url}${JOBS}?watch=true`);
    const ready = await fetch(`${api.url}/readyz`);
    const live = await fetch(`${api.url}/livez`);
    await api.stop();
    expect(written.status).to.equal(503);
    expect(written.headers.get('retry-after')).to.equal('1');
    expect(await written.json()).to.deep.include({
      reason: 'ServiceUnavailable',
      details: { retryAfterSeconds: 1 },
    });
    expect(read.headers.get('warning')).to.equal('299 - "the cache may be old"');
    expect(watch.headers.get('warning')).to.equal('299 - "the cache may be old"');
    expect(ready.status).to.equal(500);
    expect(await ready.text()).to.include('[-]store failed: the store is away');
    expect(live.status).to.equal(200);
  });

  it('tells of its own faults without their insides, and logs them', async () => {
    const api = await startTestApi({
      wrap: (registry) => ({
        ...registry,
        get: () => Promise.reject(new Error('boom\n    at secret (file.ts:1:1)')),
      }),
    });
    const response = await fetch(`${api.url}${JOBS}/a`);
    await api.stop();
    expect(response.status).to.equal(500);
    expect(await response.json()).to.include({ message: 'Internal error occurred: boom' });
    expect(api.errors).to.have.length(1);
  });
});
