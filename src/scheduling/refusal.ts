import type { Room } from './room.ts';
import type { Waiting } from './snapshot.ts';

/** What an agent may lack for a task. `schedulable` and `pinned` have no numbers. */
export type Lack = 'schedulable' | 'pinned' | 'cpus' | 'memory' | 'disk' | 'ports';

/** One reason why a task was refused, over all agents that have it. */
export interface Refusal {
  readonly lacks: Lack;
  readonly wanted: number;
  /** The most that any of these agents had. */
  readonly had: number;
  /** How many agents refused for this. */
  readonly agents: number;
  /** The agent that had the most. */
  readonly nearest: string;
}

/** All reasons of all agents: one agent may have several, so the counts may add up to more. */
export function refusalsOf(task: Waiting, rooms: readonly Room[]): readonly Refusal[] {
  const found = new Map<Lack, Refusal>();
  for (const room of rooms) {
    for (const { lacks, wanted, had } of lacksOf(room, task)) {
      const before = found.get(lacks);
      const nearer = before === undefined || had > before.had;
      found.set(lacks, {
        lacks,
        wanted,
        had: nearer ? had : before.had,
        agents: (before?.agents ?? 0) + 1,
        nearest: nearer ? room.view.name : before.nearest,
      });
    }
  }
  return [...found.values()];
}

function lacksOf(
  { view, free, portsFree }: Room,
  { ask, agent }: Waiting,
): readonly Pick<Refusal, 'lacks' | 'wanted' | 'had'>[] {
  if (agent !== undefined && agent !== view.name) return [{ lacks: 'pinned', wanted: 0, had: 0 }];
  if (view.unschedulable) return [{ lacks: 'schedulable', wanted: 0, had: 0 }];
  const all = [
    { lacks: 'cpus', wanted: ask.cpusMilli / 1000, had: free.cpusMilli / 1000 },
    { lacks: 'memory', wanted: ask.memoryMiB, had: free.memoryMiB },
    { lacks: 'disk', wanted: ask.diskMiB, had: free.diskMiB },
    { lacks: 'ports', wanted: ask.ports, had: portsFree },
  ] as const;
  return all.filter(({ wanted, had }) => wanted > had);
}

const units: Readonly<Record<Lack, string>> = {
  schedulable: '',
  pinned: '',
  cpus: ' cpus',
  memory: ' MiB of memory',
  disk: ' MiB of disk',
  ports: ' ports',
};

/** The refusals as one sentence for people. `agents` is how many there are in all. */
export function explainRefusals(refusals: readonly Refusal[], agents: number): string {
  if (agents === 0) return 'no agent offers anything now';
  const reasons = refusals.map(explain);
  return `none of ${agents} agents can take it: ${reasons.join('; ')}`;
}

function explain({ lacks, wanted, had, agents, nearest }: Refusal): string {
  if (lacks === 'schedulable') return `${agents} take no new tasks`;
  if (lacks === 'pinned') return `${agents} are not the agent that it is for`;
  const most = `the most is ${round(had)} on ${nearest}`;
  return `${agents} have less than ${round(wanted)}${units[lacks]} free (${most})`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
