import type { AgentView, Waiting } from './snapshot.ts';

/** An agent during a pass: its view, less what the pass has given away. */
export interface Candidate {
  readonly view: AgentView;
  readonly free: { readonly cpusMilli: number; readonly memoryMiB: number };
  /** Tasks of the waiting task's job on it, those of this pass included. */
  readonly sameJob: number;
}

/** How well a task would sit on an agent that can hold it: more is better, 0 to 1. */
export type Fitness = (task: Waiting, candidate: Candidate) => number;

const PACKING_WEIGHT = 0.6;
const SPREAD_WEIGHT = 0.4;

/**
 * `0.6 × packing + 0.4 × spread`.
 *
 * Packing is the mean of the shares of processor and memory that are in use once the task is there:
 * full agents fill up before empty ones are begun. Spread is `1 / (1 + n)`, where n tasks of the same
 * job are on the agent: the second task of a job beside the first costs 0.2, which is more than
 * packing gives for most tasks, the fifth beside four costs 0.02. So the first few tasks of a job go
 * to different agents, and a job of many fills agents evenly.
 */
export const packAndSpread: Fitness = (task, { view, free, sameJob }) => {
  const cpu = usedShare(view.total.cpusMilli, free.cpusMilli - task.ask.cpusMilli);
  const memory = usedShare(view.total.memoryMiB, free.memoryMiB - task.ask.memoryMiB);
  return (PACKING_WEIGHT * (cpu + memory)) / 2 + SPREAD_WEIGHT / (1 + sameJob);
};

function usedShare(total: number, free: number): number {
  return total <= 0 ? 1 : Math.min(1, Math.max(0, (total - free) / total));
}
