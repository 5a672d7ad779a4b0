import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/runtime/clock.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import { etcdStore } from '../../../src/store/etcd.ts';
import type { Entry, Store } from '../../../src/store/port.ts';
import { type Api, noAnswer, persist } from '../parts/api.ts';
import { type Cluster, startCluster } from '../parts/cluster.ts';
import { send } from '../parts/keeper.ts';
import { found, pause, until } from '../wait.ts';

const TASKS = '/titan/registry/titan.dev/tasks/';
const STORED_JOBS = '/titan/registry/titan.dev/jobs/';
const JOBS = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
const VITALS = new URL('vitals.mjs', import.meta.url).href;
const AGENTS = 20;
const TASKS_PER_JOB = 20;
/** A task is Pending, Starting, Running and Succeeded. */
const TRANSITIONS_PER_TASK = 4;
/** Where the machine is too slow for what is asked, no more jobs are made while there are so many tasks. */
const TASKS_MAX = 1_500;
const MINUTE_MS = 60_000;
/** Caches, code and histories have come to their size by then. */
const SETTLED_MINUTE = 5;
/** Until what a change leads to is over, such as looks that are to come; connections are kept for up to 65 s. */
const REST_MS = 75_000;

/** What a leader holds at a moment, and how late its event loop was since the moment before. */
export interface Vitals {
  readonly rssMib: number;
  /** After a collection of garbage. */
  readonly heapMib: number;
  /** Of all threads, since its start. */
  readonly cpuMs: number;
  /** Below which 99.9 % were: by the clock, and by the time that the thread itself had of a processor. */
  readonly delays: { readonly wallMs: number; readonly cpuMs: number };
  /** What keeps the process, by kind: sockets, timers. */
  readonly open: Readonly<Record<string, number>>;
}

export interface Minute {
  readonly minute: number;
  /** Changes of tasks' phases that the store was told. */
  readonly perSecond: number;
  /** That the master has made and heard nothing of. */
  readonly offers: number;
  readonly vitals: Vitals;
}

export interface SoakFigures {
  /** From the end of this minute to the last one's. */
  readonly sinceMinute: number;
  readonly rssGrowthPercent: number;
  /** While there is no job: before the first, and after the last is gone. */
  readonly before: Vitals;
  readonly after: Vitals;
  /** Of what is open, and of offers, what there is more of at rest than before. */
  readonly left: readonly string[];
}

export interface SoakOptions {
  readonly tell: (minute: Minute) => void;
  readonly logs?: string | undefined;
}

/** Runs batch jobs that are deleted when they are done, so many transitions a second, and looks at the leader each minute. */
export async function measureSoak(
  { minutes, perSecond }: { readonly minutes: number; readonly perSecond: number },
  { tell, logs }: SoakOptions,
): Promise<SoakFigures> {
  const nodeFlags = ['--expose-gc', '--import', VITALS];
  const size = { replicas: 1, agents: AGENTS, members: 1 } as const;
  const cluster = await startCluster({ ...size, isSimulated: true, nodeFlags });
  const { etcd, mesos } = cluster;
  const common = { clock: systemClock(), random: systemRandom() };
  const store = etcdStore({ endpoints: etcd.endpoints, ...common });
  const followed = followTasks(store);
  const told: Minute[] = [];
  try {
    await pause(REST_MS);
    const before = await vitalsOf(cluster);
    const stopJobs = await startJobs(cluster, perSecond, () => followed.tasks < TASKS_MAX);
    for (let minute = 1; minute <= minutes; minute += 1) {
      const [from, beganAt] = [followed.transitions, performance.now()];
      await pause(MINUTE_MS);
      const rate = (1_000 * (followed.transitions - from)) / (performance.now() - beganAt);
      const offers = await outstandingOffers(mesos.url);
      told.push({ minute, perSecond: rate, offers, vitals: await vitalsOf(cluster) });
      tell(told.at(-1) as Minute);
    }
    await stopJobs();
    await untilGone(store);
    await pause(REST_MS);
    const after = await vitalsOf(cluster);
    const offers = await outstandingOffers(mesos.url);
    return { ...growthOf(told), before, after, left: leftOf({ before, after, offers }) };
  } finally {
    followed.stop();
    await store.close();
    await cluster.stop(logs);
  }
}

/** @returns how to end it; what was asked for by then is answered */
async function startJobs({ apis }: Cluster, perSecond: number, mayMake: () => boolean) {
  const [api] = apis;
  if (api === undefined) throw new Error('there is no replica');
  const everyMs = (1_000 * TASKS_PER_JOB * TRANSITIONS_PER_TASK) / perSecond;
  let isOver = false;

  async function play(only: Api): Promise<void> {
    for (let number = 1; !isOver; number += 1) {
      const asking = mayMake() ? only.ask('POST', JOBS, { body: batchOf(number) }) : undefined;
      await Promise.all([asking?.catch(noAnswer), pause(everyMs)]);
    }
  }

  const first = await persist(api, 'POST', JOBS, { body: batchOf(0) });
  if (first.code !== 201) throw new Error(`a job is refused: ${first.body.message}`);
  const playing = play(api);
  return async () => {
    isOver = true;
    await playing;
  };
}

/** Whose tasks take little, so that all of them fit on the agents. */
function batchOf(number: number): object {
  const spec = {
    ...{ applicationName: 'nf-rocker', version: '1.06', location: `dc1:${TASKS_PER_JOB}` },
    ...{ cpus: 0.05, memory: 32 },
    ...{ restartOnFailure: false, restartOnSuccess: false, ttlSecondsAfterFinished: 5 },
  };
  const metadata = { name: `soak-${number}` };
  return { apiVersion: 'titan.dev/v1beta1', kind: 'Job', metadata, spec };
}

async function untilGone(store: Store): Promise<void> {
  await until('every job is gone', async () => {
    const found = await Promise.all([store.range(STORED_JOBS), store.range(TASKS)]);
    return found.every(({ entries }) => entries.length === 0);
  });
}

/** What the store tells of tasks. */
function followTasks(store: Store) {
  const stopping = new AbortController();
  const phases = new Map<string, string>();
  let transitions = 0;

  async function follow(): Promise<void> {
    const after = await store.revision();
    for await (const { events } of store.watch(TASKS, { after }, stopping.signal)) {
      for (const event of events) {
        if (event.type === 'delete') phases.delete(event.key);
        else note(event.entry);
      }
    }
  }

  function note({ key, value }: Entry): void {
    const { status } = JSON.parse(new TextDecoder().decode(value));
    const phase = status?.phase ?? 'Pending';
    if (phases.get(key) !== phase) transitions += 1;
    phases.set(key, phase);
  }

  void follow();
  return {
    get tasks() {
      return phases.size;
    },
    get transitions() {
      return transitions;
    },
    stop: () => stopping.abort(),
  };
}

const SAYING = '{"vitals":';

/** Asks the leader what it holds, and waits for the line that says so. */
async function vitalsOf({ replicas, state }: Cluster): Promise<Vitals> {
  const [replica] = replicas;
  if (replica?.pid === undefined) throw new Error('there is no replica');
  const log = join(state, `${replica.name}.log`);
  const said = () =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(SAYING) && line.endsWith('}'));
  const before = said().length;
  send(replica.pid, 'SIGUSR2');
  const line = await found('the leader says what it holds', async () => said()[before]);
  return JSON.parse(line).vitals;
}

async function outstandingOffers(mesos: string): Promise<number> {
  const response = await fetch(`${mesos}/frameworks`);
  const { frameworks } = (await response.json()) as {
    readonly frameworks: readonly { readonly offers: readonly unknown[] }[];
  };
  return frameworks.reduce((sum, { offers }) => sum + offers.length, 0);
}

function growthOf(told: readonly Minute[]) {
  const settled = told[Math.min(SETTLED_MINUTE, told.length) - 1];
  const last = told.at(-1);
  if (settled === undefined || last === undefined) throw new Error('not a minute was played');
  const grown = last.vitals.rssMib - settled.vitals.rssMib;
  return { sinceMinute: settled.minute, rssGrowthPercent: (100 * grown) / settled.vitals.rssMib };
}

interface AtRest {
  readonly before: Vitals;
  readonly after: Vitals;
  readonly offers: number;
}

function leftOf({ before, after, offers }: AtRest): readonly string[] {
  const more = Object.entries(after.open).flatMap(([kind, count]) => {
    const left = count - (before.open[kind] ?? 0);
    return left > 0 ? [`${left} ${kind}`] : [];
  });
  return [...more, ...(offers > 0 ? [`${offers} offers`] : [])];
}
