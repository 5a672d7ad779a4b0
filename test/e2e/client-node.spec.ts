import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { type ClientApi, startClientApi } from '../support/client-api.ts';
import { bringPart } from '../support/parts.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';

type ClientNode = typeof import('@kubernetes/client-node');
type Config = InstanceType<ClientNode['KubeConfig']>;

const AT = { group: 'titan.dev', version: 'v1beta1', namespace: 'default', plural: 'jobs' };
const PATH = '/apis/titan.dev/v1beta1/namespaces/default/jobs';

const versions: Readonly<Record<string, () => Promise<ClientNode>>> = {
  '1.4': async () => {
    const folder = await bringPart('client-node-1.4');
    const file = join(folder, 'node_modules/@kubernetes/client-node/dist/index.js');
    return (await import(pathToFileURL(file).href)) as ClientNode;
  },
  '2.0': () => import('@kubernetes/client-node'),
};

function aJob(name: string) {
  return {
    apiVersion: 'titan.dev/v1beta1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: { applicationName: 'nf-rocker', version: '1.06', location: 'dc1:20' },
  };
}

for (const [version, load] of Object.entries(versions)) {
  describe(`@kubernetes/client-node ${version} against the API server`, () => {
    let node: ClientNode;
    let api: ClientApi;
    let proxy: TcpProxy;
    let config: Config;
    before(async function () {
      this.timeout(300_000);
      node = await load();
      api = await startClientApi();
      proxy = await startProxy(api.url);
      config = new node.KubeConfig();
      const behind = proxy.endpoint.replace('http:', 'https:');
      config.loadFromString(api.kubeconfigText.replace(api.url, behind));
    });
    after(async () => {
      await proxy?.stop();
      await api?.stop();
      expect(api?.errors).to.deep.equal([]);
    });

    it('creates, patches and reads objects of any kind, and loses no field', async () => {
      const objects = node.KubernetesObjectApi.makeApiClient(config);
      const created = await objects.create(aJob('objects'));
      expect(created).to.have.nested.property('spec.location', 'dc1:20');
      const map = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'm', namespace: 'default' },
      };
      await objects.create({ ...map, data: { a: 'b' } } as typeof map);
      const { items } = await objects.list('v1', 'ConfigMap', 'default');
      const read = items.find(({ metadata }) => metadata?.name === map.metadata.name);
      expect(read).to.have.nested.property('data.a', 'b');
      const change = { ...aJob('objects'), spec: { ...aJob('objects').spec, version: '2' } };
      const apply = node.PatchStrategy.ServerSideApply;
      const applied = await objects.patch(change, undefined, undefined, 'm', true, apply);
      expect(applied).to.have.nested.property('spec.version', '2');
      const merge = node.PatchStrategy.MergePatch;
      const other = { ...change, spec: { ...change.spec, version: '3' } };
      const merged = await objects.patch(other, undefined, undefined, 'n', undefined, merge);
      expect(merged).to.have.nested.property('spec.version', '3');
      expect(await codeOf(objects.patch(change))).to.equal(415);
      expect(await codeOf(objects.create(aJob('objects')))).to.equal(409);
      await objects.delete(created);
      expect(await codeOf(objects.read(created))).to.equal(404);
    });

    it('speaks of custom objects and of kinds that it knows', async () => {
      const custom = config.makeApiClient(node.CustomObjectsApi);
      await custom.createNamespacedCustomObject({ ...AT, body: aJob('custom') });
      const one = { ...AT, name: 'custom' };
      const read = await custom.getNamespacedCustomObject(one);
      const body = { ...read, spec: { ...read.spec, version: '2' } };
      await custom.replaceNamespacedCustomObject({ ...one, body });
      expect(await codeOf(custom.replaceNamespacedCustomObject({ ...one, body }))).to.equal(409);
      const scaled = [{ op: 'add', path: '/spec/replicas', value: 7 }];
      await custom.patchNamespacedCustomObjectScale({ ...one, body: scaled });
      expect(await custom.getNamespacedCustomObject(one)).to.have.nested.property(
        'spec.replicas',
        7,
      );
      await custom.deleteNamespacedCustomObject(one);
      const core = config.makeApiClient(node.CoreV1Api);
      const secret = { metadata: { name: 's' }, stringData: { a: 'b' } };
      await core.createNamespacedSecret({ namespace: 'default', body: secret });
      expect((await core.readNamespacedSecret({ namespace: 'default', name: 's' })).data).to.eql({
        a: 'Yg==',
      });
    });

    it('is told that a watch is too old, and resumes one that is not', async () => {
      const custom = config.makeApiClient(node.CustomObjectsApi);
      const listed = await custom.listNamespacedCustomObject(AT);
      const { resourceVersion } = listed.metadata;
      await custom.createNamespacedCustomObject({ ...AT, body: aJob('watched') });
      await custom.deleteNamespacedCustomObject({ ...AT, name: 'watched' });
      const watch = new node.Watch(config);
      const watches: Promise<AbortController>[] = [];
      const seen: string[] = [];
      await new Promise<void>((resolve, reject) => {
        const note = (type: string, object: { metadata: { name: string } }) => {
          seen.push(`${type} ${object.metadata.name}`);
          if (type === 'DELETED') resolve();
        };
        watches.push(watch.watch(PATH, { resourceVersion }, note, reject));
      });
      expect(seen).to.deep.equal(['ADDED watched', 'DELETED watched']);
      const code = await new Promise((resolve) => {
        const note = (type: string, object: { code?: number }) =>
          resolve(`${type} ${object.code ?? ''}`);
        watches.push(watch.watch(PATH, { resourceVersion: '1' }, note, resolve));
      });
      for (const one of await Promise.all(watches)) one.abort();
      expect(code).to.equal('ERROR 410');
    });

    it('keeps an informer up to date, over connections that break', async () => {
      const custom = config.makeApiClient(node.CustomObjectsApi);
      const seen: string[] = [];
      const waiting: (() => void)[] = [];
      const until = async (line: string) => {
        while (!seen.includes(line)) await new Promise<void>((resolve) => waiting.push(resolve));
      };
      const list = () => custom.listNamespacedCustomObject(AT);
      const informer = node.makeInformer(config, PATH, list as never);
      for (const verb of ['add', 'update', 'delete'] as const) {
        informer.on(verb, (object) => {
          seen.push(`${verb} ${object.metadata?.name}`);
          for (const wake of waiting.splice(0)) wake();
        });
      }
      let isOver = false;
      informer.on('error', () => {
        if (!isOver) void informer.start();
      });
      await custom.createNamespacedCustomObject({ ...AT, body: aJob('before') });
      await informer.start();
      await until('add before');
      await custom.createNamespacedCustomObject({ ...AT, body: aJob('later') });
      await until('add later');
      proxy.cut();
      const body = [{ op: 'replace', path: '/spec/version', value: '2' }];
      await persist(() => custom.patchNamespacedCustomObject({ ...AT, name: 'later', body }));
      await until('update later');
      await custom.deleteNamespacedCustomObject({ ...AT, name: 'before' });
      await until('delete before');
      expect(informer.get('later', 'default')).to.have.nested.property('spec.version', '2');
      isOver = true;
      await informer.stop();
      await custom.deleteNamespacedCustomObject({ ...AT, name: 'later' });
    });
  });
}

/** The HTTP status that a call was refused with. */
async function codeOf(call: Promise<unknown>): Promise<unknown> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  return (thrown as { code?: unknown } | undefined)?.code;
}

/** A connection that was kept open may have been cut: then the call is made again. */
async function persist<T>(call: () => Promise<T>): Promise<T> {
  return call().catch(call);
}
