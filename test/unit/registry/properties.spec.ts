import { expect } from 'chai';
import fc from 'fast-check';
import { asTitanError } from '../../../src/api/error.ts';
import type { ApiObject } from '../../../src/api/object.ts';
import type { WatchItem } from '../../../src/registry/port.ts';
import { aRegistry, bodyOf, jobBody, type TestRegistry } from '../../support/registry.ts';

type Step =
  | { readonly do: 'create' | 'remove'; readonly name: string }
  | { readonly do: 'spec' | 'status' | 'label'; readonly name: string; readonly value: number }
  | { readonly do: 'apply'; readonly name: string; readonly value: number; readonly who: string };

const name = fc.constantFrom('a', 'b', 'c');
const value = fc.integer({ min: 1, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('create' as const, 'remove' as const), name }),
  fc.record({
    do: fc.constantFrom('spec' as const, 'status' as const, 'label' as const),
    name,
    value,
  }),
  fc.record({ do: fc.constant('apply' as const), name, value, who: fc.constantFrom('x', 'y') }),
);

describe('random writes', () => {
  it('keep generation, version and no-op rules, and watches replay to what lists show', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(10), async (steps, from) => {
        const test = await aRegistry();
        try {
          await run(test, steps, from);
        } finally {
          await test.stop();
        }
      }),
      { numRuns: 60 },
    );
  });
});

async function run(test: TestRegistry, steps: readonly Step[], from: number): Promise<void> {
  const jobs = test.definition('jobs');
  const stopping = new AbortController();
  const replayed = new Map<string, ApiObject>();
  let following: Promise<void> | undefined;
  const list = async () => (await test.registry.list(jobs, {})).items.map(({ object }) => object);

  async function follow(): Promise<void> {
    const { items, resourceVersion } = await test.registry.list(jobs, {});
    for (const { object } of items) replayed.set(object.metadata.name, object);
    const watch = test.registry.watch(jobs, { resourceVersion }, stopping.signal);
    following = (async () => {
      for await (const batch of watch) for (const item of batch) replay(replayed, item);
    })();
  }

  for (const [index, one] of steps.entries()) {
    if (index === from) await follow();
    const before = (await list()).find(({ metadata }) => metadata.name === one.name);
    const revision = await test.store.revision();
    const after = await take(test, one).catch((thrown) => {
      expect(asTitanError(thrown).reason).to.be.oneOf(['NotFound', 'AlreadyExists', 'Conflict']);
      return undefined;
    });
    if (after === undefined) expect(await test.store.revision()).to.equal(revision);
    else checkStep(one, before, after);
  }
  await test.clock.settle();
  if (following) expect([...replayed.values()].sort(byName)).to.deep.equal(await list());
  stopping.abort();
  await following;
}

function take({ registry, definition }: TestRegistry, one: Step): Promise<ApiObject> {
  const jobs = definition('jobs');
  const key = { namespace: 'default', name: one.name };
  const manager = 'who' in one ? one.who : one.do;
  const merge = async (body: unknown, subresource?: 'status') =>
    (
      await registry.patch(
        jobs,
        key,
        { type: 'merge', body: bodyOf(body) },
        { manager, ...(subresource ? { subresource } : {}) },
      )
    ).object;
  switch (one.do) {
    case 'create':
      return registry.create(jobs, 'default', jobBody({}, { name: one.name }), { manager });
    case 'remove':
      return registry.remove(jobs, key, { manager }).then(({ object }) => object);
    case 'spec':
      return merge({ spec: { cpus: one.value } });
    case 'label':
      return merge({ metadata: { labels: { l: String(one.value) } } });
    case 'status':
      return merge({ status: { running: one.value } }, 'status');
    case 'apply': {
      const body = jobBody({ cpus: one.value }, { name: one.name });
      return registry
        .patch(jobs, key, { type: 'apply', force: one.value === 3, body }, { manager })
        .then(({ object }) => object);
    }
  }
}

function checkStep(one: Step, before: ApiObject | undefined, after: ApiObject): void {
  const { generation, resourceVersion } = after.metadata;
  if (before === undefined || before.metadata.uid !== after.metadata.uid) {
    expect(generation).to.equal(1);
    return;
  }
  const specChanged = JSON.stringify(sorted(before.spec)) !== JSON.stringify(sorted(after.spec));
  expect(Number(generation) - Number(before.metadata.generation)).to.equal(specChanged ? 1 : 0);
  const isSame = resourceVersion === before.metadata.resourceVersion;
  if (isSame && one.do !== 'remove') expect(after).to.deep.equal(before);
  else expect(Number(resourceVersion)).to.be.greaterThan(Number(before.metadata.resourceVersion));
  if (one.do === 'status') expect(after.spec).to.deep.equal(before.spec);
}

function replay(objects: Map<string, ApiObject>, item: WatchItem): void {
  if (item.type === 'BOOKMARK') return;
  const { object } = item.stored;
  const known = objects.get(object.metadata.name);
  expect(item.type === 'ADDED').to.equal(known === undefined);
  if (item.type === 'DELETED') objects.delete(object.metadata.name);
  else objects.set(object.metadata.name, object);
}

function byName(a: ApiObject, b: ApiObject): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function sorted(value: unknown): unknown {
  return Object.entries(Object(value)).sort(([a], [b]) => (a < b ? -1 : 1));
}
