import { expect } from 'chai';
import { MAX_OPERATIONS, MAX_VALUE_BYTES } from '../../../src/store/port.ts';
import {
  attempt,
  del,
  type MakeStore,
  put,
  revisionsOf,
  type StoreUnderTest,
  text,
  thrownBy,
  write,
} from './harness.ts';

export function keepsWriteRules(make: MakeStore): void {
  describe('writes', () => {
    let made: StoreUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.stop());

    it('creates a key once', async () => {
      const { store } = made;
      const absent = { key: '/a', revision: 0 };
      const [revision] = revisionsOf(await attempt(store, [absent], put('/a', 'first')));
      const again = await attempt(store, [absent], put('/a', 'second'));

      const entry = await store.get('/a');
      expect(entry?.revision).to.equal(revision);
      expect(text(entry?.value ?? new Uint8Array())).to.equal('first');
      expect(again).to.deep.equal({ ok: false, found: [entry] });
      expect(await store.get('/missing')).to.equal(undefined);
    });

    it('compares and swaps, and says what it found', async () => {
      const { store } = made;
      const old = await write(store, put('/a', '1'));
      await write(store, put('/a', '2'));
      const now = await store.get('/a');

      const when = [
        { key: '/missing', revision: 0 },
        { key: '/a', revision: old },
      ];
      const lost = await attempt(store, when, put('/a', '3'), put('/b', '3'));
      expect(lost).to.deep.equal({ ok: false, found: [undefined, now] });
      expect(await store.get('/b')).to.equal(undefined);

      const won = await attempt(store, [{ key: '/a', revision: now?.revision ?? -1 }], del('/a'));
      expect(won.ok).to.equal(true);
      expect(await store.get('/a')).to.equal(undefined);
    });

    it('lets one of many who want the same key win', async () => {
      const { store } = made;
      const base = await write(store, put('/a', 'base'));
      const when = [{ key: '/a', revision: base }];
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, i) => attempt(store, when, put('/a', `${i}`))),
      );
      expect(results.filter(({ ok }) => ok)).to.have.length(1);
    });

    it('keeps the order of arrival of a key', async () => {
      const { store } = made;
      const writes = Array.from({ length: 20 }, (_, i) => write(store, put('/a', `${i}`)));
      const revisions = await Promise.all(writes);
      expect(revisions).to.deep.equal(revisions.toSorted((a, b) => a - b));
      expect(text((await store.get('/a'))?.value ?? new Uint8Array())).to.equal('19');
    });

    it('takes transactions that only compare', async () => {
      const { store } = made;
      const revision = await write(store, put('/a', '1'));
      expect(await attempt(store, [{ key: '/a', revision }])).to.deep.equal({
        ok: true,
        revisions: [],
      });
      expect((await attempt(store, [{ key: '/a', revision: 0 }])).ok).to.equal(false);
    });

    it('takes no notice of the deletion of what is not there', async () => {
      const { store } = made;
      const before = await store.revision();
      expect((await attempt(store, [], del('/nothing'))).ok).to.equal(true);
      expect(await store.revision()).to.equal(before);
    });

    it(`takes ${MAX_OPERATIONS} operations and no more`, async () => {
      const { store } = made;
      const operations = (count: number) =>
        Array.from({ length: count }, (_, i) => put(`/many/${i}`, `${i}`));
      const absent = operations(MAX_OPERATIONS).map(({ key }) => ({ key, revision: 0 }));
      const revisions = revisionsOf(await attempt(store, absent, ...operations(MAX_OPERATIONS)));
      expect(new Set(revisions).size).to.equal(MAX_OPERATIONS);

      const thrown = await thrownBy(attempt(store, [], ...operations(MAX_OPERATIONS + 1)));
      expect(thrown).to.include({ reason: 'RequestEntityTooLarge', code: 413 });
    });

    it('takes values up to its limit, among others that come with them', async () => {
      const { store } = made;
      const big = { do: 'put', key: '/big', value: new Uint8Array(MAX_VALUE_BYTES).fill(120) };
      const tooBig = { ...big, key: '/too', value: new Uint8Array(MAX_VALUE_BYTES + 1) };
      const [, , refused] = await Promise.all([
        attempt(store, [], big as never),
        write(store, put('/small', '1')),
        thrownBy(attempt(store, [], tooBig as never)),
      ]);
      expect((await store.get('/big'))?.value.length).to.equal(MAX_VALUE_BYTES);
      expect((await store.get('/small'))?.value.length).to.equal(1);
      expect(refused).to.include({ reason: 'RequestEntityTooLarge' });
    });

    it('gives back any bytes as they were', async () => {
      const { store } = made;
      const value = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
      for (const bytes of [value, new Uint8Array(0), new TextEncoder().encode('{}\n12')]) {
        await store.transact({ when: [], write: [{ do: 'put', key: '/raw', value: bytes }] });
        const read = (await store.get('/raw'))?.value ?? new Uint8Array(1);
        expect([...read]).to.deep.equal([...bytes]);
      }
    });

    it('gives each of many that come together its own revision', async () => {
      const { store } = made;
      const revisions = await Promise.all(
        Array.from({ length: 200 }, (_, i) => write(store, put(`/each/${i}`, 'x'))),
      );
      expect(new Set(revisions).size).to.equal(200);
    });

    it('lands each of 10,000 concurrent writers exactly once', async () => {
      const { store } = made;
      const keys = Array.from({ length: 10_000 }, (_, i) => `/w/${i}`);
      const results = await Promise.all(
        keys.map((key) => attempt(store, [{ key, revision: 0 }], put(key, key))),
      );
      const revisions = results.flatMap(revisionsOf);
      expect(new Set(revisions).size).to.equal(keys.length);
      let after = '';
      let count = 0;
      for (let more = true; more; ) {
        const page = await store.range('/w/', { after });
        count += page.entries.length;
        after = page.entries.at(-1)?.key ?? after;
        more = page.more;
      }
      expect(count).to.equal(keys.length);
    });

    it('lets a thousand writers share a condition without waiting for each other', async () => {
      const { store } = made;
      const revision = await write(store, put('/leader', 'me'));
      const fence = [{ key: '/leader', revision }];
      const writers = (from: number) =>
        Array.from({ length: 500 }, (_, i) => attempt(store, fence, put(`/t/${from + i}`, 'x')));
      const [before, taken, after] = await Promise.all([
        Promise.all(writers(0)),
        attempt(store, fence, put('/leader', 'you')),
        Promise.all(writers(500)),
      ]);
      expect(before.every(({ ok }) => ok)).to.equal(true);
      expect(taken.ok).to.equal(true);
      expect(after.some(({ ok }) => ok)).to.equal(false);
    });
  });
}
