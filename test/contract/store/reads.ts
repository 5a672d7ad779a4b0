import { expect } from 'chai';
import type { Revision, Store } from '../../../src/store/port.ts';
import {
  del,
  type MakeStore,
  put,
  type StoreUnderTest,
  text,
  thrownBy,
  watchUntil,
  write,
} from './harness.ts';

export function keepsReadRules(make: MakeStore): void {
  describe('reads', () => {
    let made: StoreUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.stop());

    it('ranges over a prefix in the order of the bytes of the keys', async () => {
      const { store } = made;
      const keys = ['/r/a', '/r/a/b', '/r/aa', '/r/z', '/r/é', '/r/\uffee', '/r/😀'];
      await Promise.all(keys.toReversed().map((key) => write(store, put(key, key))));
      await write(store, put('/q', 'before'), put('/s', 'behind'));

      const { entries, more } = await store.range('/r/');
      expect(entries.map(({ key }) => key)).to.deep.equal(keys);
      expect(more).to.equal(false);
    });

    it('pages at one moment while writes go on', async () => {
      const { store } = made;
      const names = Array.from({ length: 25 }, (_, i) => `/p/${String(i).padStart(2, '0')}`);
      await Promise.all(names.map((key) => write(store, put(key, 'old'))));

      const first = await store.range('/p/', { limit: 10 });
      await Promise.all(names.map((key) => write(store, put(key, 'new'))));
      await write(store, del('/p/12'), put('/p/115', 'new'));
      const read = [...first.entries];
      for (let more = first.more; more; ) {
        const after = read.at(-1)?.key ?? '';
        const page = await store.range('/p/', { limit: 10, after, at: first.revision });
        expect(page.revision).to.equal(first.revision);
        read.push(...page.entries);
        more = page.more;
      }
      expect(read.map(({ key }) => key)).to.deep.equal(names);
      expect(new Set(read.map(({ value }) => text(value)))).to.deep.equal(new Set(['old']));
    });

    it('reads as of any moment that it still has', async () => {
      const { store } = made;
      const moments: [Revision, string[]][] = [];
      for (const step of [put('/a', '1'), put('/b', '1'), put('/a', '2'), del('/b')]) {
        const revision = await write(store, step);
        moments.push([revision, await lines(store)]);
      }
      for (const [revision, then] of moments) {
        expect(await lines(store, revision)).to.deep.equal(then);
      }
    });

    it('ends a range with a key', async () => {
      const { store } = made;
      await write(
        store,
        ...['/e/a', '/e/b', '/e/b/c', '/e/ba', '/e/z'].map((key) => put(key, '1')),
      );
      for (const [until, found] of [
        ['/e/b', ['/e/a', '/e/b']],
        ['/e/b/', ['/e/a', '/e/b']],
        ['/e/b/c', ['/e/a', '/e/b', '/e/b/c']],
        ['/e/~', ['/e/a', '/e/b', '/e/b/c', '/e/ba', '/e/z']],
      ] as const) {
        const { entries, more } = await store.range('/e/', { until });
        expect([entries.map(({ key }) => key), more]).to.deep.equal([found, false]);
      }
      const { entries } = await store.range('/e/', { after: '/e/a', until: '/e/b/c' });
      expect(entries.map(({ key }) => key)).to.deep.equal(['/e/b', '/e/b/c']);
    });

    it('finds what was written since a moment, in pages, and counts what was not as well', async () => {
      const { store } = made;
      const names = Array.from({ length: 250 }, (_, i) => `/s/${String(i).padStart(3, '0')}`);
      await Promise.all(names.map((key) => write(store, put(key, 'old'))));
      const { revision: since } = await store.range('/s/');
      const isChanged = (_: string, index: number) => index % 2 === 1;
      await Promise.all(names.filter(isChanged).map((key) => write(store, put(key, 'new'))));
      await write(store, del('/s/000'), del('/s/249'), put('/s/300', 'new'));

      const changed = [...names.filter(isChanged).slice(0, -1), '/s/300'];
      for (const limit of [1_000, 125, 40]) {
        const read: string[] = [];
        for (let more = true; more; ) {
          const after = read.at(-1) ?? '';
          const page = await store.range('/s/', { since, limit, after, keysOnly: true });
          const behind = names.slice(1, -1).filter((name) => name > after).length + 1;
          expect(page.count).to.equal(behind);
          expect(page.entries.length).to.be.at.most(limit);
          read.push(...page.entries.map(({ key }) => key));
          more = page.more;
        }
        expect(read).to.deep.equal(changed);
      }
      const some = await store.range('/s/', { since, after: '/s/003', until: '/s/010' });
      expect(some.count).to.equal(7);
      expect(some.entries.map(({ key }) => key)).to.deep.equal(['/s/005', '/s/007', '/s/009']);
      const before = await store.range('/s/', { since: 0, at: since });
      expect([before.entries.length, before.count]).to.deep.equal([250, 250]);
    });

    it('has nothing at its beginning', async () => {
      const { store } = made;
      await write(store, put('/a', '1'));
      for (const at of [0, 1]) expect(await lines(store, at)).to.deep.equal([]);
    });

    it('reads values that together pass four megabytes', async () => {
      const { store } = made;
      const value = 'x'.repeat(1_000_000);
      for (let i = 0; i < 6; i++) await write(store, put(`/big/${i}`, value));
      const { entries, more } = await store.range('/big/');
      expect(entries.map(({ value: { length } }) => length)).to.deep.equal(Array(6).fill(1e6));
      expect(more).to.equal(false);
    });

    it('knows the newest revision', async () => {
      const { store } = made;
      const revision = await write(store, put('/a', '1'));
      const newest = await store.revision();
      expect(newest).to.be.at.least(revision);
      expect((await store.range('/')).revision).to.equal(newest);
    });

    it('forgets what is older than a compaction, and says so', async () => {
      const { store } = made;
      const old = await write(store, put('/a', '1'), put('/b', 'stays'));
      await write(store, put('/a', '2'));
      await write(store, put('/a', '3'));
      const kept = await write(store, put('/a', '4'));
      await write(store, put('/a', '5'));
      await store.compact(kept);
      await store.compact(old);

      expect(await thrownBy(store.range('/', { at: old }))).to.include({ reason: 'Expired' });
      const watching = watchUntil(store, { prefix: '/', after: old }, () => true);
      expect(await thrownBy(watching)).to.include({ reason: 'Expired' });
      expect(await lines(store, kept)).to.deep.equal(['/a=4', '/b=stays']);
      expect(await lines(store)).to.deep.equal(['/a=5', '/b=stays']);
      const [event] = await watchUntil(
        store,
        { prefix: '/', after: kept },
        (all) => all.length > 0,
      );
      expect(event?.line).to.equal('/a=5');
    });

    it('refuses a moment that it has not come to: it must have been set back', async () => {
      const { store } = made;
      const future = (await store.revision()) + 100_000_000;
      expect(await thrownBy(store.range('/', { at: future }))).to.include({ reason: 'Expired' });
      const watching = watchUntil(store, { prefix: '/', after: future }, () => true);
      expect(await thrownBy(watching)).to.include({ reason: 'Expired' });
    });
  });
}

async function lines(store: Store, at?: Revision): Promise<string[]> {
  const { entries } = await store.range('/', at === undefined ? {} : { at });
  return entries.map(({ key, value }) => `${key}=${text(value)}`);
}
