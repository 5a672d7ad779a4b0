import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NAMESPACE, SERVICE_ACCOUNT } from '../../src/api/builtin.ts';
import { startApiServer } from '../../src/apiserver/server.ts';
import { createRegistry, type RunningRegistry } from '../../src/registry/registry.ts';
import { systemClock, virtualClock } from '../../src/runtime/clock.ts';
import type { Random } from '../../src/runtime/port.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { etcdStore } from '../../src/store/etcd.ts';
import { lmdbStore } from '../../src/store/lmdb.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import { everybody } from '../support/access.ts';
import { quietLog, schemas } from '../support/registry.ts';

/** An API server over one kind of store. Each draws ids of its own. */
export interface Server {
  readonly name: string;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startServers(endpoints: readonly string[], run: number): Promise<Server[]> {
  const folder = await mkdtemp(join(tmpdir(), 'titan-differential-'));
  const clock = systemClock();
  const random = seededRandom(run);
  const prefix = `/differential-${run}`;
  const servers = await Promise.all([
    serve('memory', memoryStore({ clock }), seededRandom(1)),
    serve('lmdb', lmdbStore({ path: folder, clock }), seededRandom(2)),
    serve('etcd', etcdStore({ endpoints, prefix, clock, random }), seededRandom(3)),
  ]);
  const [first, ...others] = servers;
  if (first === undefined) return [];
  const stop = async () => {
    await first.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return [{ ...first, stop }, ...others];
}

async function serve(name: string, store: Store, random: Random): Promise<Server> {
  const clock = systemClock();
  const log = quietLog;
  // The registry's own time stands still, so that equal writes bear equal times.
  const still = { ...clock, now: virtualClock().now };
  const registry = createRegistry({
    store,
    clock: still,
    random,
    log,
    crds: schemas,
    domain: 'dc1',
  });
  const stopping = new AbortController();
  await registry.start(stopping.signal);
  await settled(registry);
  const listen = { host: '127.0.0.1', port: 0 };
  const doors = { tls: undefined, access: everybody };
  const server = await startApiServer({ registry, clock, random, log, listen, ...doors });
  return {
    name,
    url: server.url,
    async stop() {
      await server.stop();
      stopping.abort();
      await registry.stop();
      await store.close();
    },
  };
}

/** Waits for what a registry makes of itself at its beginning: each such write moves the version that lists show. */
async function settled(registry: RunningRegistry): Promise<void> {
  const client = registry.client({ manager: 'test' });
  const namespaces = await client.list(NAMESPACE);
  while ((await client.list(SERVICE_ACCOUNT)).items.length < namespaces.items.length) {
    await systemClock().sleep(5);
  }
}
