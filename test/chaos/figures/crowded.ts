import { systemClock } from '../../../src/runtime/clock.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import { etcdStore } from '../../../src/store/etcd.ts';
import type { Store } from '../../../src/store/port.ts';
import { type Cluster, startCluster } from '../parts/cluster.ts';
import { pause, until } from '../wait.ts';
import { startPlayedMesos } from './played-mesos.ts';
import { type Crowd, multiply, takeTemplate } from './template.ts';

export const TASKS = '/titan/registry/titan.dev/tasks/';
/** Starting with many tasks, and settling, may take this long on a loaded machine. */
export const PATIENCE_MS = 600_000;
const STALLS = new URL('stalls.mjs', import.meta.url).href;

export interface CrowdedOptions {
  readonly crowd: Crowd;
  readonly replicas: number;
  readonly nodeFlags?: readonly string[];
  /** Where the replicas' logs are kept. */
  readonly logs?: string | undefined;
}

/** Replicas over an etcd of one member that holds a crowd of running tasks, and a Mesos that knows them. */
export interface Crowded {
  readonly cluster: Cluster;
  readonly store: Store;
}

/** Does the work once the first leader of a crowd has settled. */
export async function withCrowd<T>(
  { crowd, replicas: count, nodeFlags = [], logs }: CrowdedOptions,
  work: (crowded: Crowded) => Promise<T>,
): Promise<T> {
  const flags = ['--import', STALLS, ...nodeFlags];
  const size = { replicas: count, agents: 1, members: 1 } as const;
  const cluster = await startCluster({ ...size, nodeFlags: flags, readyMs: PATIENCE_MS });
  const { etcd, mesos, replicas } = cluster;
  const common = { clock: systemClock(), random: systemRandom() };
  const store = etcdStore({ endpoints: etcd.endpoints, ...common });
  let stopMesos = async () => {};
  try {
    const template = await takeTemplate(cluster, store);
    await Promise.all([...replicas.map((replica) => replica.kill()), mesos.kill()]);
    await multiply(store, template, crowd);
    ({ stop: stopMesos } = await startPlayedMesos(Number(new URL(mesos.url).port), crowd));
    for (const replica of replicas) await replica.start();
    await untilQuiet(store);
    return await work({ cluster, store });
  } finally {
    await stopMesos();
    await store.close();
    await cluster.stop(logs);
  }
}

/** Waits until nothing was written for a while but what renews itself. */
async function untilQuiet(store: Store): Promise<void> {
  let before = -1;
  await until(
    'the first leader has settled',
    async () => {
      await pause(3_000);
      const { revision } = await store.range(TASKS, { limit: 1 });
      const isQuiet = revision === before;
      before = revision;
      return isQuiet;
    },
    { limitMs: PATIENCE_MS },
  );
}
