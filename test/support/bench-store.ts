import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { etcdStore } from '../../src/store/etcd.ts';
import { lmdbStore } from '../../src/store/lmdb.ts';
import type { Store } from '../../src/store/port.ts';
import { startEtcd } from './etcd.ts';

/** A durable store of its own for one bench, and what takes it away again. */
export interface Opened {
  readonly store: Store;
  close(): Promise<void>;
}

const clock = systemClock();
const random = systemRandom();

export async function openLmdb(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'titan-bench-'));
  const store = lmdbStore({ path: folder, clock });
  return {
    store,
    async close() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function openEtcd(): Promise<Opened> {
  const etcd = await startEtcd({ members: 1 });
  const store = etcdStore({ endpoints: etcd.endpoints, clock, random });
  return {
    store,
    async close() {
      await store.close();
      await etcd.stop();
    },
  };
}
