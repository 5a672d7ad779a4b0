import { expect } from 'chai';
import { NAMESPACE } from '../../../src/api/builtin.ts';
import { JOB } from '../../../src/api/kinds.gen.ts';
import {
  aRegistry,
  bodyOf,
  failure,
  failureText,
  jobBody,
  type TestRegistry,
} from '../../support/registry.ts';

const write = { manager: 'test' };

describe('namespaces', () => {
  let test: TestRegistry;
  const namespaces = () => test.definition('namespaces');
  const jobs = () => test.definition('jobs');
  const createJob = (metadata: Readonly<Record<string, unknown>> = {}) =>
    test.registry.create(jobs(), 'zz', jobBody({}, metadata), write);
  const names = async () =>
    (await test.client.list(NAMESPACE)).items.map(({ metadata }) => metadata.name);

  beforeEach(async () => {
    test = await aRegistry();
    const body = bodyOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'zz' } });
    await test.registry.create(namespaces(), undefined, body, write);
  });
  afterEach(() => test.stop());

  it('are there from the start, and active', async () => {
    expect(await names()).to.deep.equal(['default', 'kube-system', 'zz']);
    const { spec, status } = await test.client.get(NAMESPACE, { name: 'zz' });
    expect({ spec, status }).to.deep.equal({
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  it('refuse the end of the default one', async () => {
    expect(
      await failureText(test.registry.remove(namespaces(), { name: 'default' }, write)),
    ).to.equal(
      '403 Forbidden: namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });

  it('refuse what is new while they end', async () => {
    await createJob({ finalizers: ['titan.dev/x'] });
    const removal = await test.registry.remove(namespaces(), { name: 'zz' }, write);
    expect(removal.gone).to.equal(false);
    expect(removal.object.status).to.deep.equal({ phase: 'Terminating' });
    const { code, message, details } = await failure(createJob({ name: 'b' }));
    expect([code, message]).to.deep.equal([
      403,
      'jobs.titan.dev "b" is forbidden: unable to create new content in namespace zz because it is being terminated',
    ]);
    expect(details.causes).to.deep.equal([
      {
        reason: 'NamespaceTerminating',
        message: 'namespace zz is being terminated',
        field: 'metadata.namespace',
      },
    ]);
  });

  it('end when all that they held is gone, finalizers and tombstones too', async () => {
    await createJob({ finalizers: ['titan.dev/x'] });
    await createJob({ name: 'b' });
    await test.registry.remove(namespaces(), { name: 'zz' }, write);
    await test.clock.advance(10_000);
    expect(await names()).to.include('zz');
    const held = await test.client.get(JOB, { namespace: 'zz', name: 'a' });
    expect(held.metadata.deletionTimestamp).to.be.a('string');
    await test.client.update(JOB, { ...held, metadata: { ...held.metadata, finalizers: [] } });
    await test.clock.advance(10_000);
    expect(await names()).to.deep.equal(['default', 'kube-system']);
    const left = await test.store.range('/titan/registry/');
    expect(left.entries.filter(({ key }) => key.includes('/zz/'))).to.deep.equal([]);
    expect(await failureText(createJob())).to.equal('404 NotFound: namespaces "zz" not found');
  });

  it('never let anything in behind their end, however close', async () => {
    const creates = Array.from({ length: 20 }, (_, index) =>
      createJob({ name: `j${index}` }).catch(() => undefined),
    );
    await test.registry.remove(namespaces(), { name: 'zz' }, write);
    await Promise.all(creates);
    await test.clock.advance(10_000);
    const left = await test.store.range('/titan/registry/');
    expect(left.entries.filter(({ key }) => key.includes('/zz'))).to.deep.equal([]);
  });
});

describe('the first objects', () => {
  it('are the definitions of all kinds, established, and the same after a restart', async () => {
    const first = await aRegistry();
    const crds = first.definition('customresourcedefinitions');
    const { items } = await first.registry.list(crds, {});
    expect(items.map(({ object }) => object.metadata.name)).to.include.members([
      'jobs.titan.dev',
      'tasks.titan.dev',
    ]);
    const [item] = items;
    expect(item?.object.status).to.have.nested.property('conditions[1].type', 'Established');
    const revision = await first.store.revision();
    await first.registry.stop();
    const second = await aRegistry({ store: first.store, clock: first.clock });
    expect(await first.store.revision()).to.equal(revision);
    expect((await second.registry.list(crds, {})).items.map(({ object }) => object)).to.deep.equal(
      items.map(({ object }) => object),
    );
    await second.stop();
  });
});
