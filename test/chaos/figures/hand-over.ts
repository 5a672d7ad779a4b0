import { systemClock } from '../../../src/runtime/clock.ts';
import { LEADER_KEY } from '../../../src/runtime/leader.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import { etcdStore } from '../../../src/store/etcd.ts';
import type { Store } from '../../../src/store/port.ts';
import { leadingReplica } from '../faults.ts';
import { persist } from '../parts/api.ts';
import { type Cluster, LEASE_SECONDS, startCluster } from '../parts/cluster.ts';
import { pause, until } from '../wait.ts';
import { serviceOf } from './template.ts';

const TASKS = '/titan/registry/titan.dev/tasks/';
const JOBS = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
const EVERY_MS = 5;
/** So long the next leader has stood by: it gets ready to lead one lease after its start. */
const STOOD_BY_MS = 2 * LEASE_SECONDS * 1_000;

/** Times of one hand-over, from the SIGTERM that the leader was sent. */
export interface HandOver {
  /** Until another holds the office. */
  readonly officeMs: number;
  /** Until the store holds the first task that the next leader made, of a job of after the signal. */
  readonly firstTaskMs: number;
}

/** How soon another replica leads, and does a leader's work, when the one that leads is told to end. */
export async function measureHandOver(
  rounds: number,
  logs?: string,
): Promise<{ readonly leaseMs: number; readonly handOvers: readonly HandOver[] }> {
  const cluster = await startCluster({ replicas: 2, agents: 1 });
  const common = { clock: systemClock(), random: systemRandom() };
  const store = etcdStore({ endpoints: cluster.etcd.endpoints, ...common });
  const handOvers: HandOver[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      handOvers.push(await handOver(cluster, store, `after-${round}`));
    }
    return { leaseMs: LEASE_SECONDS * 1_000, handOvers };
  } finally {
    await store.close();
    await cluster.stop(logs);
  }
}

async function handOver(cluster: Cluster, store: Store, job: string): Promise<HandOver> {
  const { apis, replicas } = cluster;
  const leader = await leadingReplica(cluster);
  const api = apis.find((_, index) => replicas[index] !== leader);
  if (api === undefined) throw new Error('there is no standby');
  await pause(STOOD_BY_MS);
  const before = (await store.get(LEADER_KEY))?.revision;
  const toldAt = performance.now();
  const ending = leader.end();
  const posting = persist(api, 'POST', JOBS, { body: serviceOf(job, 1) });
  const since = async (what: string, holds: () => Promise<boolean>) => {
    await until(what, holds, { everyMs: EVERY_MS });
    return performance.now() - toldAt;
  };
  const [officeMs, firstTaskMs] = await Promise.all([
    since('another leads', async () => {
      const found = await store.get(LEADER_KEY);
      return found !== undefined && found.revision !== before;
    }),
    since('it makes a task', async () => {
      return (await store.get(`${TASKS}default/${job}-dc1-0-0`)) !== undefined;
    }),
  ]);
  await Promise.all([ending, posting]);
  await leader.start();
  return { officeMs, firstTaskMs };
}
