import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../../src/store/port.ts';
import { leadingReplica } from '../faults.ts';
import { persist } from '../parts/api.ts';
import { type Cluster, LEASE_SECONDS } from '../parts/cluster.ts';
import type { Replica } from '../parts/replica.ts';
import { pause, until } from '../wait.ts';
import { type CrowdedOptions, PATIENCE_MS, TASKS, withCrowd } from './crowded.ts';
import { type Crowd, serviceOf } from './template.ts';

const JOBS = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
const TASKS_PER_JOB = 1_000;
const TASKS_PER_AGENT = 100;

export interface FailoverFigures {
  readonly tasks: number;
  readonly leaseMs: number;
  /** Reading the tasks' records from etcd, page by page, and parsing them. */
  readonly bareReadMs: number;
  /** From the leader's death until the store holds the first task that the next one made, of a job of after it. */
  readonly firstTaskMs: number;
  /** Of the next leader, from the death until its first task: by the time of its own thread. */
  readonly longestStallMs: number;
}

/** How soon a standby does a leader's work that is killed while a crowd of tasks is stored. */
export async function measureFailover(
  tasks: number,
  options: Pick<CrowdedOptions, 'nodeFlags' | 'logs'> = {},
): Promise<FailoverFigures> {
  const crowd: Crowd = {
    tasks,
    tasksPerJob: Math.min(tasks, TASKS_PER_JOB),
    agents: Math.ceil(tasks / TASKS_PER_AGENT),
  };
  return withCrowd({ ...options, crowd, replicas: 2 }, async ({ cluster, store }) => {
    const bareReadMs = await timed(() => readAll(store));
    const figures = await killLeader(cluster, store);
    return { tasks, leaseMs: LEASE_SECONDS * 1_000, bareReadMs, ...figures };
  });
}

/** The leader dies, a person wants another job, and the standby makes its task. */
async function killLeader(cluster: Cluster, store: Store) {
  const { apis, replicas, state } = cluster;
  const leader = await leadingReplica(cluster);
  const next = replicas.find((replica) => replica !== leader) as Replica;
  const api = apis[replicas.indexOf(next)];
  if (api === undefined) throw new Error('there is no standby');
  await leader.kill();
  const diedAt = Date.now();
  const beganAt = performance.now();
  await persist(api, 'POST', JOBS, { body: serviceOf('after', 1) });
  const isMade = async () => (await store.get(`${TASKS}default/after-dc1-0-0`)) !== undefined;
  await until('the next leader makes a task', isMade, { limitMs: PATIENCE_MS, everyMs: 20 });
  const firstTaskMs = performance.now() - beganAt;
  await pause(2_000);
  return { firstTaskMs, longestStallMs: longestStallMs(join(state, `${next.name}.log`), diedAt) };
}

const decoder = new TextDecoder();

async function readAll(store: Store): Promise<void> {
  let after = '';
  for (;;) {
    const { entries, more } = await store.range(TASKS, { after });
    for (const { value } of entries) JSON.parse(decoder.decode(value));
    after = entries.at(-1)?.key ?? '';
    if (!more) return;
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function longestStallMs(log: string, since: number): number {
  const lines = readFileSync(log, 'utf8').split('\n');
  const found = lines.flatMap((line) => {
    if (!line.startsWith('{"stallMs"')) return [];
    const { stallMs, at } = JSON.parse(line) as { readonly stallMs: number; readonly at: number };
    return at >= since ? [stallMs] : [];
  });
  return Math.max(0, ...found);
}
