import { expect } from 'chai';
import { readFields } from '../../../src/apiserver/body/wire.ts';
import { compareVersions, groupsOf } from '../../../src/apiserver/discovery/groups.ts';
import type { Definition } from '../../../src/registry/port.ts';
import { startTestApi, type TestApi } from '../../support/api-server.ts';

describe('compareVersions', () => {
  it('puts the most stable and newest first', () => {
    const sorted = ['foo', 'v1alpha1', 'v2', 'v1beta2', 'v10', 'v1', 'v1beta1'];
    expect(sorted.toSorted(compareVersions)).to.deep.equal([
      'v10',
      'v2',
      'v1',
      'v1beta2',
      'v1beta1',
      'v1alpha1',
      'foo',
    ]);
  });
});

describe('groupsOf', () => {
  it('puts the core group first, then ours, so that a bare name means what people expect', () => {
    const definitions = ['metrics.k8s.io', 'batch', 'titan.dev', ''].map((group) => ({
      kind: { group, version: 'v1', kind: 'Job', plural: 'jobs', namespaced: true },
    })) as unknown as Definition[];
    const names = groupsOf(definitions).map(({ name }) => name);
    expect(names).to.deep.equal(['', 'titan.dev', 'batch', 'metrics.k8s.io']);
  });
});

describe('discovery and schemas', () => {
  let api: TestApi;
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${api.url}${path}`, { headers, redirect: 'manual' });
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.stop());

  it('lists a kind and its subresources in the old form', async () => {
    const list = (await (await get('/apis/titan.dev/v1beta1')).json()) as {
      resources: { name: string }[];
    };
    const named = (name: string) => list.resources.find((resource) => resource.name === name);
    expect(named('jobs')).to.deep.include({
      singularName: 'job',
      namespaced: true,
      kind: 'Job',
      shortNames: ['tj'],
      categories: ['all', 'titan'],
    });
    expect(named('jobs/scale')).to.deep.include({
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
    expect(named('tasks/scale')).to.equal(undefined);
  });

  it('lists the subresources that only one kind has', async () => {
    const list = (await (await get('/api/v1')).json()) as { resources: { name: string }[] };
    const parts = list.resources.filter(({ name }) => name.includes('/'));
    expect(parts).to.deep.equal([
      {
        name: 'namespaces/status',
        singularName: '',
        namespaced: false,
        group: '',
        version: 'v1',
        kind: 'Namespace',
        verbs: ['get', 'patch', 'update'],
      },
      {
        name: 'namespaces/finalize',
        singularName: '',
        namespaced: false,
        group: '',
        version: 'v1',
        kind: 'Namespace',
        verbs: ['update'],
      },
      {
        name: 'serviceaccounts/token',
        singularName: '',
        namespaced: true,
        group: 'authentication.k8s.io',
        version: 'v1',
        kind: 'TokenRequest',
        verbs: ['create'],
      },
    ]);
  });

  for (const version of ['v2', 'v2beta1']) {
    it(`lists everything at once in the form ${version}`, async () => {
      const accept = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`;
      const response = await get('/apis', { accept });
      expect(response.headers.get('content-type')).to.equal(
        `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
      );
      expect(response.headers.get('vary')).to.equal('Accept');
      const body = (await response.json()) as {
        items: { metadata: object; versions: { resources: Record<string, unknown>[] }[] }[];
      };
      expect(body).to.include({ apiVersion: `apidiscovery.k8s.io/${version}` });
      expect(body.items[0]?.metadata).to.deep.equal({ name: 'titan.dev' });
      const resources = body.items[0]?.versions[0]?.resources;
      const jobs = resources?.find(({ resource }) => resource === 'jobs');
      expect(jobs).to.have.nested.property('subresources[1].responseKind.kind', 'Scale');
    });
  }

  it('says that a copy is still good', async () => {
    const etag = (await get('/apis')).headers.get('etag') ?? '';
    const again = await get('/apis', { 'if-none-match': `W/"x", ${etag}` });
    expect(again.status).to.equal(304);
    expect((await get('/apis', { 'if-none-match': '"x"' })).status).to.equal(200);
  });

  it('serves schemas by hash, and sends those with an old hash to the new one', async () => {
    const index = (await (await get('/openapi/v3')).json()) as {
      paths: Record<string, { serverRelativeURL: string }>;
    };
    const url = index.paths['apis/titan.dev/v1beta1']?.serverRelativeURL ?? '';
    const current = await get(url);
    expect(current.status).to.equal(200);
    expect(current.headers.get('cache-control')).to.equal('public, immutable');
    const stale = await get('/openapi/v3/apis/titan.dev/v1beta1?hash=OLD');
    expect(stale.status).to.equal(301);
    expect(stale.headers.get('location')).to.equal(url);
    expect((await get('/openapi/v3/apis/nope/v1')).status).to.equal(404);
    expect((await get('/openapi/v3', { accept: 'text/html' })).status).to.equal(406);
  });

  it('refers only to schemas that the document holds', async () => {
    for (const path of [
      '/openapi/v3/apis/titan.dev/v1beta1',
      '/openapi/v3/api/v1',
      '/openapi/v2',
    ]) {
      const text = await (await get(path)).text();
      const document = JSON.parse(text) as {
        components?: { schemas: object };
        definitions?: object;
      };
      const held = Object.keys(document.components?.schemas ?? document.definitions ?? {});
      const referred = [...text.matchAll(/"#\/(?:components\/schemas|definitions)\/([^"]+)"/g)];
      expect(referred.length).to.be.greaterThan(10);
      for (const [, name] of referred) expect(held).to.include(name);
    }
  });

  it('tells of dryRun where kubectl 1.20 looks for it', async () => {
    const v2 = (await (await get('/openapi/v2')).json()) as {
      paths: Record<string, Record<string, { parameters: { name: string }[] }>>;
    };
    const patch = v2.paths['/apis/titan.dev/v1beta1/namespaces/{namespace}/jobs/{name}']?.patch;
    expect(patch?.parameters.map(({ name }) => name)).to.include('dryRun');
    expect(patch).to.have.deep.property('x-kubernetes-group-version-kind', {
      group: 'titan.dev',
      version: 'v1beta1',
      kind: 'Job',
    });
  });

  for (const separator of ['@', '.']) {
    it(`writes the schemas as protobuf, asked for with ${separator}`, async () => {
      const accept = `application/com.github.proto-openapi.spec.v2${separator}v1.0+protobuf`;
      const response = await get('/openapi/v2', { accept });
      expect(response.headers.get('content-type')).to.include('protobuf');
      const fields = [...readFields(Buffer.from(await response.arrayBuffer()))];
      expect(fields.map(({ number }) => number)).to.deep.equal([1, 2, 8, 9]);
      expect(fields[0]?.value.toString()).to.equal('2.0');
      const names = [...readFields(fields[3]?.value as Buffer)].map((entry) => {
        const [name] = [...readFields(entry.value as Buffer)];
        return name?.value.toString();
      });
      expect(names).to.include.members(['dev.titan.v1beta1.Job', 'dev.titan.v1beta1.JobList']);
    });
  }
});
