import { expect } from 'chai';
import { runCollector } from '../../../controllers/gc/collector.ts';
import { EVENT } from '../../../src/api/builtin.ts';
import type { ApiObject, OwnerReference } from '../../../src/api/object.ts';
import type { Definition, Registry, RemoveOptions } from '../../../src/registry/port.ts';
import type { Running } from '../../../src/runtime/controller.ts';
import { createEventRecorder } from '../../../src/runtime/events.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { aRegistry, bodyOf, quietLog, type TestRegistry } from '../../support/registry.ts';

const write = { manager: 'test' };

type Meta = Readonly<Record<string, unknown>>;

describe('the collector of garbage', () => {
  let test: TestRegistry;
  let collector: Running;
  let reads: number;

  beforeEach(async () => {
    test = await aRegistry();
    reads = 0;
  });
  afterEach(async () => {
    await collector?.stop();
    await test.stop();
  });

  function start(kinds: Partial<Registry> = {}): void {
    const { clock, registry, client } = test;
    const random = seededRandom(1);
    const common = { client, clock, random, log: quietLog };
    collector = runCollector({
      ...common,
      recorder: createEventRecorder({ ...common, component: 'collector' }),
      kinds: {
        ...registry,
        get(...asked) {
          reads += 1;
          return registry.get(...asked);
        },
        ...kinds,
      },
    });
  }

  async function make(plural: string, name: string, metadata: Meta = {}, namespace = 'default') {
    const { kind } = test.definition(plural);
    const value = {
      apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
      kind: kind.kind,
      metadata: { name, ...metadata },
      ...(plural === 'agents' ? { spec: { agentId: name } } : {}),
      ...(plural === 'faultdomains' ? { spec: { region: 'r', api: 'http://x' } } : {}),
    };
    const at = kind.namespaced ? namespace : undefined;
    return test.registry.create(test.definition(plural), at, bodyOf(value), write);
  }

  function ownedBy(owner: ApiObject, more: Partial<OwnerReference> = {}): OwnerReference {
    const { apiVersion, kind, metadata } = owner;
    return { apiVersion, kind, name: metadata.name, uid: metadata.uid, ...more };
  }

  const owned = (...owners: OwnerReference[]): Meta => ({ ownerReferences: owners });
  const block = { blockOwnerDeletion: true };

  function remove(object: ApiObject, options: Partial<RemoveOptions> = {}): Promise<unknown> {
    const { kind, metadata } = object;
    const definition = test.registry
      .definitions()
      .find((each) => each.kind.kind === kind) as Definition;
    const { namespace, name } = metadata;
    const key = namespace === undefined ? { name } : { namespace, name };
    return test.registry.remove(definition, key, { ...write, ...options });
  }

  async function left(plural: string): Promise<readonly ApiObject[]> {
    const { items } = await test.registry.list(test.definition(plural), {});
    return items.map(({ object }) => object);
  }
  const names = async (plural = 'configmaps') =>
    (await left(plural)).map(({ metadata }) => metadata.name);

  async function unfinalize(plural: string, name: string): Promise<void> {
    const patch = bodyOf({ metadata: { finalizers: null } });
    const key = { namespace: 'default', name };
    await test.registry.patch(test.definition(plural), key, { type: 'merge', body: patch }, write);
  }

  it('removes what an owner leaves behind, and what that owned, over kinds', async () => {
    const root = await make('configmaps', 'root');
    const middle = await make('secrets', 'middle', owned(ownedBy(root)));
    await make('configmaps', 'leaf', owned(ownedBy(middle)));
    await make('configmaps', 'other');
    start();
    await test.clock.advance(1_000);
    expect(await names()).to.deep.equal(['leaf', 'other', 'root']);
    expect(reads).to.equal(0);
    await remove(root);
    await test.clock.advance(1_000);
    expect([await names(), await names('secrets')]).to.deep.equal([['other'], []]);
  });

  it('finds at its start what was left behind while nobody looked', async () => {
    const root = await make('configmaps', 'root');
    await make('configmaps', 'leaf', owned(ownedBy(root)));
    await remove(root);
    start();
    await test.clock.advance(1_000);
    expect(await names()).to.deep.equal([]);
  });

  it('keeps what another owner has, and takes only the reference', async () => {
    const [one, two] = [await make('configmaps', 'one'), await make('configmaps', 'two')];
    await make('configmaps', 'leaf', owned(ownedBy(one), ownedBy(two)));
    start();
    await remove(one);
    await test.clock.advance(1_000);
    const leaf = (await left('configmaps')).find(({ metadata }) => metadata.name === 'leaf');
    expect(leaf?.metadata.ownerReferences?.map(({ name }) => name)).to.deep.equal(['two']);
  });

  it('tells an owner from another of the same name', async () => {
    const root = await make('configmaps', 'root');
    await make('configmaps', 'leaf', owned(ownedBy(root)));
    await remove(root);
    await make('configmaps', 'root');
    start();
    await test.clock.advance(1_000);
    expect(await names()).to.deep.equal(['root']);
  });

  it('lets an owner that goes in the foreground wait for those that block', async () => {
    start();
    const root = await make('configmaps', 'root');
    await make('configmaps', 'held', { ...owned(ownedBy(root, block)), finalizers: ['x.y/z'] });
    await make('secrets', 'free', owned(ownedBy(root, block)));
    await remove(root, { propagationPolicy: 'Foreground' });
    await test.clock.advance(1_000);
    expect([await names(), await names('secrets')]).to.deep.equal([['held', 'root'], []]);
    await unfinalize('configmaps', 'held');
    await test.clock.advance(1_000);
    expect(await names()).to.deep.equal([]);
  });

  it('goes down a tree in the foreground, the leaves first', async () => {
    start();
    const root = await make('configmaps', 'a-root');
    const middle = await make('configmaps', 'b-middle', owned(ownedBy(root, block)));
    await make('configmaps', 'c-leaf', { ...owned(ownedBy(middle, block)), finalizers: ['x.y/z'] });
    await remove(root, { propagationPolicy: 'Foreground' });
    await test.clock.advance(1_000);
    expect(await names()).to.deep.equal(['a-root', 'b-middle', 'c-leaf']);
    await unfinalize('configmaps', 'c-leaf');
    await test.clock.advance(1_000);
    expect(await names()).to.deep.equal([]);
  });

  it('ends owners in a ring that wait for each other', async () => {
    const one = await make('configmaps', 'one');
    const two = await make('configmaps', 'two', owned(ownedBy(one, block)));
    const patch = bodyOf({ metadata: owned(ownedBy(two, block)) });
    const key = { namespace: 'default', name: 'one' };
    await test.registry.patch(
      test.definition('configmaps'),
      key,
      { type: 'merge', body: patch },
      write,
    );
    start();
    await remove(one, { propagationPolicy: 'Foreground' });
    await test.clock.advance(10_000);
    expect(await names()).to.deep.equal([]);
  });

  it('lets dependents live on when it is told to', async () => {
    start();
    const root = await make('configmaps', 'root');
    await make('secrets', 'leaf', owned(ownedBy(root)));
    await remove(root, { propagationPolicy: 'Orphan' });
    await test.clock.advance(1_000);
    expect([await names(), await names('secrets')]).to.deep.equal([[], ['leaf']]);
    const [leaf] = await left('secrets');
    expect(leaf?.metadata.ownerReferences ?? []).to.deep.equal([]);
  });

  it('knows owners without a namespace of what is in one', async () => {
    start();
    const domain = await make('faultdomains', 'dc9');
    await make('configmaps', 'leaf', owned(ownedBy(domain)));
    await test.clock.advance(1_000);
    expect(await names()).to.deep.equal(['leaf']);
    await remove(domain);
    await test.clock.advance(1_000);
    expect(await names()).to.deep.equal([]);
  });

  it('refuses owners in another namespace, with an event', async () => {
    start();
    const root = await make('configmaps', 'root', {}, 'kube-system');
    await make('configmaps', 'stray', owned(ownedBy(root)));
    await test.clock.advance(1_000);
    expect(await names()).to.deep.equal(['root']);
    const { items } = await test.client.list(EVENT);
    expect(
      items.map(({ reason, involvedObject, message }) => [reason, involvedObject.name, message]),
    ).to.deep.equal([
      [
        'OwnerRefInvalidNamespace',
        'stray',
        `ownerRef [v1/ConfigMap, name: root, uid: ${root.metadata.uid}] does not exist in namespace "default"`,
      ],
    ]);
  });

  it('leaves alone what is in no namespace and names an owner that is', async () => {
    const root = await make('configmaps', 'root');
    await make('faultdomains', 'dc9', owned(ownedBy(root)));
    await remove(root);
    start();
    await test.clock.advance(5_000);
    expect(await names('faultdomains')).to.include('dc9');
    const { items } = await test.client.list(EVENT);
    expect(items.map(({ reason }) => reason)).to.deep.equal(['OwnerRefInvalidNamespace']);
  });

  it('leaves alone what a kind owns that is not served', async () => {
    const pod = { apiVersion: 'v9', kind: 'Nothing', name: 'x', uid: 'u' };
    await make('configmaps', 'leaf', owned(pod));
    start();
    await test.clock.advance(60_000);
    expect(await names()).to.deep.equal(['leaf']);
  });

  it('takes up kinds that come to be served later', async () => {
    let isServed = false;
    const listeners: (() => void)[] = [];
    const all = test.registry.definitions();
    const fewer = all.filter(({ kind }) => kind.plural !== 'secrets');
    start({
      definitions: () => (isServed ? all : fewer),
      onDefinitions(listener) {
        listeners.push(listener);
        return () => undefined;
      },
    });
    const root = await make('configmaps', 'root');
    await make('secrets', 'leaf', owned(ownedBy(root)));
    await remove(root);
    await test.clock.advance(1_000);
    expect(await names('secrets')).to.deep.equal(['leaf']);
    isServed = true;
    for (const tell of listeners) tell();
    await test.clock.advance(1_000);
    expect(await names('secrets')).to.deep.equal([]);
  });

  it('removes nothing while the store cannot say whether an owner is gone', async () => {
    const root = await make('configmaps', 'root');
    await make('configmaps', 'leaf', owned(ownedBy(root)));
    await remove(root);
    let isAway = true;
    start({
      get: (...asked) => (isAway ? Promise.reject(new Error('away')) : test.registry.get(...asked)),
    });
    await test.clock.advance(5_000);
    expect(await names()).to.deep.equal(['leaf']);
    isAway = false;
    await test.clock.advance(60_000);
    expect(await names()).to.deep.equal([]);
  });

  it('asks once for an owner of many', async () => {
    const root = await make('configmaps', 'root');
    for (let index = 0; index < 60; index += 1) {
      await make('configmaps', `leaf-${index}`, owned(ownedBy(root)));
    }
    await remove(root);
    start();
    await test.clock.advance(5_000);
    expect(await names()).to.deep.equal([]);
    expect(reads).to.be.lessThan(25);
  });
});
