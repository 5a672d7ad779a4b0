import { expect } from 'chai';
import { CONFIG_MAP, NAMESPACE, SERVICE_ACCOUNT } from '../../../src/api/builtin.ts';
import { aRegistry, type TestRegistry } from '../../support/registry.ts';

describe('the default service account', () => {
  let test: TestRegistry;
  const accounts = async () => {
    const { items } = await test.client.list(SERVICE_ACCOUNT);
    return items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  };

  beforeEach(async () => {
    test = await aRegistry();
    await test.client.create(NAMESPACE, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'zz' },
    });
    await test.clock.advance(0);
  });
  afterEach(() => test.stop());

  it('comes with every namespace, the first ones too', async () => {
    expect(await accounts()).to.include.members([
      'default/default',
      'kube-system/default',
      'zz/default',
    ]);
  });

  it('comes back when it is deleted, while its namespace stays', async () => {
    const key = { namespace: 'zz', name: 'default' };
    const { uid } = (await test.client.get(SERVICE_ACCOUNT, key)).metadata;
    await test.client.delete(SERVICE_ACCOUNT, key);
    await test.clock.advance(0);
    expect((await test.client.get(SERVICE_ACCOUNT, key)).metadata.uid).to.not.equal(uid);
    await test.client.delete(NAMESPACE, { name: 'zz' });
    await test.clock.advance(5_000);
    expect(await accounts()).to.not.include('zz/default');
    expect(
      (await test.client.list(NAMESPACE)).items.map(({ metadata }) => metadata.name),
    ).to.not.include('zz');
  });
});

describe('the certificate of the authority in every namespace', () => {
  const key = { namespace: 'default', name: 'kube-root-ca.crt' };
  const data = { 'ca.crt': 'PEM' };
  let test: TestRegistry;
  const found = () => test.client.get(CONFIG_MAP, key);

  beforeEach(async () => {
    test = await aRegistry({ authority: 'PEM' });
    await test.clock.advance(0);
  });
  afterEach(() => test.stop());

  it('is there', async () => {
    const { items } = await test.client.list(CONFIG_MAP);
    expect(
      items.map((item) => [item.metadata.namespace, item.metadata.name, item.data]),
    ).to.have.deep.members([
      ['default', 'kube-root-ca.crt', data],
      ['kube-system', 'kube-root-ca.crt', data],
    ]);
  });

  it('comes back when it is deleted', async () => {
    await test.client.delete(CONFIG_MAP, key);
    await test.clock.advance(0);
    expect(await found()).to.deep.include({ data });
  });

  it('is set again when somebody changes it, however often, and keeps its labels', async () => {
    for (const other of [{ 'ca.crt': 'other' }, { ...data, more: 'x' }, {}]) {
      const labels = { app: 'web' };
      const map = await found();
      const metadata = { ...map.metadata, labels };
      await test.client.update(CONFIG_MAP, { ...map, metadata, data: other });
      await test.clock.advance(1_000);
      const now = await found();
      expect([now.data, now.metadata.labels]).to.deep.equal([data, labels]);
    }
  });

  it('is not written when nobody has changed it', async () => {
    const before = (await found()).metadata.resourceVersion;
    await test.client.create(CONFIG_MAP, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'other', namespace: 'default' },
    });
    await test.clock.advance(5_000);
    expect((await found()).metadata.resourceVersion).to.equal(before);
  });
});
