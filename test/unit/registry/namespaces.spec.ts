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

  it('bear their names as a label, whatever is said of it', async () => {
    const label = 'kubernetes.io/metadata.name';
    const value = { metadata: { labels: { [label]: null, more: 'x' } } };
    const patch = { type: 'merge', body: bodyOf(value) } as const;
    await test.registry.patch(namespaces(), { name: 'zz' }, patch, write);
    const { items } = await test.client.list(NAMESPACE);
    expect(items.map(({ metadata }) => metadata.labels)).to.deep.equal([
      { [label]: 'default' },
      { [label]: 'kube-system' },
      { [label]: 'zz', more: 'x' },
    ]);
  });

  it('are in no phase but their own two', async () => {
    const patch = { type: 'merge', body: bodyOf({ status: { phase: 'Odd' } }) } as const;
    const options = { ...write, subresource: 'status' } as const;
    expect(
      await failureText(test.registry.patch(namespaces(), { name: 'zz' }, patch, options)),
    ).to.equal(
      '422 Invalid: Namespace "zz" is invalid: status.phase: Unsupported value: "Odd": supported values: "Active", "Terminating"',
    );
  });

  it('have names that are labels', async () => {
    for (const name of ['a.b', 'a'.repeat(64)]) {
      const body = bodyOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      const text = await failureText(test.registry.create(namespaces(), undefined, body, write));
      expect(text).to.match(
        /^422 Invalid: .* (must be no more than 63|RFC 1123 label must consist)/,
      );
    }
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

  it('say meanwhile what their end waits for, and since when', async () => {
    await createJob({ finalizers: ['titan.dev/x'] });
    await test.registry.remove(namespaces(), { name: 'zz' }, write);
    await test.clock.advance(5_000);
    const { status, metadata } = await test.client.get(NAMESPACE, { name: 'zz' });
    const texts = status?.conditions?.map(
      ({ type, status: is, reason, message }) => `${type} ${is} ${reason}: ${message}`,
    );
    expect(texts).to.deep.equal([
      'NamespaceDeletionDiscoveryFailure False ResourcesDiscovered: All resources successfully discovered',
      'NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions: All legacy kube types successfully parsed',
      'NamespaceDeletionContentFailure False ContentDeleted: All content successfully deleted, may be waiting on finalization',
      'NamespaceContentRemaining True SomeResourcesRemain: Some resources are remaining: jobs.titan.dev has 1 resource instances',
      'NamespaceFinalizersRemaining True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: titan.dev/x in 1 resource instances',
    ]);
    const since = status?.conditions?.[3]?.lastTransitionTime;
    expect(since).to.equal(metadata.deletionTimestamp);
    const revision = await test.store.revision();
    await test.clock.advance(10_000);
    expect(await test.store.revision()).to.equal(revision);
  });

  it('are held by finalizers in their spec, which only finalize changes', async () => {
    const held = (spec: unknown, name = 'held') =>
      bodyOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec });
    const spec = { finalizers: ['example.com/mine'] };
    const made = await test.registry.create(namespaces(), undefined, held(spec), write);
    expect(made.spec).to.deep.equal({ finalizers: ['example.com/mine', 'kubernetes'] });
    const key = { name: 'held' };
    const put = (finalizers: readonly string[], subresource?: 'finalize') =>
      test.registry.replace(namespaces(), key, held({ finalizers }), {
        ...write,
        ...(subresource === undefined ? {} : { subresource }),
      });
    expect((await put([])).object.spec).to.deep.equal(made.spec);
    expect(await failureText(put(['mine'], 'finalize'))).to.equal(
      '422 Invalid: Namespace "held" is invalid: spec.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    );
    await test.registry.remove(namespaces(), key, write);
    await test.clock.advance(5_000);
    const { spec: left } = await test.client.get(NAMESPACE, key);
    expect(left).to.deep.equal(spec);
    await put([], 'finalize');
    expect(await names()).not.to.include('held');
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
