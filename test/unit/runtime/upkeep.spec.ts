import { expect } from 'chai';
import { hasReason } from '../../../src/api/error.ts';
import { systemClock, virtualClock } from '../../../src/runtime/clock.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import { healStore, keepStore } from '../../../src/runtime/upkeep.ts';
import { etcdStore } from '../../../src/store/etcd.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { startEtcd } from '../../support/etcd.ts';
import { quietLog } from '../../support/registry.ts';

describe('keepStore', () => {
  it('forgets what is older than ten minutes, and keeps the last five', async () => {
    const clock = virtualClock();
    const store = memoryStore({ clock });
    const ending = new AbortController();
    const put = (value: string) =>
      store.transact({
        when: [],
        write: [{ do: 'put', key: '/a', value: new TextEncoder().encode(value) }],
      });
    const readable = (at: number) =>
      store.range('/', { at }).then(
        () => true,
        (thrown) => !hasReason(thrown, 'Expired'),
      );

    await put('1');
    const old = await store.revision();
    await put('2');
    await put('3');
    const running = keepStore({ store, clock, log: quietLog }, ending.signal);
    await clock.advance(1);
    await put('3');
    const young = await store.revision();
    await put('4');
    await clock.advance(299_000);
    expect(await readable(old)).to.equal(true);
    await clock.advance(2_000);
    expect(await readable(old)).to.equal(false);
    expect(await readable(young)).to.equal(true);

    ending.abort();
    await clock.settle();
    await running;
    await store.close();
  });
});

describe('a store that is full', () => {
  it('is compacted, defragmented and takes writes again, and people are told', async function () {
    this.timeout(60_000);
    const etcd = await startEtcd({ flags: ['--quota-backend-bytes', String(4 * 1024 * 1024)] });
    const clock = systemClock();
    const store = etcdStore({ endpoints: etcd.endpoints, clock, random: systemRandom() });
    try {
      const value = new Uint8Array(500_000);
      const put = () => store.transact({ when: [], write: [{ do: 'put', key: '/big', value }] });
      const fill = async () => {
        for (let count = 0; count < 100; count += 1) await put();
      };
      const refused = await fill().catch((thrown: unknown) => thrown);
      expect(hasReason(refused, 'ServiceUnavailable')).to.equal(true);
      expect((await store.get('/big'))?.value).to.have.length(value.length);
      const told: string[] = [];
      await healStore({ store, clock, log: quietLog, tell: (reason) => told.push(reason) });
      expect(told).to.deep.equal(['StoreWasFull']);
      await put();
      await healStore({ store, clock, log: quietLog, tell: (reason) => told.push(reason) });
      expect(told).to.have.length(1);
    } finally {
      await store.close();
      await etcd.stop();
    }
  });
});
