import { jobController } from '../../controllers/job/controller.ts';
import { apiVersionOf, type Kind } from '../../src/api/kind.ts';
import {
  AGENT,
  FAULT_DOMAIN,
  JOB,
  type Job,
  TASK,
  type Task,
  type TaskStatus,
} from '../../src/api/kinds.gen.ts';
import { type ApiObject, keyOf, keyText, toTimestamp } from '../../src/api/object.ts';
import { revisionOf } from '../../src/api/revision.ts';
import { taskName } from '../../src/api/task.ts';
import { followBacklog } from '../../src/compose/backlog.ts';
import { startInformers } from '../../src/compose/informers.ts';
import type { Client, ObjectEvent } from '../../src/registry/port.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { runController } from '../../src/runtime/controller.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { trackedClient } from '../../src/runtime/tracked-client.ts';
import { createCatalog } from '../../src/scheduling/place/catalog.ts';
import { aDomain, aJob, anAgent, aTask } from '../support/builders.ts';
import { quietLog } from '../support/registry.ts';
import type { Bench, Trial } from './harness.ts';

const HOME = { name: 'dc1', region: 'us-east-1' };
const TASKS_PER_JOB = 20;
const TASKS_PER_AGENT = 100;
const NAMESPACE = 'default';
const clock = systemClock();
const random = systemRandom();
/** Long ago, so that whatever runs has been healthy for as long as anybody may ask. */
const SINCE = toTimestamp(Date.UTC(2026, 0, 1));

function uidOf(part: string, number: number): string {
  return `${part}0000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

function jobName(number: number): string {
  return `job-${number}`;
}

function jobOf(number: number): Job {
  const meta = { name: jobName(number), uid: uidOf('1', number), finalizers: ['titan.dev/tasks'] };
  return aJob({ location: `dc1:${TASKS_PER_JOB}` }, { ...meta, creationTimestamp: SINCE });
}

function taskOf(number: number, revision: string): Task {
  const job = Math.floor(number / TASKS_PER_JOB);
  const slot = String(number % TASKS_PER_JOB);
  const task = aTask(`${slot}#0 Running`);
  const agent = `agent-${Math.floor(number / TASKS_PER_AGENT)}`;
  const name = taskName(jobName(job), HOME.name, slot, 0);
  const owner = { apiVersion: apiVersionOf(JOB), kind: JOB.kind, name: jobName(job) };
  return {
    ...task,
    metadata: {
      ...task.metadata,
      name,
      uid: uidOf('2', number),
      creationTimestamp: SINCE,
      ownerReferences: [{ ...owner, uid: uidOf('1', job), controller: true }],
    },
    spec: { ...task.spec, jobName: jobName(job), revision },
    status: {
      ...task.status,
      agent,
      agentId: agent,
      mesosTaskId: `${name}.${uidOf('2', number)}`,
      startedAt: SINCE,
      phaseSince: SINCE,
    } as TaskStatus,
  };
}

/** An API that holds what it is given, takes what is written, and tells of what the bench says. */
function anApi(held: ReadonlyMap<string, readonly ApiObject[]>) {
  let version = 1;
  let writes = 0;
  const feeds = new Map<string, (events: readonly ObjectEvent[]) => void>();

  async function taken<T extends object>(object: T & { readonly metadata: object }): Promise<T> {
    writes += 1;
    version += 1;
    const made = { uid: random.uuid(), creationTimestamp: SINCE, generation: 1 };
    const metadata = { ...made, ...object.metadata, resourceVersion: String(version) };
    return { ...object, metadata };
  }

  const client = {
    list: async (kind: Kind) => ({ items: held.get(kind.kind) ?? [], resourceVersion: '1' }),
    async *watch(kind: Kind, _: unknown, signal: AbortSignal) {
      while (!signal.aborted) {
        yield await new Promise<readonly ObjectEvent[]>((resolve) => {
          feeds.set(kind.kind, resolve);
        });
      }
    },
    create: (_: Kind, draft: ApiObject) => taken(draft),
    update: (_: Kind, object: ApiObject) => taken(object),
    updateStatus: (_: Kind, object: ApiObject) => taken(object),
    delete: async () => undefined,
  } as unknown as Client;

  return {
    client,
    writes: () => writes,
    /** The object is another from now on. */
    async tell<T extends ApiObject>(kind: Kind<T>, object: T): Promise<void> {
      feeds.get(kind.kind)?.([{ type: 'MODIFIED', object: await taken(object) }]);
    },
  };
}

/** The controller of so many tasks' jobs, once all of them have settled. */
async function settled(count: number) {
  const jobs = Array.from({ length: count / TASKS_PER_JOB }, (_, number) => jobOf(number));
  const [first] = jobs;
  if (first === undefined) throw new Error('there are no jobs');

  const revision = revisionOf(first);
  const tasks = Array.from({ length: count }, (_, number) => taskOf(number, revision));
  const agents = Array.from({ length: Math.ceil(count / TASKS_PER_AGENT) }, (_, number) =>
    anAgent(`agent-${number}`, { agentId: `agent-${number}` }),
  );
  const held = new Map<string, readonly ApiObject[]>([
    [JOB.kind, jobs],
    [TASK.kind, tasks],
    [AGENT.kind, agents],
    [FAULT_DOMAIN.kind, [aDomain(HOME.name)]],
  ]);
  const api = anApi(held);
  const stop = new AbortController();
  const common = { clock, random, log: quietLog };
  const informers = await startInformers({ ...common, client: api.client }, stop.signal);
  const backlog = await followBacklog(informers, { home: HOME, clock });
  const recorder = { normal() {}, warning() {}, async flush() {} };
  const client = trackedClient(api.client, Object.values(informers));
  const runtime = { ...common, client, recorder };
  const sources = { ...informers, home: HOME, backlog, catalog: createCatalog() };
  const loop = runController({
    ...runtime,
    informer: informers.jobs,
    controller: jobController({ ...runtime, ...sources }),
  });
  informers.tasks.onChange(({ now }) => {
    if (now !== undefined) loop.enqueue(`${NAMESPACE}/${now.spec.jobName}`);
  });

  async function untilIdle(): Promise<void> {
    while (!loop.idle) await new Promise((resume) => setImmediate(resume));
  }

  async function all(): Promise<void> {
    for (const job of informers.jobs.values()) loop.enqueue(keyText(keyOf(job)));
    await untilIdle();
  }

  async function untilSettled(): Promise<void> {
    for (let before = -1; before !== api.writes(); ) {
      before = api.writes();
      await all();
    }
  }

  await untilIdle();
  await untilSettled();
  return {
    informers,
    all,
    writes: api.writes,
    async change(number: number): Promise<void> {
      const task = informers.tasks.get(`${NAMESPACE}/${taskOf(number, revision).metadata.name}`);
      if (task === undefined) throw new Error(`there is no task ${number}`);
      const message = `reported ${api.writes()}`;
      await api.tell(TASK, { ...task, status: { ...task.status, message } as TaskStatus });
      while (informers.tasks.get(keyText(keyOf(task)))?.status?.message !== message) {
        await Promise.resolve();
      }
      await untilIdle();
    },
    async stop() {
      await loop.stop();
      stop.abort();
    },
  };
}

const MANY = 200_000;
const FEW = 2_000;
const CHANGES = 500;

/** Milliseconds of this thread's processor time. */
async function cpuMs(work: () => Promise<void>): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

async function reconcileTrial(): Promise<Trial> {
  const world = await settled(MANY);
  const tasks = new Map(
    [...world.informers.tasks.values()].map((task) => [task.metadata.uid, task]),
  );
  const before = world.writes();
  const bare = () =>
    cpuMs(async () => {
      let running = 0;
      for (const task of tasks.values()) if (task.status?.phase === 'Running') running += 1;
      if (running !== MANY) throw new Error('not all of them run');
    });
  const firstScanMs = await bare();
  return {
    ours: () => cpuMs(world.all),
    bare,
    facts: async () => ({ firstScanMs, writes: world.writes() - before }),
    stop: world.stop,
  };
}

async function changeTrial(): Promise<Trial> {
  const [many, few] = [await settled(MANY), await settled(FEW)];
  let turn = 0;
  const changed = (world: typeof many) =>
    cpuMs(async () => {
      for (let change = 0; change < CHANGES; change += 1) {
        turn += TASKS_PER_JOB;
        await world.change(turn % FEW);
      }
    });
  return {
    ours: async () => (await changed(many)) / CHANGES,
    bare: async () => (await changed(few)) / CHANGES,
    async stop() {
      await many.stop();
      await few.stop();
    },
  };
}

export const benches: readonly Bench[] = [
  {
    name: 'steady-reconcile',
    unit: 'ms',
    about: `a look at each of ${MANY / TASKS_PER_JOB} jobs with ${MANY} tasks of which nothing has changed, beside a bare scan of a Map of the same tasks; less is better`,
    prepare: reconcileTrial,
  },
  {
    name: 'steady-change',
    unit: 'ms',
    about: `a change of one task, and the look at its job, where there are ${MANY} tasks, beside the same where there are ${FEW}; less is better`,
    prepare: changeTrial,
  },
];
