import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LocalAgent } from '../../src/mesos/local/agent/agent.ts';
import { scriptedMachine } from '../../src/mesos/local/executor/scripted.ts';
import { createMaster, type LocalMaster } from '../../src/mesos/local/master/master.ts';
import type { Vault } from '../../src/mesos/local/vault.ts';
import type { V1Event, V1Offer, V1Status, V1Task } from '../../src/mesos/v1.ts';
import { virtualClock } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { quiet, recordedAgent } from '../support/mesos.ts';
import { type Bench, perSecond, type Trial } from './harness.ts';

const STORM_AGENTS = 1_000;
const MANY_AGENTS = 20_000;
const TASKS_EACH = 10;

/** The disks of simulated machines, which are no part of what is measured. */
const noDisk: Vault = { load: () => new Map(), put() {}, remove() {} };

/** A master, its agents, and a framework that fills each of them; time is virtual. */
function cluster(agentCount: number) {
  const clock = virtualClock();
  const random = seededRandom(1);
  const common = { clock, random, log: quiet };
  const master = createMaster({ ...common, vault: noDisk });
  const agents = Array.from({ length: agentCount }, (_, index) => {
    const info = { ...recordedAgent, hostname: `agent-${index}`, port: 5051 };
    const launcher = scriptedMachine({ clock, random, script: () => ({ startMs: 10 }) });
    return new LocalAgent({ ...common, vault: noDisk, info, launcher });
  });
  for (const agent of agents) agent.connect(master);
  return { clock, master, agents };
}

function tasksFor(offer: V1Offer): readonly V1Task[] {
  return Array.from({ length: TASKS_EACH }, (_, index) => ({
    name: 'task',
    task_id: { value: `${offer.hostname}-${index}` },
    agent_id: offer.agent_id,
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
      { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
    ],
    command: { value: 'sleep 60' },
  }));
}

/** Launches on all that is offered, and acknowledges all that comes, until every task runs. */
async function storm({ clock, master }: ReturnType<typeof cluster>, tasks: number): Promise<void> {
  let running = 0;
  let framework_id = { value: '' };
  let streamId = '';
  const say = (call: object) => master.scheduler({ framework_id, ...call }, { streamId });

  function launch(offer: V1Offer): void {
    const operations = [{ type: 'LAUNCH', launch: { task_infos: tasksFor(offer) } }];
    say({ type: 'ACCEPT', accept: { offer_ids: [offer.id], operations } });
  }

  function acknowledge({ agent_id, task_id, uuid, state }: V1Status): void {
    if (state === 'TASK_RUNNING') running += 1;
    const acknowledge = { agent_id, task_id, uuid };
    clock.after(0, () => say({ type: 'ACKNOWLEDGE', acknowledge }));
  }

  function hear(event: V1Event): void {
    if (event.subscribed) framework_id = event.subscribed.framework_id;
    for (const offer of event.offers?.offers ?? []) clock.after(0, () => launch(offer));
    if (event.update?.status.uuid !== undefined) acknowledge(event.update.status);
  }

  subscribe(master, hear, (id) => {
    streamId = id;
  });
  while (running < tasks) await clock.advance(20);
}

function subscribe(
  master: LocalMaster,
  hear: (event: V1Event) => void,
  opened: (streamId: string) => void,
): void {
  const capabilities = [{ type: 'MULTI_ROLE' }, { type: 'RESERVATION_REFINEMENT' }];
  const framework_info = { user: 'root', name: 'bench', roles: ['*'], capabilities };
  master.scheduler(
    { type: 'SUBSCRIBE', subscribe: { framework_info } },
    {
      open(id) {
        opened(id);
        return { send: hear, end() {} };
      },
    },
  );
}

/** What any master must do at least: read each launch, and write and read two updates of it. */
function bareTexts(tasks: number): void {
  const offer = { id: { value: 'o' }, framework_id: { value: 'f' }, agent_id: { value: 'a' } };
  for (let done = 0; done < tasks; done += TASKS_EACH) {
    const launched = tasksFor({ ...offer, hostname: `agent-${done}` });
    JSON.parse(JSON.stringify(launched));
    for (const { task_id } of [...launched, ...launched]) {
      JSON.parse(JSON.stringify({ task_id, state: 'TASK_RUNNING', uuid: 'x', timestamp: done }));
    }
  }
}

async function stormTrial(): Promise<Trial> {
  const tasks = STORM_AGENTS * TASKS_EACH;
  async function launches(run: () => Promise<void> | void): Promise<number> {
    return perSecond(async () => {
      await run();
      return tasks;
    });
  }
  return {
    async ours() {
      const ground = cluster(STORM_AGENTS);
      const rate = await launches(() => storm(ground, tasks));
      ground.master.stop();
      return rate;
    },
    bare: () => launches(() => bareTexts(tasks)),
    async stop() {},
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function usedMiB(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}

/** Once is enough: it is the same each time, and takes its time. */
async function crowdTrial(): Promise<Trial> {
  const tasks = MANY_AGENTS * TASKS_EACH;
  const before = usedMiB();
  const started = performance.now();
  const ground = cluster(MANY_AGENTS);
  const registered = performance.now();
  const idleMiB = usedMiB() - before;
  await storm(ground, tasks);
  const seconds = (performance.now() - registered) / 1000;
  const fullMiB = usedMiB() - before;
  const beforeBare = usedMiB();
  const infos = ground.agents.map(({ hostname }) => ({
    ...structuredClone(recordedAgent),
    hostname,
    tasks: tasksFor({
      id: { value: 'o' },
      framework_id: { value: 'f' },
      agent_id: { value: 'a' },
      hostname,
    }),
  }));
  const bareMiB = usedMiB() - beforeBare;
  return {
    ours: async () => fullMiB,
    bare: async () => (infos.length > 0 ? bareMiB : 0),
    facts: async () => ({
      'MiB without tasks': idleMiB,
      's to register': (registered - started) / 1000,
      's to launch': seconds,
    }),
    async stop() {
      ground.master.stop();
    },
  };
}

export const benches: readonly Bench[] = [
  {
    name: 'mesos-launch-storm',
    unit: 'tasks/s',
    about: '10,000 tasks launched and acknowledged over 1,000 local agents; bare: their JSON alone',
    prepare: stormTrial,
  },
  {
    name: 'mesos-crowd-memory',
    unit: 'MiB (less is better)',
    about: '20,000 local agents with 200,000 tasks in one process; bare: what describes them',
    prepare: crowdTrial,
  },
];
