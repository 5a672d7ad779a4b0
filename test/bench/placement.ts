import { planPlacement } from '../../controllers/placement/plan.ts';
import type { Task } from '../../src/api/kinds.gen.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { inSlices } from '../../src/runtime/slices.ts';
import { createBacklog } from '../../src/scheduling/backlog/backlog.ts';
import { profileOf } from '../../src/scheduling/objects/view.ts';
import { createNominations } from '../../src/scheduling/preemption/nominations.ts';
import { anAgent, aTask } from '../support/builders.ts';
import { aCluster, fixtureCpus, placeAll, TASKS } from '../support/scheduling-bench.ts';
import { type Bench, median, perSecond } from './harness.ts';

const AGENTS = 5_000;
const JOB_SIZE = 100;
const clock = systemClock();

/** The fixture as objects of the API: each job has a revision for each size, as a job's tasks are alike. */
function taskObjects(): readonly Task[] {
  const { spec, ...base } = aTask('0#0 Pending');
  return Array.from({ length: TASKS }, (_, index) => {
    const cpus = fixtureCpus(index);
    const hex = index.toString(16).padStart(12, '0');
    return {
      ...base,
      metadata: { ...base.metadata, name: `task-${hex}`, uid: `20000000-0000-4000-8000-${hex}` },
      spec: {
        ...spec,
        jobName: `job-${Math.floor(index / JOB_SIZE)}`,
        slot: String(index),
        revision: `${cpus}`,
        cpus,
        memoryMiB: cpus * 4_096,
        diskMiB: cpus * 1_000,
        ports: 1,
        constraints: [{ rule: 'Balanced' as const, attribute: 'zone' }],
      },
    };
  });
}

function aWorld() {
  const backlog = createBacklog({ name: 'dc1', region: 'us-east-1' });
  const capacity = { cpus: AGENTS * 64, memoryMiB: AGENTS * 262_144, diskMiB: AGENTS * 64_000 };
  backlog.putAgent(anAgent('all', { capacity }));
  for (const task of taskObjects()) backlog.putTask(task);
  const placer = aCluster(AGENTS);
  return { backlog, placer, nominations: createNominations(), isComplete: () => true, now: 0 };
}

interface Turns {
  /** Milliseconds of processor time. */
  longest: number;
}

/** All that waits, in passes and slices as a running Titan has them. */
async function placeAllObjects(turns: Turns): Promise<number> {
  const world = aWorld();
  return perSecond(async () => {
    let placed = 0;
    for (;;) {
      const { bindings, isCut } = await inTurns(turns, () => inSlices(planPlacement(world), clock));
      placed += bindings.length;
      if (!isCut) return placed;
    }
  });
}

/** Notes how long a turn of the event loop takes at most until the work is done. */
async function inTurns<T>(turns: Turns, work: () => Promise<T>): Promise<T> {
  let isOver = false;
  let began = process.threadCpuUsage();
  function look(): void {
    const { user, system } = process.threadCpuUsage(began);
    turns.longest = Math.max(turns.longest, (user + system) / 1_000);
    began = process.threadCpuUsage();
    if (!isOver) setImmediate(look);
  }
  setImmediate(look);
  try {
    return await work();
  } finally {
    isOver = true;
  }
}

const pass: Bench = {
  name: 'placement-pass',
  unit: 'tasks/s',
  about: `task objects planned by the placement controller in passes and slices, zones balanced, ${AGENTS} agents, beside the engine alone on what it is made of them`,
  async prepare() {
    const longest: number[] = [];
    return {
      async ours() {
        const turns = { longest: 0 };
        const rate = await placeAllObjects(turns);
        longest.push(turns.longest);
        return rate;
      },
      async bare() {
        const placer = aCluster(AGENTS);
        const queue = taskObjects().map((task) => ({
          key: task.metadata.uid,
          profile: profileOf(task, { now: 0 }),
        }));
        return perSecond(async () => placeAll(placer, queue));
      },
      facts: async () => ({ 'longest turn, cpu ms': median(longest) }),
      async stop() {},
    };
  },
};

export const benches: readonly Bench[] = [pass];
