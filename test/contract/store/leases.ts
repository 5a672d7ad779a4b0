import { expect } from 'chai';
import {
  bytes,
  type MakeStore,
  put,
  type StoreUnderTest,
  thrownBy,
  watchUntil,
  write,
} from './harness.ts';

const SPAN_MS = 2000;

export function keepsLeaseRules(make: MakeStore): void {
  describe('leases', () => {
    let made: StoreUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.stop());

    async function putLeased(key: string, lease: string): Promise<number> {
      const operation = { do: 'put', key, value: bytes('leased'), lease } as const;
      const result = await made.store.transact({ when: [], write: [operation] });
      return result.ok ? (result.revisions[0] ?? 0) : 0;
    }

    it('deletes a key, with an event, when its lease runs out', async () => {
      const { store } = made;
      const lease = await store.grantLease(SPAN_MS);
      const after = await putLeased('/l/a', lease);
      await write(store, put('/l/b', 'stays'));
      const gone = watchUntil(store, { prefix: '/l/', after }, (events) => events.length >= 2);
      await made.pass(SPAN_MS + 1);
      expect((await gone).map(({ line }) => line)).to.deep.equal([
        '/l/b=stays',
        '/l/a gone (was leased)',
      ]);
      expect(await store.keepLease(lease)).to.equal(false);
      expect(await store.get('/l/a')).to.equal(undefined);
    });

    it('keeps a key while its lease is kept alive', async () => {
      const { store } = made;
      const kept = await store.grantLease(SPAN_MS);
      const other = await store.grantLease(SPAN_MS);
      const after = await putLeased('/l/kept', kept);
      await putLeased('/l/other', other);
      let gone = false;
      const watching = watchUntil(store, { prefix: '/l/', after }, (events) => events.length >= 2);
      watching.then(
        () => {
          gone = true;
        },
        () => undefined,
      );
      while (!gone) {
        expect(await store.keepLease(kept)).to.equal(true);
        await made.pass(SPAN_MS / 4);
      }
      expect(await store.get('/l/kept')).to.not.equal(undefined);
      expect((await watching).at(-1)?.line).to.equal('/l/other gone (was leased)');
    });

    it('deletes its keys at once when a lease is given back', async () => {
      const { store } = made;
      const lease = await store.grantLease(60_000);
      await Promise.all([putLeased('/l/a', lease), putLeased('/l/b', lease)]);
      await store.revokeLease(lease);
      expect((await store.range('/l/')).entries).to.deep.equal([]);
      await store.revokeLease(lease);
    });

    it('lets go of a key that is put again without the lease', async () => {
      const { store } = made;
      const lease = await store.grantLease(60_000);
      await putLeased('/l/a', lease);
      await write(store, put('/l/a', 'free'));
      await store.revokeLease(lease);
      expect(await store.get('/l/a')).to.not.equal(undefined);
    });

    it('refuses a put with a lease that is over, and no other put with it', async () => {
      const { store } = made;
      const lease = await store.grantLease(60_000);
      await store.revokeLease(lease);
      const [thrown] = await Promise.all([
        thrownBy(putLeased('/l/a', lease)),
        write(store, put('/l/b', 'fine')),
        write(store, put('/l/c', 'fine')),
      ]);
      expect(thrown).to.include({ reason: 'NotFound' });
      expect((await store.range('/l/')).entries.map(({ key }) => key)).to.deep.equal([
        '/l/b',
        '/l/c',
      ]);
    });
  });
}
