import { expect } from 'chai';
import type { WatchBatch, Witness } from '../../../src/store/port.ts';
import {
  attempt,
  bytes,
  del,
  eventsUpToNow,
  type MakeStore,
  put,
  revisionsOf,
  type StoreUnderTest,
  seen,
  thrownBy,
  watchUntil,
  write,
} from './harness.ts';

export function keepsWatchRules(make: MakeStore): void {
  describe('watches', () => {
    let made: StoreUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.stop());

    it('tells of every write after a moment, and of no other', async () => {
      const { store } = made;
      await write(store, put('/w/a', '0'));
      const { revision } = await store.range('/w/');
      await write(store, put('/w/a', '1'), put('/other', 'x'), put('/w/b', '1'));
      await write(store, del('/w/a'));
      const events = await eventsUpToNow(store, '/w/', revision);
      expect(events.map(({ line }) => line)).to.deep.equal([
        '/w/a=1',
        '/w/b=1',
        '/w/a gone (was 1)',
      ]);
    });

    it('gives the revisions that the writers were given, whatever the prefix', async () => {
      const { store } = made;
      const start = await store.revision();
      await write(store, put('/a/x', '1'), put('/b/x', '1'), put('/c/x', '1'));
      const mixed = revisionsOf(
        await attempt(
          store,
          [],
          del('/a/x'),
          del('/none'),
          put('/a/y', '2'),
          del('/b/x'),
          del('/c/x'),
        ),
      );
      const wide = await watchUntil(store, { prefix: '/', after: start }, (e) => e.length >= 7);
      expect(wide.slice(3).map(({ revision }) => revision)).to.deep.equal(
        mixed.filter((_, i) => i !== 1),
      );
      const [, gone] = await watchUntil(
        store,
        { prefix: '/c/', after: start },
        (e) => e.length > 1,
      );
      expect(gone?.revision).to.equal(mixed[4]);
    });

    it('keeps the events of one transaction together', async () => {
      const { store } = made;
      const start = await store.revision();
      const operations = Array.from({ length: 100 }, (_, i) => put(`/t/${i}`, 'x'));
      await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          write(store, ...operations.map((o) => ({ ...o, key: `${o.key}-${i}` }))),
        ),
      );
      const stop = new AbortController();
      let count = 0;
      for await (const { events } of store.watch('/t/', { after: start }, stop.signal)) {
        expect(events.length % 100).to.equal(0);
        count += events.length;
        if (count === 3000) stop.abort();
      }
      expect(count).to.equal(3000);
    });

    it('misses nothing when resumed between any two writes', async () => {
      const { store } = made;
      const start = await store.revision();
      const writes = Array.from({ length: 40 }, (_, i) =>
        i % 4 === 3 ? write(store, del(`/w/${i - 3}`)) : write(store, put(`/w/${i}`, 'x')),
      );
      await Promise.all(writes);
      const all = (await eventsUpToNow(store, '/w/', start)).map(({ revision }) => revision);
      expect(all).to.have.length(40);
      for (const [place, after] of all.entries()) {
        const rest = await watchUntil(
          store,
          { prefix: '/w/', after },
          (events) => events.length >= all.length - place - 1,
        );
        const revisions = rest.map(({ revision }) => revision).filter((r) => all.includes(r));
        expect(revisions).to.deep.equal(all.slice(place + 1));
      }
    }).timeout(60_000);

    it('has neither gap nor repeat across lost connections', async () => {
      const { store } = made;
      const start = await store.revision();
      const total = 600;
      const watching = watchUntil(store, { prefix: '/w/', after: start }, (e) => e.length >= total);
      for (let i = 0; i < total; i += 20) {
        const keys = Array.from({ length: 20 }, (_, k) => `/w/${i + k}`);
        await Promise.all(keys.map((key) => persist(made, key)));
        if (i % 120 === 60) await made.cut();
      }
      const events = await watching;
      const keys = events.map(({ key }) => key);
      expect(new Set(keys).size).to.equal(total);
      expect(keys).to.have.length(total);
      const revisions = events.map(({ revision }) => revision);
      expect(revisions).to.deep.equal(revisions.toSorted((a, b) => a - b));
    }).timeout(60_000);

    it('serves a slow watcher, and many at once', async () => {
      const { store } = made;
      const start = await store.revision();
      const watchers = Array.from({ length: 20 }, () =>
        watchUntil(store, { prefix: '/w/', after: start }, (events) => events.length >= 500),
      );
      const stop = new AbortController();
      const slow = store.watch('/w/', { after: start }, stop.signal)[Symbol.asyncIterator]();
      const first = slow.next();
      await Promise.all(Array.from({ length: 500 }, (_, i) => write(store, put(`/w/${i}`, 'x'))));
      for (const events of await Promise.all(watchers)) expect(events).to.have.length(500);
      const slowly: WatchBatch[] = [(await first).value];
      while (slowly.flatMap(({ events }) => events).length < 500) {
        slowly.push((await slow.next()).value);
      }
      const revisions = slowly.flatMap(({ events }) => events.map((e) => seen(e).revision));
      expect(new Set(revisions).size).to.equal(500);
      stop.abort();
      expect((await slow.next()).done).to.equal(true);
    });

    it('knows its history again by what was seen of it, and refuses those of another', async () => {
      const { store } = made;
      const revision = await write(store, put('/w/a', '1'));
      await write(store, put('/w/b', '1'));
      const deleted = await write(store, del('/w/b'));
      const a = { key: '/w/a', value: bytes('1'), revision };
      const gone = { key: '/w/b', revision: deleted };
      const after = await store.revision();
      await write(store, put('/w/a', '2'), put('/w/b', '2'));
      for (const known of [{}, { put: a }, { gone }, { put: a, gone }]) {
        const told = await watchUntil(
          store,
          { prefix: '/w/', after, seen: known },
          (e) => e.length > 1,
        );
        expect(told.map(({ line }) => line)).to.deep.equal(['/w/a=2', '/w/b=2']);
      }
      const others: readonly Witness[] = [
        { put: { ...a, value: bytes('x') } },
        { put: { ...a, revision: deleted } },
        { put: { ...a, key: '/w/' } },
        { put: { key: gone.key, value: bytes('1'), revision: deleted } },
        { gone: { key: '/w/a', revision: deleted } },
        { put: a, gone: { key: '/w/a', revision: deleted } },
      ];
      for (const other of others) {
        const watching = watchUntil(store, { prefix: '/w/', after, seen: other }, () => true);
        expect(await thrownBy(watching)).to.include({ reason: 'Expired' });
      }
    });

    it('takes what was seen and is compacted away for its own, unless it surely is not', async () => {
      const { store } = made;
      const revision = await write(store, put('/w/a', '1'), put('/w/b', '1'));
      const a = { key: '/w/a', value: bytes('1'), revision: revision - 1 };
      await write(store, put('/w/b', '2'));
      const after = await write(store, put('/w/c', '1'));
      await write(store, put('/w/d', '1'));
      await store.compact(after);
      const seen = { put: a, gone: { key: '/w/b', revision } };
      const told = await watchUntil(store, { prefix: '/w/', after, seen }, (e) => e.length > 0);
      expect(told.map(({ line }) => line)).to.deep.equal(['/w/d=1']);
      for (const other of [
        { put: { ...a, value: bytes('x') } },
        { gone: { key: '/w/a', revision } },
      ]) {
        const watching = watchUntil(store, { prefix: '/w/', after, seen: other }, () => true);
        expect(await thrownBy(watching)).to.include({ reason: 'Expired' });
      }
    });

    it('returns when it is told to stop', async () => {
      const { store } = made;
      const stop = new AbortController();
      const after = await store.revision();
      const iterator = store.watch('/quiet/', { after }, stop.signal)[Symbol.asyncIterator]();
      const next = iterator.next();
      stop.abort();
      expect((await next).done).to.equal(true);
    });

    it('says how far it has come when only others write', async () => {
      const { store } = made;
      const after = await store.revision();
      const stop = new AbortController();
      const iterator = store.watch('/quiet/', { after }, stop.signal)[Symbol.asyncIterator]();
      const next = iterator.next();
      const revision = await write(store, put('/loud/a', '1'));
      const batch: WatchBatch = (await next).value;
      expect(batch.events).to.deep.equal([]);
      expect(batch.revision).to.be.at.least(revision);
      stop.abort();
    });
  });
}

/** Creates a key, again when the connection is lost, until it is surely there. */
async function persist({ store }: StoreUnderTest, key: string): Promise<void> {
  for (;;) {
    const result = await attempt(store, [{ key, revision: 0 }], put(key, 'x')).catch(
      () => undefined,
    );
    if (result !== undefined) return;
  }
}
