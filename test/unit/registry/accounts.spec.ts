import { expect } from 'chai';
import { NAMESPACE, SERVICE_ACCOUNT } from '../../../src/api/builtin.ts';
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
