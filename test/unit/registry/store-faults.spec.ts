import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { TASK } from '../../../src/api/kinds.gen.ts';
import type { Definition, Registry } from '../../../src/registry/port.ts';
import { systemClock, virtualClock } from '../../../src/runtime/clock.ts';
import { seededRandom, systemRandom } from '../../../src/runtime/random.ts';
import { etcdStore } from '../../../src/store/etcd.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import type { Store, StoreEvent } from '../../../src/store/port.ts';
import { startEtcd } from '../../support/etcd.ts';
import { startProxy } from '../../support/proxy.ts';
import { aRegistry, failure, jobBody } from '../../support/registry.ts';

const write = { manager: 'test' };
const key = (name: string) => ({ namespace: 'default', name });
const JOBS = '/titan/registry/titan.dev/jobs/default/';

/** A store whose watches leave out what `isLost` says, and that may be exchanged for another. */
function aFaultyStore(first: Store) {
  let store = first;
  let isLost = (_event: StoreEvent): boolean => false;
  let away = new AbortController();
  const proxy: Store = {
    ...first,
    get: (at) => store.get(at),
    range: (...given) => store.range(...given),
    transact: (transaction) => store.transact(transaction),
    revision: () => store.revision(),
    async *watch(prefix, options, signal) {
      const until = AbortSignal.any([signal, away.signal]);
      for await (const batch of store.watch(prefix, options, until)) {
        yield { ...batch, events: batch.events.filter((event) => !isLost(event)) };
      }
    },
  };
  return {
    store: proxy,
    lose(which: typeof isLost) {
      isLost = which;
    },
    exchange(next: Store) {
      store = next;
      away.abort();
      away = new AbortController();
    },
  };
}

async function copyOf(store: Store, clock: ReturnType<typeof virtualClock>): Promise<Store> {
  const copy = memoryStore({ clock });
  const { entries } = await store.range('', { limit: 10_000 });
  for (const entry of entries) {
    await copy.transact({ when: [], write: [{ do: 'put', key: entry.key, value: entry.value }] });
  }
  return copy;
}

type Line = readonly [name: string, cpus: unknown];

/** The jobs as the store has them. */
async function stored(store: Store): Promise<readonly Line[]> {
  const { entries } = await store.range(JOBS, { limit: 1_000 });
  return entries.map(({ value }) => {
    const { metadata, spec } = JSON.parse(new TextDecoder().decode(value));
    return [metadata.name, spec.cpus];
  });
}

/** The jobs as a registry's cache has them. */
async function shown(registry: Registry, jobs: Definition): Promise<readonly Line[]> {
  const { items } = await registry.list(jobs, { resourceVersion: '0' });
  return items.map(({ object }) => [object.metadata.name, Object(object.spec).cpus]);
}

describe('the registry over a store that', () => {
  it('does not tell of changes finds them within a minute', async () => {
    const clock = virtualClock();
    const faulty = aFaultyStore(memoryStore({ clock }));
    const { registry, definition } = await aRegistry({ store: faulty.store, clock });
    const jobs = definition('jobs');
    for (const name of ['a', 'b', 'c']) {
      await registry.create(jobs, 'default', jobBody({ cpus: 1 }, { name }), write);
    }
    faulty.lose(() => true);
    const put = async (name: string, cpus: number) => {
      const entry = await faulty.store.get(JOBS + name);
      const text = new TextDecoder().decode(entry?.value).replace('"cpus":1', `"cpus":${cpus}`);
      const value = new TextEncoder().encode(text);
      await faulty.store.transact({ when: [], write: [{ do: 'put', key: JOBS + name, value }] });
    };
    await put('a', 3);
    await faulty.store.transact({ when: [], write: [{ do: 'delete', key: `${JOBS}b` }] });
    await clock.settle();
    faulty.lose(() => false);
    await registry.create(jobs, 'default', jobBody({ cpus: 1 }, { name: 'd' }), write);
    await clock.settle();
    const { resourceVersion } = await registry.list(jobs, {});
    let ended: string | undefined;
    void (async () => {
      const { signal } = new AbortController();
      for await (const _ of registry.watch(jobs, { resourceVersion }, signal));
    })().catch((thrown) => {
      ended = thrown.reason;
    });
    const seen = async () => {
      const { items } = await registry.list(jobs, { resourceVersion: '0' });
      return items.map(({ object }) => [object.metadata.name, Object(object.spec).cpus]);
    };
    expect(await seen()).to.deep.equal([
      ['a', 1],
      ['b', 1],
      ['c', 1],
      ['d', 1],
    ]);
    await clock.advance(60_000);
    expect(await seen()).to.deep.equal([
      ['a', 3],
      ['c', 1],
      ['d', 1],
    ]);
    expect(ended, 'a watch from after the changes that nobody told of').to.equal('Expired');
    expect(registry.findings.found.untold).to.equal(2);
    await clock.advance(60_000);
    expect(registry.findings.found.untold).to.equal(2);
  });

  it('does not tell of one that comes as another goes finds both, and lists nothing where nothing is amiss', async () => {
    const clock = virtualClock();
    const whole = memoryStore({ clock });
    let listed = 0;
    const counting: Store = {
      ...whole,
      async range(prefix, options) {
        const range = await whole.range(prefix, options);
        listed += range.entries.length;
        return range;
      },
    };
    const faulty = aFaultyStore(counting);
    const { registry, definition } = await aRegistry({ store: faulty.store, clock });
    const other = await aRegistry({ store: whole, clock });
    const jobs = definition('jobs');
    const create = (name: string) =>
      other.registry.create(jobs, 'default', jobBody({}, { name }), write);
    for (let count = 0; count < 200; count += 1) await create(`job-${count}`);
    await clock.advance(45_000);
    await create('last');
    listed = 0;
    await clock.advance(45_000);
    expect(listed, 'of 201 one was written since').to.equal(1);
    const lost = new Set<string>();
    faulty.lose((event) => {
      lost.add(event.type === 'put' ? event.entry.key : event.key);
      return true;
    });
    await other.registry.remove(jobs, key('job-7'), write);
    await create('untold');
    await clock.settle();
    faulty.lose(() => false);
    await create('told');
    await clock.advance(60_000);
    expect(await shown(registry, jobs)).to.deep.equal(await stored(whole));
    expect([...lost]).to.include.members([`${JOBS}job-7`, `${JOBS}untold`]);
    expect(registry.findings.found.untold).to.equal(lost.size);
  });

  it('has records that cannot be read any more tells of them, and of their end, once', async () => {
    const clock = virtualClock();
    const faulty = aFaultyStore(memoryStore({ clock }));
    const { registry, definition } = await aRegistry({ store: faulty.store, clock });
    const jobs = definition('jobs');
    await registry.create(jobs, 'default', jobBody({}, { name: 'spoilt' }), write);
    const value = new TextEncoder().encode('{');
    for (const name of ['spoilt', 'poison']) {
      await faulty.store.transact({ when: [], write: [{ do: 'put', key: JOBS + name, value }] });
    }
    for (let audits = 0; audits < 21; audits += 1) {
      await registry.create(jobs, 'default', jobBody({}, { name: `job-${audits}` }), write);
      await clock.advance(45_000);
    }
    expect(registry.findings.found.untold).to.equal(0);
    const unreadable = () => registry.unreadable(jobs.kind).map(({ name }) => name);
    expect(unreadable()).to.deep.equal(['spoilt', 'poison']);
    faulty.lose(() => true);
    await faulty.store.transact({ when: [], write: [{ do: 'delete', key: `${JOBS}poison` }] });
    await clock.settle();
    faulty.lose(() => false);
    await clock.advance(60_000);
    expect(unreadable()).to.deep.equal(['spoilt']);
    expect(registry.findings.found.untold).to.equal(1);
  });

  it('loses one event of a hundred has repaired all of them within a minute', async () => {
    const clock = virtualClock();
    const random = seededRandom(7);
    const whole = memoryStore({ clock });
    const faulty = aFaultyStore(whole);
    const { registry, definition } = await aRegistry({ store: faulty.store, clock });
    const other = await aRegistry({ store: whole, clock });
    const jobs = definition('jobs');
    const there = new Set<string>();
    let lost = 0;
    faulty.lose(() => {
      const isLost = random.next() < 0.01;
      if (isLost) lost += 1;
      return isLost;
    });
    for (let count = 0; count < 300; count += 1) {
      const name = `job-${Math.floor(random.next() * 40)}`;
      const body = jobBody({ cpus: 1 + (count % 7) }, { name });
      if (there.delete(name)) {
        await other.registry.remove(jobs, key(name), write);
      } else {
        there.add(name);
        await other.registry.create(jobs, 'default', body, write);
      }
      await clock.settle();
    }
    faulty.lose(() => false);
    expect(lost).to.be.above(0);
    await clock.advance(60_000);
    expect(await shown(registry, jobs)).to.deep.equal(await stored(whole));
    expect(registry.findings.found.untold).to.be.above(0);
  });

  it('was out of reach until its history was compacted is listed anew, and nothing differs', async function () {
    this.timeout(60_000);
    const etcd = await startEtcd();
    const clock = systemClock();
    const proxy = await startProxy(etcd.endpoints[0] ?? '');
    const open = (endpoint: string) =>
      etcdStore({ endpoints: [endpoint], clock, random: systemRandom() });
    const stores = [open(proxy.endpoint), open(etcd.endpoints[0] ?? '')] as const;
    const over = (store: Store) => aRegistry({ store, clock: clock as never });
    const [cutOff, other] = [await over(stores[0]), await over(stores[1])];
    try {
      const jobs = other.definition('jobs');
      const create = (name: string, cpus = 1) =>
        other.registry.create(jobs, 'default', jobBody({ cpus }, { name }), write);
      for (let count = 0; count < 20; count += 1) await create(`job-${count}`);
      await cutOff.registry.list(jobs, {});
      proxy.setWeather({ isRefusing: true });
      proxy.cut();
      for (let count = 0; count < 10; count += 1) {
        await other.registry.remove(jobs, key(`job-${2 * count}`), write);
        await create(`new-${count}`);
      }
      for (const name of ['job-1', 'job-3']) {
        await other.registry.remove(jobs, key(name), write);
        await create(name, 5);
      }
      await stores[1].compact(await stores[1].revision());
      proxy.setWeather({});
      const wanted = await stored(stores[1]);
      expect(wanted).to.have.length(20);
      const isSame = async () => isDeepStrictEqual(await shown(cutOff.registry, jobs), wanted);
      while (!(await isSame())) await clock.sleep(20);
    } finally {
      await Promise.all([cutOff.stop(), other.stop()]);
      await Promise.all(stores.map((store) => store.close()));
      await proxy.stop();
      await etcd.stop();
    }
  });

  it('was set back reads it anew, and sends all who watch to list again', async () => {
    const clock = virtualClock();
    const before = memoryStore({ clock });
    const faulty = aFaultyStore(before);
    const { registry, definition } = await aRegistry({ store: faulty.store, clock });
    const jobs = definition('jobs');
    await registry.create(jobs, 'default', jobBody({}, { name: 'old' }), write);
    const snapshot = await copyOf(before, clock);
    for (let count = 0; count < 20; count += 1) {
      await registry.create(jobs, 'default', jobBody({}, { name: `new-${count}` }), write);
    }
    await clock.settle();
    const list = await registry.list(jobs, {});
    const ends: string[] = [];
    for (const resourceVersion of [list.resourceVersion, '']) {
      const watch = async () => {
        const signal = new AbortController().signal;
        for await (const _ of registry.watch(jobs, { resourceVersion }, signal));
      };
      void watch().catch((thrown) => ends.push(thrown.reason));
    }
    await clock.settle();
    faulty.exchange(snapshot);
    await clock.advance(20_000);
    const names = (await registry.list(jobs, {})).items.map(({ object }) => object.metadata.name);
    expect(names).to.deep.equal(['old']);
    expect(ends).to.deep.equal(['Expired', 'Expired']);
    expect(registry.findings.found.setBack).to.equal(1);
    await registry.create(jobs, 'default', jobBody({}, { name: 'next' }), write);
    await clock.settle();
    expect((await registry.list(jobs, {})).items).to.have.length(2);
  });

  it('was set back, and written on as far as it had been, is read anew all the same', async () => {
    const clock = virtualClock();
    const before = memoryStore({ clock });
    const faulty = aFaultyStore(before);
    const { registry, definition } = await aRegistry({ store: faulty.store, clock });
    const jobs = definition('jobs');
    await registry.create(jobs, 'default', jobBody({}, { name: 'old' }), write);
    const restored = memoryStore({ clock, from: before.snapshot() });
    for (const name of ['lost', 'lost-too']) {
      await registry.create(jobs, 'default', jobBody({}, { name }), write);
    }
    await registry.remove(jobs, key('old'), write);
    await clock.settle();
    for (let count = 0; count < 50; count += 1) {
      const value = new TextEncoder().encode(`${count}`);
      await restored.transact({ when: [], write: [{ do: 'put', key: '/elsewhere', value }] });
    }
    faulty.exchange(restored);
    await clock.advance(1_000);
    expect(await shown(registry, jobs)).to.deep.equal([['old', 1]]);
    expect(registry.findings.found.setBack).to.equal(1);
  });

  it('has records that are no objects leaves them alone, and goes on with the rest', async () => {
    const clock = virtualClock();
    const store = memoryStore({ clock });
    const poison = { bad: '{"metadata"', other: '{"metadata":{"name":"web","uid":"1"}}' };
    for (const [name, text] of Object.entries(poison)) {
      const value = new TextEncoder().encode(text);
      await store.transact({ when: [], write: [{ do: 'put', key: JOBS + name, value }] });
    }
    const { registry, definition } = await aRegistry({ store, clock });
    const jobs = definition('jobs');
    await registry.create(jobs, 'default', jobBody({}), write);
    expect((await registry.list(jobs, {})).items).to.have.length(1);
    expect(registry.unreadable(jobs.kind).map(({ name }) => name)).to.deep.equal(['bad', 'other']);
    expect(registry.unreadable(TASK)).to.deep.equal([]);
    for (const deed of [
      registry.get(jobs, key('bad')),
      registry.create(jobs, 'default', jobBody({}, { name: 'bad' }), write),
      registry.remove(jobs, key('bad'), write),
    ]) {
      const { reason, message } = await failure(deed);
      expect(reason).to.equal('InternalError');
      expect(message).to.include(`${JOBS}bad in the store cannot be read`);
    }
    const left = await store.get(`${JOBS}bad`);
    expect(new TextDecoder().decode(left?.value)).to.equal(poison.bad);
    await store.transact({ when: [], write: [{ do: 'delete', key: `${JOBS}bad` }] });
    await clock.settle();
    expect(registry.unreadable(jobs.kind).map(({ name }) => name)).to.deep.equal(['other']);
  });

  it('is away answers reads from its caches with a warning, refuses writes, and goes on when it is back', async function () {
    this.timeout(60_000);
    const etcd = await startEtcd();
    const clock = systemClock();
    const store = etcdStore({ endpoints: etcd.endpoints, clock, random: systemRandom() });
    const { registry, definition, stop } = await aRegistry({ store, clock: clock as never });
    try {
      const jobs = definition('jobs');
      await registry.create(jobs, 'default', jobBody(), write);
      await etcd.member(0).kill();
      const { object } = await registry.get(jobs, key('a'));
      expect(object.metadata.name).to.equal('a');
      expect(registry.cacheWarning?.()).to.include('the cache may be old: etcd is away');
      const refused = await failure(
        registry.create(jobs, 'default', jobBody({}, { name: 'b' }), write),
      );
      expect(refused.reason).to.equal('ServiceUnavailable');
      await etcd.member(0).restart();
      await registry.create(jobs, 'default', jobBody({}, { name: 'c' }), write);
      await registry.get(jobs, key('c'));
      expect(registry.cacheWarning?.()).to.equal(undefined);
    } finally {
      await stop();
      await store.close();
      await etcd.stop();
    }
  });
});
