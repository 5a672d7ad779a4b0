import type { Random } from '../../src/runtime/port.ts';
import { Snapshot } from '../../src/scheduling/cluster/snapshot.ts';
import { drive } from '../../src/scheduling/drive/drive.ts';
import { createPlacer, isPlaced, type Placer } from '../../src/scheduling/place/placer.ts';
import type { Profile, Waiting } from '../../src/scheduling/place/profile.ts';
import { createNominations } from '../../src/scheduling/preemption/nominations.ts';
import type { Entry } from '../../src/scheduling/queue/entry.ts';
import { createQueue } from '../../src/scheduling/queue/queue.ts';
import type { ConstraintSpec } from '../../src/scheduling/rules/rule.ts';
import { UNLIMITED } from '../../src/scheduling/shares/amounts.ts';
import { DEFAULT_GROUP } from '../../src/scheduling/shares/group.ts';
import { createLedger } from '../../src/scheduling/shares/ledger.ts';

/**
 * The fixture of the goals: 10,000 tasks of 1, 2 and 4 cpus with 4 GiB a cpu, in jobs of 100, on agents of
 * 64 cpus and 256 GiB in three zones, half of them with a fast disk.
 */
export const TASKS = 10_000;
const JOB_SIZE = 100;
const SIZES = [1, 2, 4];
const ZONES = ['a', 'b', 'c'];
const AGENT_CPUS = 64;
const MIB_PER_CPU = 4_096;

export const fixtureCpus = (index: number) => SIZES[index % SIZES.length] ?? 1;

export function aCluster(agents: number): Placer {
  const snapshot = new Snapshot();
  for (let index = 0; index < agents; index += 1) {
    snapshot.putAgent({
      name: `agent-${String(index).padStart(5, '0')}`,
      capacity: {
        scalars: scalarsOf(AGENT_CPUS),
        ranges: { ports: [{ begin: 31_000, end: 31_999 }] },
      },
      attributes: {
        region: 'us-east-1',
        zone: ZONES[index % ZONES.length] ?? '',
        disk: index % 2 === 0 ? 'ssd' : 'hdd',
      },
      quality: 1,
    });
  }
  return createPlacer(snapshot);
}

function scalarsOf(cpus: number) {
  return { cpus: cpus * 1000, memory: cpus * MIB_PER_CPU * 1000, disk: cpus * 1_000_000 };
}

export type Constrain = (job: number) => readonly ConstraintSpec[];

export const unconstrained: Constrain = () => [];
export const zoneHard: Constrain = () => [{ rule: 'Balanced', attribute: 'zone' }];
export const zoneSoft: Constrain = () => [{ rule: 'Balanced', attribute: 'zone', weight: 1 }];

/** A third of the jobs each: none; zones and a disk; one an agent, near another job by wish. */
export const mixed: Constrain = (job) => {
  if (job % 3 === 0) return [];
  if (job % 3 === 1) {
    const disk = { rule: 'Equals', attribute: 'disk', values: ['ssd'] };
    return [{ rule: 'Balanced', attribute: 'zone' }, disk];
  }
  const near = { rule: 'WithJob', attribute: 'zone', job: `default/job-${job - 1}`, weight: 1 };
  return [{ rule: 'Unique', attribute: 'host' }, near];
};

/** The tasks of the fixture, job after job. */
export function fixtureTasks(constrain: Constrain, count = TASKS): readonly Waiting[] {
  const profiles = new Map<string, Profile>();
  return Array.from({ length: count }, (_, index) => {
    const [number, cpus] = [Math.floor(index / JOB_SIZE), fixtureCpus(index)];
    const id = `${number}/${cpus}`;
    const profile = profiles.get(id) ?? profileOf(id, number, cpus);
    profiles.set(id, profile);
    return { key: String(index), profile };
  });

  function profileOf(id: string, number: number, cpus: number): Profile {
    return {
      id,
      job: `default/job-${number}`,
      ask: { scalars: scalarsOf(cpus) },
      constraints: constrain(number),
      fitness: [{ name: 'PackCpusAndMemory', weight: 1 }],
    };
  }
}

/** How many agents are in use, and by how many tasks the zones of any job differ at most. */
export function shapeOf({ snapshot }: Placer): { readonly hosts: number; readonly skew: number } {
  const hosts = new Set<string>();
  const jobs = new Map<string, Map<string, number>>();
  for (const { agent, task } of snapshot.tasks.values()) {
    hosts.add(agent);
    const zone = snapshot.agents.get(agent)?.attribute('zone') ?? '';
    const zones = jobs.get(task.job) ?? new Map(ZONES.map((name) => [name, 0]));
    jobs.set(task.job, zones.set(zone, (zones.get(zone) ?? 0) + 1));
  }
  const skews = [...jobs.values()].map((zones) => {
    const counts = [...zones.values()];
    return Math.max(...counts) - Math.min(...counts);
  });
  return { hosts: hosts.size, skew: Math.max(0, ...skews) };
}

export function placeAll(placer: Placer, queue: readonly Waiting[]): number {
  let placed = 0;
  for (const task of queue) if (isPlaced(placer.place(task))) placed += 1;
  return placed;
}

/**
 * The same by way of the queue, as in a running Titan: each task is filed with its capacity group, has its
 * turn by tiers and shares, and is charged when it has its place.
 */
export function driveAll(placer: Placer, tasks: readonly Waiting[]): number {
  const ledger = createLedger();
  ledger.setCapacity(UNLIMITED);
  const queue = createQueue(ledger);
  const waiting = new Map(tasks.map((task) => [task.key, task]));
  for (const task of tasks) queue.add(entryOf(task));
  const steps = drive({
    pass: queue.pass(0),
    placer,
    waiting: (key) => waiting.get(key),
    schedulerOf: () => undefined,
    nominations: createNominations(),
  });
  let placed = 0;
  for (const step of steps) if ('placements' in step) placed += 1;
  return placed;
}

function entryOf({ key, profile }: Waiting): Entry {
  const { cpus = 0, memory = 0, disk = 0 } = profile.ask.scalars;
  const ask = [cpus, memory / 1000, disk / 1000];
  return {
    key,
    group: DEFAULT_GROUP,
    priority: 0,
    since: Number(key),
    readyAt: 0,
    class: profile.id,
    ask,
    members: [{ key, ask }],
  };
}

export interface Bare {
  /** Gives each task the agent where most is in use, by looking at all of them. @returns how many had one */
  place(tasks: readonly BareTask[]): number;
  /** Agents that are in use. */
  hosts(): number;
}

export interface BareTask {
  readonly cpus: number;
  readonly memoryMiB: number;
  /** The number of the only zone that it may go to. */
  readonly zone?: number;
}

/** The first tasks of the fixture; balanced, each zone in turn. */
export function bareTasks(count: number, balanced: boolean): readonly BareTask[] {
  return Array.from({ length: count }, (_, index) => {
    const cpus = fixtureCpus(index);
    const zone = balanced ? { zone: index % ZONES.length } : {};
    return { cpus, memoryMiB: cpus * MIB_PER_CPU, ...zone };
  });
}

/** The bare baseline: free amounts in typed arrays, and a scan of all agents for each task. */
export function bareScan(agents: number): Bare {
  const cpus = new Float64Array(agents).fill(AGENT_CPUS);
  const memory = new Float64Array(agents).fill(AGENT_CPUS * MIB_PER_CPU);

  function bestFor({ cpus: asked, memoryMiB, zone }: BareTask): number {
    let [best, most] = [-1, -1];
    for (let index = 0; index < agents; index += 1) {
      const [freeCpus, freeMemory] = [cpus[index] ?? 0, memory[index] ?? 0];
      if (freeCpus < asked || freeMemory < memoryMiB) continue;
      if (zone !== undefined && index % ZONES.length !== zone) continue;
      const score = 2 - freeCpus / AGENT_CPUS - freeMemory / (AGENT_CPUS * MIB_PER_CPU);
      if (score > most) [best, most] = [index, score];
    }
    return best;
  }

  function take(task: BareTask): boolean {
    const best = bestFor(task);
    if (best < 0) return false;
    cpus[best] = (cpus[best] ?? 0) - task.cpus;
    memory[best] = (memory[best] ?? 0) - task.memoryMiB;
    return true;
  }

  return {
    place: (tasks) => tasks.filter(take).length,
    hosts: () => cpus.filter((free) => free < AGENT_CPUS).length,
  };
}

/** Tasks of 1 to 8 cpus and 1 to 32 GiB, as chance has it. */
export function randomTasks(count: number, random: Random): readonly BareTask[] {
  return Array.from({ length: count }, () => ({
    cpus: 1 + Math.floor(random.next() * 8),
    memoryMiB: 1_024 * (1 + Math.floor(random.next() * 32)),
  }));
}

export function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, place: random.next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** The same tasks as the engine takes them, of one job and packed. */
export function waitingTasks(tasks: readonly BareTask[]): readonly Waiting[] {
  return tasks.map(({ cpus, memoryMiB }, index) => ({
    key: String(index),
    profile: {
      id: `${cpus}/${memoryMiB}`,
      job: 'default/mix',
      ask: { scalars: { cpus: cpus * 1000, memory: memoryMiB * 1000 } },
      constraints: [],
      fitness: [{ name: 'PackCpusAndMemory', weight: 1 }],
    },
  }));
}
