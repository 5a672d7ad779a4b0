import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Etcd3 } from 'etcd3';
import { open } from 'lmdb';
import { systemClock } from '../../src/runtime/clock.ts';
import { etcdStore } from '../../src/store/etcd.ts';
import { lmdbStore } from '../../src/store/lmdb.ts';
import type { Revision, Store } from '../../src/store/port.ts';
import { startEtcd } from '../support/etcd.ts';
import { type Bench, inFlight, perSecond, type Trial } from './harness.ts';

const VALUE = Buffer.alloc(1024, 'x');
const TASKS = 5000;
const SINGLES = 300;
const AT_ONCE = 1000;
const BARE_BATCH = 128;
const random = { next: () => 0.5, uuid: () => '' };

/** Moves every task on by one write that compares the task's revision, as a controller does. */
function transitions(store: Store): { run(): Promise<number>; count(): number } {
  const revisions = new Map<number, Revision>();
  let done = 0;
  async function move(task: number): Promise<void> {
    const key = `/titan/registry/titan.dev/tasks/default/task-${task}`;
    const result = await store.transact({
      when: [{ key, revision: revisions.get(task) ?? 0 }],
      write: [{ do: 'put', key, value: VALUE }],
    });
    if (!result.ok) throw new Error(`${key} was changed by somebody else`);
    revisions.set(task, result.revisions[0] ?? 0);
    done += 1;
  }
  return {
    run: () => perSecond(() => inFlight({ count: TASKS, atOnce: AT_ONCE }, move)),
    count: () => done,
  };
}

async function lmdbTrial(): Promise<Trial> {
  const folder = await mkdtemp(join(tmpdir(), 'titan-bench-'));
  const store = lmdbStore({ path: join(folder, 'ours'), clock: systemClock() });
  const bare = open<Buffer, string>({
    path: join(folder, 'bare'),
    noSubdir: false,
    encoding: 'binary',
    overlappingSync: false,
  });
  const moving = transitions(store);
  return {
    ours: moving.run,
    bare: () =>
      perSecond(() =>
        inFlight({ count: SINGLES, atOnce: 1 }, (i) => bare.put(`/task-${i}`, VALUE)),
      ),
    async facts() {
      const { size } = await stat(join(folder, 'ours', 'data.mdb'));
      return { 'db bytes per transition': size / moving.count() };
    },
    async stop() {
      await store.close();
      await bare.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type BareLoop = (client: Etcd3) => Promise<number>;

async function singlePuts(client: Etcd3): Promise<number> {
  return inFlight({ count: SINGLES, atOnce: 1 }, async (i) => {
    await client.put(`bare-${i}`).value(VALUE);
  });
}

async function bareBatches(client: Etcd3): Promise<number> {
  const batches = Math.ceil(TASKS / BARE_BATCH);
  await inFlight({ count: batches, atOnce: 4 }, (batch) => {
    const success = Array.from({ length: BARE_BATCH }, (_, i) => ({
      request_put: { key: Buffer.from(`bare-${batch}-${i}`), value: VALUE },
    }));
    return client.kv.txn({ success });
  });
  return batches * BARE_BATCH;
}

function etcdTrial(bare: BareLoop): () => Promise<Trial> {
  return async () => {
    const cluster = await startEtcd();
    const endpoint = cluster.endpoints[0] ?? '';
    const client = new Etcd3({ hosts: endpoint });
    const store = etcdStore({ endpoints: [endpoint], clock: systemClock(), random });
    const moving = transitions(store);
    let syncs = 0;
    return {
      async ours() {
        const before = await fsyncs(endpoint);
        const rate = await moving.run();
        syncs += (await fsyncs(endpoint)) - before;
        return rate;
      },
      bare: () => perSecond(() => bare(client)),
      facts: async () => ({ 'fsyncs per transition': syncs / moving.count() }),
      async stop() {
        await store.close();
        client.close();
        await cluster.stop();
      },
    };
  };
}

/** How often etcd has synced its log, by its own account. */
async function fsyncs(endpoint: string): Promise<number> {
  const text = await (await fetch(`${endpoint}/metrics`)).text();
  return Number(/^etcd_disk_wal_fsync_duration_seconds_count (\d+)$/m.exec(text)?.[1] ?? 0);
}

export const benches: readonly Bench[] = [
  {
    name: 'store-lmdb',
    unit: 'transitions/s',
    about: 'durable transitions at 1,000 in flight, beside single lmdb puts one by one',
    prepare: lmdbTrial,
  },
  {
    name: 'store-etcd',
    unit: 'transitions/s',
    about: 'durable transitions at 1,000 in flight, beside single etcd3 puts one by one',
    prepare: etcdTrial(singlePuts),
  },
  {
    name: 'store-etcd-batched',
    unit: 'transitions/s',
    about: 'durable transitions at 1,000 in flight, beside bare transactions of 128 puts',
    prepare: etcdTrial(bareBatches),
  },
];
