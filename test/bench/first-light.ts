import { apiVersionOf } from '../../src/api/kind.ts';
import { FAULT_DOMAIN, JOB, type Job, TASK, type Task } from '../../src/api/kinds.gen.ts';
import { kindRules } from '../../src/api/rules.ts';
import { readSchemas } from '../../src/compose/schemas.ts';
import { type ControlPlane, startControlPlane } from '../../src/control-plane.ts';
import { masterOver } from '../../src/mesos/adapter.ts';
import { startFramework } from '../../src/mesos/framework.ts';
import { directTransport } from '../../src/mesos/local/master/direct.ts';
import type { Client, ObjectEvent } from '../../src/registry/port.ts';
import { createRegistry, type RunningRegistry } from '../../src/registry/registry.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Log } from '../../src/runtime/port.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { createMachines, type Machines, machinesAlike } from '../../src/sim/machines.ts';
import type { Store } from '../../src/store/port.ts';
import { type Opened, openEtcd, openLmdb } from '../support/bench-store.ts';
import { type Bench, median, type Trial } from './harness.ts';

interface Size {
  readonly tasks: number;
  readonly agents: number;
}

const SMALL: Size = { tasks: 1_000, agents: 100 };
const LARGE: Size = { tasks: 10_000, agents: 1_000 };
const ZONES = ['a', 'b', 'c'];
/** As somebody sets them who starts and stops jobs of this size at once. */
const LIMITS = {
  launchesPerMinute: 10_000_000,
  jobLaunchesPerSecond: 1_000_000,
  jobTasksStarting: 10_000,
  killsPerMinute: 10_000_000,
};

const clock = systemClock();
const random = systemRandom();
const log: Log = { info() {}, warn() {}, error() {}, child: () => log };

interface Running {
  readonly client: Client;
  stop(): Promise<void>;
}

async function runTitan(store: Store, agents: number): Promise<Running> {
  const registry: RunningRegistry = createRegistry({
    store,
    clock,
    random,
    log,
    domain: 'dc1',
    crds: readSchemas(),
    rules: kindRules(),
    replicated: ['Job'],
  });
  await registry.start(new AbortController().signal);
  const client = registry.client({ manager: 'bench' });
  await client.create(FAULT_DOMAIN, {
    apiVersion: apiVersionOf(FAULT_DOMAIN),
    kind: FAULT_DOMAIN.kind,
    metadata: { name: 'dc1' },
    spec: { region: 'us-east-1', api: 'http://127.0.0.1:1', limits: LIMITS },
  });
  const size = { count: agents, cpus: 64, memoryMiB: 262_144 };
  const options = { fleet: machinesAlike({ ...size, zones: ZONES }), clock, random, log };
  const machines: Machines = createMachines({ ...options, script: () => ({ startMs: 0 }) });
  const plane: ControlPlane = await startControlPlane({
    client,
    kinds: registry,
    clock,
    random,
    log,
    domain: { name: 'dc1', region: 'us-east-1' },
    openPeer: () => {
      throw new Error('there is only one domain');
    },
    readPage: () => Promise.reject(new Error('no rollout asks anything')),
    openFramework: (host) =>
      startFramework({
        master: masterOver({ transport: directTransport(machines.reach), clock, log }),
        framework: { name: 'titan', user: 'titan', roles: ['titan'], failoverTimeoutMs: 60_000 },
        host,
        clock,
        random,
        log,
      }),
  });
  return {
    client,
    async stop() {
      await plane.stop();
      machines.stop();
      await registry.stop();
    },
  };
}

/** What one job of many tasks took, from its create until all of them ran. */
interface Run {
  readonly seconds: number;
  /** Milliseconds of the processor for each task, of all that is in this process: the agents too. */
  readonly cpuMs: number;
  /** Tasks a second, of the first and of the last tenth. */
  readonly first: number;
  readonly last: number;
}

/** The tasks lie evenly over the zones. Then the job is deleted and waited for. */
async function applyToRunning(client: Client, name: string, tasks: number): Promise<Run> {
  const watching = new AbortController();
  const { resourceVersion } = await client.list(TASK);
  const news = client.watch(TASK, { after: resourceVersion }, watching.signal);
  const used = process.cpuUsage();
  const start = performance.now();
  const spec: Partial<Job['spec']> = {
    applicationName: 'bench',
    version: '1',
    location: `dc1:${tasks}`,
    constraints: [{ rule: 'Balanced' as const, attribute: 'zone' }],
  };
  const times = timesOfRunning(news, tasks);
  await client.create(JOB, {
    apiVersion: apiVersionOf(JOB),
    kind: JOB.kind,
    metadata: { namespace: 'default', name },
    spec: spec as Job['spec'],
  });
  const at = await times;
  watching.abort();
  const { user, system } = process.cpuUsage(used);
  await client.delete(JOB, { namespace: 'default', name });
  await until(async () => (await client.list(JOB)).items.length === 0);
  const tenth = Math.floor(tasks / 10);
  const rate = (from: number, to: number) =>
    ((to - from) * 1_000) / ((at[to] ?? 0) - (at[from] ?? 0));
  return {
    seconds: ((at[tasks - 1] ?? 0) - start) / 1_000,
    cpuMs: (user + system) / 1_000 / tasks,
    first: rate(0, tenth - 1),
    last: rate(tasks - tenth, tasks - 1),
  };
}

/** When each of so many tasks was first seen to run, in turn. */
async function timesOfRunning(
  news: AsyncIterable<readonly ObjectEvent<Task>[]>,
  count: number,
): Promise<readonly number[]> {
  const times = new Map<string, number>();
  for await (const events of news) {
    for (const { object } of events) {
      const { uid } = object.metadata;
      if (object.status?.phase === 'Running' && !times.has(uid)) times.set(uid, performance.now());
    }
    if (times.size === count) break;
  }
  return [...times.values()];
}

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await clock.sleep(10);
}

/** Puts that are measured: more would take minutes where a disk is busy. */
const PUTS = 500;

/** Seconds to put as many objects of a task's size into the same store, one after the other, by some of them. */
async function putOneByOne(store: Store, round: number, count: number): Promise<number> {
  const value = Buffer.alloc(1_500, 'x');
  const start = performance.now();
  for (let index = 0; index < PUTS; index += 1) {
    const key = `/bench/${round}/${index}`;
    await store.transact({ when: [], write: [{ do: 'put', key, value }] });
  }
  return ((performance.now() - start) / 1_000) * (count / PUTS);
}

async function trial(opened: Opened, { tasks, agents }: Size): Promise<Trial> {
  const titan = await runTitan(opened.store, agents);
  const runs: Run[] = [];
  let round = 0;
  return {
    async ours() {
      const run = await applyToRunning(titan.client, `bench-${round++}`, tasks);
      runs.push(run);
      return run.seconds;
    },
    bare: () => putOneByOne(opened.store, round++, tasks),
    async facts() {
      const middle = (of: (run: Run) => number) => median(runs.slice(1).map(of));
      return {
        'tasks/s': tasks / middle(({ seconds }) => seconds),
        'first tenth/s': middle(({ first }) => first),
        'last tenth/s': middle(({ last }) => last),
        'cpu ms/task': middle(({ cpuMs }) => cpuMs),
      };
    },
    async stop() {
      await titan.stop();
      await opened.close();
    },
  };
}

const about = ({ tasks, agents }: Size) =>
  `seconds from apply until ${tasks} tasks run on ${agents} simulated agents, zones balanced, beside putting as many objects one by one (less is better)`;

function manifestToRunning(name: string, size: Size, open: () => Promise<Opened>): Bench {
  return { name, unit: 's', about: about(size), prepare: async () => trial(await open(), size) };
}

export const benches: readonly Bench[] = [
  manifestToRunning('first-light-lmdb', SMALL, openLmdb),
  manifestToRunning('first-light-etcd', SMALL, openEtcd),
  manifestToRunning('first-light-10k-lmdb', LARGE, openLmdb),
];
