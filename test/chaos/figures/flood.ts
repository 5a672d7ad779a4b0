import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Store } from '../../../src/store/port.ts';
import { nodeProgram } from '../../support/titan.ts';
import { leadingReplica } from '../faults.ts';
import { persist } from '../parts/api.ts';
import type { Cluster } from '../parts/cluster.ts';
import { found, pause, until } from '../wait.ts';
import { type CrowdedOptions, PATIENCE_MS, TASKS, withCrowd } from './crowded.ts';
import type { FloodCount, FloodOrder } from './flood-process.ts';
import { rssMib } from './idle.ts';
import { type Crowd, serviceOf } from './template.ts';

export interface Lag {
  readonly looks: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface FloodFigures {
  readonly tasks: number;
  /** Reads that are answered in a second where a few clients ask one after the other. */
  readonly capacity: number;
  readonly perSecond: number;
  readonly flood: FloodCount;
  readonly unloaded: Lag;
  readonly flooded: Lag;
  readonly rssMib: { readonly before: number; readonly after: number };
}

const PROGRAM = fileURLToPath(new URL('flood-process.ts', import.meta.url));
const JOBS = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
/** It costs the server far more to answer than it costs a client to ask: all tasks are gone through, and none is sent. */
const DEAR = '/apis/titan.dev/v1beta1/tasks?resourceVersion=0&labelSelector=titan.dev%2Fjob%3Dnone';
const TASKS_PER_JOB = 100;
const TASKS_PER_AGENT = 100;
const TIMES = 10;
const MEASURE_SECONDS = 10;
/** Without the flood it is measured for no longer than this. */
const UNLOADED_SECONDS_MAX = 20;
const PROBE = 'probe';
const PROBE_EVERY_MS = 50;

/**
 * How late the controllers are while the API is asked ten times as much as it can answer, by another process. The lag
 * is that from the loss of a task's record until the store holds another task in its place.
 */
export async function measureFlood(
  { tasks, seconds }: { readonly tasks: number; readonly seconds: number },
  options: Pick<CrowdedOptions, 'nodeFlags' | 'logs'> = {},
): Promise<FloodFigures> {
  const agents = Math.ceil(tasks / TASKS_PER_AGENT);
  const crowd: Crowd = { tasks, tasksPerJob: TASKS_PER_JOB, agents };
  return withCrowd({ ...options, crowd, replicas: 1 }, async ({ cluster, store }) => {
    const flooder = startFlooder(cluster);
    const { pid = 0 } = await leadingReplica(cluster);
    const probe = await startProbe(cluster, store);
    const measured = await tell(flooder, { do: 'measure', seconds: MEASURE_SECONDS });
    const capacity = (measured.answers['200'] ?? 0) / measured.seconds;
    const unloaded = await probe.lag(pause(Math.min(seconds, UNLOADED_SECONDS_MAX) * 1_000));
    const before = rssMib(pid);
    const perSecond = TIMES * capacity;
    const flooding = tell(flooder, { do: 'flood', seconds, perSecond });
    const flooded = await probe.lag(flooding);
    const flood = await flooding;
    return {
      ...{ tasks, capacity, perSecond, flood, unloaded, flooded },
      rssMib: { before, after: rssMib(pid) },
    };
  });
}

function startFlooder({ keeper, state, replicas }: Cluster): ChildProcess {
  const [replica] = replicas;
  const flags = [PROGRAM, join(state, 'pki', 'kubeconfig'), String(replica?.port), DEAR];
  return keeper.start(nodeProgram, flags, { output: join(state, 'flooder.log'), talks: true });
}

async function tell(flooder: ChildProcess, order: FloodOrder): Promise<FloodCount> {
  flooder.send(order);
  const [answer] = await once(flooder, 'message');
  return answer as FloodCount;
}

interface Probed {
  readonly key: string;
  readonly uid: string;
}

function uidOf(value: Uint8Array): string {
  return JSON.parse(new TextDecoder().decode(value)).metadata.uid;
}

/** A job of one instance that waits for an agent for ever. */
async function startProbe({ apis }: Cluster, store: Store) {
  const [api] = apis;
  if (api === undefined) throw new Error('there is no replica');
  await persist(api, 'POST', JOBS, { body: serviceOf(PROBE, 1) });
  /** By its uid, since one that nobody has looked at before it goes leaves its name to the next. */
  const other = async (than: string): Promise<Probed | undefined> => {
    const { entries } = await store.range(`${TASKS}default/${PROBE}-`);
    const all = entries.map(({ key, value }) => ({ key, uid: uidOf(value) }));
    return all.find(({ uid }) => uid !== than);
  };
  let task = await found('the probe has a task', () => other(''));

  /** Takes the record of the task away, and waits for the next one's. */
  async function once(): Promise<number> {
    const gone = task;
    await store.transact({ when: [], write: [{ do: 'delete', key: gone.key }] });
    const beganAt = performance.now();
    const isThere = async () => {
      task = (await other(gone.uid)) ?? gone;
      return task !== gone;
    };
    await until('the probe has another task', isThere, { limitMs: PATIENCE_MS, everyMs: 1 });
    return performance.now() - beganAt;
  }

  return {
    /** Again and again until something is over. */
    async lag(over: Promise<unknown>): Promise<Lag> {
      let isOver = false;
      void over.then(() => {
        isOver = true;
      });
      const lags: number[] = [];
      while (!isOver) {
        lags.push(await once());
        await pause(PROBE_EVERY_MS);
      }
      const sorted = lags.toSorted((a, b) => a - b);
      const part = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
      return { looks: lags.length, p50Ms: part(0.5), p99Ms: part(0.99) };
    },
  };
}
