import { expect } from 'chai';
import fc from 'fast-check';
import { TitanError } from '../../../src/api/error.ts';
import { createEncodings } from '../../../src/registry/cache/encodings.ts';
import { hold } from '../../../src/registry/cache/held.ts';
import { createKindCache } from '../../../src/registry/cache/kind-cache.ts';
import { createSortedKeys } from '../../../src/registry/cache/sorted-keys.ts';
import type { WatchItem } from '../../../src/registry/port.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import type { Store } from '../../../src/store/port.ts';
import { aRegistry, bodyOf, failure, jobBody, type TestRegistry } from '../../support/registry.ts';

const write = { manager: 'test' };
const key = (name: string) => ({ namespace: 'default', name });

describe('sorted keys', () => {
  it('are what a sorted list would be', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-'), maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), text)), text, text, (steps, prefix, after) => {
        const keys = createSortedKeys();
        const model = new Set<string>();
        for (const [add, one] of steps) {
          if (add) keys.add(one);
          else keys.remove(one);
          if (add) model.add(one);
          else model.delete(one);
        }
        const expected = [...model].sort().filter((one) => one.startsWith(prefix) && one > after);
        expect([...keys.from(prefix, after)].filter((one) => one !== '')).to.deep.equal(expected);
        expect(keys.size).to.equal(model.size);
        const behind = [...keys.from(prefix, after)].length;
        expect(keys.count(prefix, after)).to.equal(behind);
      }),
    );
  });

  it('stay in order over many blocks', () => {
    const keys = createSortedKeys();
    const all = Array.from({ length: 5_000 }, (_, index) =>
      String((index * 7919) % 5_000).padStart(5, '0'),
    );
    for (const one of all) keys.add(one);
    for (const one of all.filter((_, index) => index % 3 === 0)) keys.remove(one);
    const left = all.filter((_, index) => index % 3 !== 0).sort();
    expect([...keys.from('')]).to.deep.equal(left);
    expect([...keys.from('', left[100])]).to.deep.equal(left.slice(101));
    expect(keys.count('', left[100])).to.equal(left.length - 101);
    expect(keys.count('03')).to.equal(left.filter((one) => one.startsWith('03')).length);
  });
});

describe('the cache of a kind', () => {
  const at = (cpus: number, revision: number) =>
    hold({ ...Object(jobBody({ cpus }).value), metadata: { name: 'a' } }, revision);

  it('takes no change that is not newer than what it knows', () => {
    const cache = createKindCache();
    cache.put('default/a', at(2, 512), 0);
    cache.put('default/a', at(1, 256), 0);
    cache.put('default/a', at(3, 512), 0);
    cache.drop('default/a', 300, 0);
    expect(cache.get('default/a')?.object.spec).to.include({ cpus: 2 });
    expect(cache.window.end).to.equal(1);
  });

  it('keeps bytes for those who ask soon after, and no more than it may', () => {
    const cache = createKindCache(createEncodings(1_000));
    const names = Array.from({ length: 20 }, (_, index) => `default/${index}`);
    for (const [index, name] of names.entries()) cache.put(name, at(1, 256 * (index + 1)), 0);
    const bytesOf = (name: string) => cache.get(name)?.bytes;
    const first = bytesOf('default/0');
    expect(bytesOf('default/0')).to.equal(first);
    for (const name of names) bytesOf(name);
    expect(bytesOf('default/0')).not.to.equal(first);
    expect(bytesOf('default/0')).to.deep.equal(first);
  });

  it('makes what a watcher loses sight of once for all who lose sight of it', () => {
    const cache = createKindCache();
    cache.put('default/a', at(1, 256), 0);
    cache.put('default/a', at(2, 512), 0);
    const [, change] = cache.window.read(0, 2) ?? [];
    if (change === undefined) throw new Error('no change');
    const departed = cache.departure(change);
    expect(departed.object.spec).to.include({ cpus: 1 });
    expect(departed.object.metadata.resourceVersion).to.equal('512');
    expect(cache.departure(change)).to.equal(departed);
  });

  it('forgets old changes also when nothing changes any more', () => {
    const cache = createKindCache();
    for (let index = 1; index <= 500; index += 1) cache.put('default/a', at(1, 256 * index), index);
    cache.window.age(500);
    expect(cache.window.read(0, 1)).to.have.length(1);
    cache.window.age(80_000);
    expect(cache.window.read(399, 1)).to.equal(undefined);
    expect(cache.window.read(400, 200)).to.have.length(100);
    expect(cache.window.after(256 * 399)).to.equal(undefined);
    expect(cache.window.after(256 * 400)).to.equal(400);
  });

  it('knows own writes before the feed brings them, and forgets them then', () => {
    const cache = createKindCache();
    const own = at(2, 512);
    cache.wrote('default/a', { revision: 512, held: own });
    expect(cache.get('default/a')).to.equal(undefined);
    expect(cache.newest('default/a')?.held).to.equal(own);
    cache.put('default/a', at(1, 256), 0);
    expect(cache.newest('default/a')?.held).to.equal(own);
    cache.put('default/a', cache.own('default/a', 512) ?? at(9, 512), 0);
    expect(cache.get('default/a')).to.equal(own);
    cache.wrote('default/a', { revision: 768, held: undefined });
    expect(cache.newest('default/a')?.held).to.equal(undefined);
    cache.drop('default/a', 768, 0);
    expect(cache.newest('default/a')).to.equal(undefined);
  });
});

describe('the cache and a store that goes away', () => {
  let test: TestRegistry;
  let isAway: boolean;
  let breakWatches: (error: TitanError) => void;
  /** Until then a watch that begins brings nothing. */
  let lateWatch: Promise<void> | undefined;

  beforeEach(async () => {
    const clock = virtualClock();
    isAway = false;
    const broken = new Set<(error: TitanError) => void>();
    breakWatches = (error) => {
      for (const tell of broken) tell(error);
    };
    lateWatch = undefined;
    const inner = memoryStore({ clock });
    const late: Store = {
      ...inner,
      async *watch(prefix, options, signal) {
        if (lateWatch !== undefined) yield { events: [], revision: options.after };
        await lateWatch;
        yield* inner.watch(prefix, options, signal);
      },
    };
    test = await aRegistry({ clock, store: fragile(late, () => isAway, broken) });
  });
  afterEach(async () => {
    isAway = false;
    await test.stop();
  });

  const away = () => new TitanError('ServiceUnavailable', 'the store is away');
  const create = (name: string) =>
    test.registry.create(test.definition('jobs'), 'default', jobBody({}, { name }), write);

  it('still answers reads, and says that they may be old, but no writes', async () => {
    await create('a');
    isAway = true;
    breakWatches(away());
    await test.clock.advance(10);
    const jobs = test.definition('jobs');
    const { object } = await test.registry.get(jobs, key('a'), { resourceVersion: '0' });
    expect(object.metadata.name).to.equal('a');
    expect((await test.registry.list(jobs, { resourceVersion: '0' })).items).to.have.length(1);
    expect((await test.registry.get(jobs, key('a'))).object).to.equal(object);
    expect((await test.registry.list(jobs, {})).items).to.have.length(1);
    expect((await failure(create('b'))).reason).to.equal('ServiceUnavailable');
    expect(test.registry.cacheWarning?.()).to.equal('the cache may be old: the store is away');
    expect(await test.registry.health()).to.deep.equal({ ok: false, message: 'the store is away' });
    isAway = false;
    await test.clock.advance(10_000);
    await create('b');
    expect(test.registry.cacheWarning?.()).to.equal(undefined);
    expect((await test.registry.list(jobs, {})).items).to.have.length(2);
    expect(await test.registry.health()).to.deep.equal({ ok: true, message: 'ok' });
  });

  it('warns the very read that finds the store away', async () => {
    const jobs = test.definition('jobs');
    await create('a');
    const warnings: string[] = [];
    const warn = (text: string) => warnings.push(text);
    await test.registry.get(jobs, key('a'), { warn });
    expect(warnings).to.deep.equal([]);
    isAway = true;
    await test.registry.get(jobs, key('a'), { warn });
    await test.registry.list(jobs, { warn });
    await test.registry.list(jobs, { resourceVersion: '0', warn });
    expect(warnings).to.deep.equal(Array(3).fill('the cache may be old: the store is away'));
  });

  it('does not take what the caches have for new once they follow the store again, but not yet far', async () => {
    const jobs = test.definition('jobs');
    await create('a');
    const caughtUp = Promise.withResolvers<void>();
    lateWatch = caughtUp.promise;
    isAway = true;
    breakWatches(away());
    await test.clock.advance(10);
    isAway = false;
    await create('b');
    const reading = test.registry.get(jobs, key('b'));
    await test.clock.advance(1_000);
    caughtUp.resolve();
    expect((await reading).object.metadata.name).to.equal('b');
  });

  it('misses nothing over a broken watch, nor over a compaction that makes it list again', async () => {
    const jobs = test.definition('jobs');
    await create('changed');
    await create('gone');
    const { resourceVersion } = await test.registry.list(jobs, {});
    const stopping = new AbortController();
    const seen: string[] = [];
    const done = (async () => {
      for await (const items of test.registry.watch(jobs, { resourceVersion }, stopping.signal)) {
        seen.push(...items.map(line));
      }
    })();
    isAway = true;
    breakWatches(away());
    await test.clock.advance(10);
    isAway = false;
    await test.registry.patch(
      jobs,
      key('changed'),
      { type: 'merge', body: bodyOf({ spec: { cpus: 7 } }) },
      write,
    );
    await test.registry.remove(jobs, key('gone'), write);
    await create('new');
    await test.store.compact(await test.store.revision());
    breakWatches(new TitanError('Expired', 'compacted'));
    await test.clock.advance(20_000);
    expect(seen.sort()).to.deep.equal(['ADDED new', 'DELETED gone', 'MODIFIED changed']);
    const { items } = await test.registry.list(jobs, {});
    expect(items.map(({ object }) => object.metadata.name)).to.deep.equal(['changed', 'new']);
    stopping.abort();
    await done;
    const late = test.registry.watch(jobs, { resourceVersion }, new AbortController().signal);
    expect((await failure(late[Symbol.asyncIterator]().next())).reason).to.equal('Expired');
  });
});

/** A store whose watches can be broken, and that can be away. */
function fragile(
  store: Store,
  isAway: () => boolean,
  broken: Set<(error: TitanError) => void>,
): Store {
  const check = async () => {
    if (isAway()) throw new TitanError('ServiceUnavailable', 'the store is away');
  };
  return {
    ...store,
    get: (one) => check().then(() => store.get(one)),
    range: (prefix, options) => check().then(() => store.range(prefix, options)),
    revision: () => check().then(() => store.revision()),
    transact: (transaction) => check().then(() => store.transact(transaction)),
    async *watch(prefix, options, signal) {
      await check();
      const stopping = new AbortController();
      let error: TitanError | undefined;
      const tell = (with_: TitanError) => {
        error = with_;
        stopping.abort();
      };
      broken.add(tell);
      yield* store.watch(prefix, options, AbortSignal.any([signal, stopping.signal]));
      broken.delete(tell);
      if (error) throw error;
    },
  };
}

function line(item: WatchItem): string {
  return item.type === 'BOOKMARK' ? item.type : `${item.type} ${item.stored.object.metadata.name}`;
}
