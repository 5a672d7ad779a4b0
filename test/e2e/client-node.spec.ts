import {
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
} from '@kubernetes/client-node';
import { expect } from 'chai';
import { startTestApi, type TestApi } from '../support/api-server.ts';

const AT = { group: 'titan.dev', version: 'v1beta1', namespace: 'default', plural: 'jobs' };

function aJob(name: string) {
  return {
    apiVersion: 'titan.dev/v1beta1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: { applicationName: 'nf-rocker', version: '1.06', location: 'dc1:20' },
  };
}

describe('@kubernetes/client-node against the API server', () => {
  let api: TestApi;
  let config: KubeConfig;
  before(async () => {
    api = await startTestApi();
    config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'test', server: api.url, skipTLSVerify: true }],
      users: [{ name: 'test' }],
      contexts: [{ name: 'test', cluster: 'test', user: 'test' }],
      currentContext: 'test',
    });
  });
  after(async () => {
    await api.stop();
    expect(api.errors).to.deep.equal([]);
  });

  it('creates, patches and reads objects of any kind, and loses no field', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const created = await objects.create(aJob('objects'));
    expect(created).to.have.nested.property('spec.location', 'dc1:20');
    const map = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'm', namespace: 'default' },
    };
    await objects.create({ ...map, data: { a: 'b' } } as typeof map);
    const [read] = (await objects.list('v1', 'ConfigMap', 'default')).items;
    expect(read).to.have.nested.property('data.a', 'b');
    await objects.delete(created);
    const error = await objects.read(created).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 404);
  });

  it('keeps an informer up to date', async () => {
    const custom = config.makeApiClient(CustomObjectsApi);
    const seen: string[] = [];
    const waiting: (() => void)[] = [];
    const note = (line: string) => {
      seen.push(line);
      for (const wake of waiting.splice(0)) wake();
    };
    const until = async (line: string) => {
      while (!seen.includes(line)) await new Promise<void>((resolve) => waiting.push(resolve));
    };
    const list = () => custom.listNamespacedCustomObject(AT);
    const path = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
    const informer = makeInformer(config, path, list as never);
    for (const verb of ['add', 'update', 'delete'] as const) {
      informer.on(verb, (object) => note(`${verb} ${object.metadata?.name}`));
    }
    await custom.createNamespacedCustomObject({ ...AT, body: aJob('before') });
    await informer.start();
    await until('add before');
    await custom.createNamespacedCustomObject({ ...AT, body: aJob('later') });
    await until('add later');
    const body = [{ op: 'replace', path: '/spec/version', value: '2' }];
    await custom.patchNamespacedCustomObject({ ...AT, name: 'later', body });
    await until('update later');
    await custom.deleteNamespacedCustomObject({ ...AT, name: 'before' });
    await until('delete before');
    expect(informer.get('later', 'default')).to.have.nested.property('spec.version', '2');
    await informer.stop();
  });
});
