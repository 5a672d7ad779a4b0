import type { Agent, Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, isDeleting } from '../../src/api/object.ts';
import type { OnReturn } from '../../src/api/partition.ts';
import { isMoving, isMovingForRollout } from '../../src/api/task.ts';

export interface Preference {
  readonly onReturn: OnReturn;
  /** What the slot is to run. */
  readonly revision: string;
  /** The version whose tasks are kept beside those of it, where there is one. */
  readonly kept?: string | undefined;
  readonly agents: readonly Agent[];
  /** Whether a task runs, as far as anybody need think. */
  isRunning(task: Task): boolean;
  /** Whether a task does what it is there for. */
  isFit(task: Task): boolean;
}

/** One comparison of two tasks that hold one slot; negative: the first is rather kept. */
type Rule = (a: Task, b: Task) => number;

/**
 * The tasks that hold one slot, the one to keep first. One that is being stopped is never rather kept,
 * one that runs comes before one that does not yet, one that is ready before one that is not, one of a version that is
 * wanted, one that is not to move before one that is, the version that it is to run before others; then what the job says of tasks that return.
 */
export function byPreference(tasks: readonly Task[], preference: Preference): readonly Task[] {
  if (tasks.length < 2) return tasks;
  const rules: readonly Rule[] = [
    first((task) => !isDeleting(task)),
    first(preference.isRunning),
    first(preference.isFit),
    first(({ spec }) => preference.kept === undefined || isWanted(spec.revision, preference)),
    first((task) => !isMoving(task) || isBackInPlace(task, preference)),
    first(({ spec }) => spec.revision === preference.revision),
    ...onReturnRules(preference),
    (a, b) => a.spec.attempt - b.spec.attempt,
  ];
  return tasks.toSorted((a, b) => {
    for (const rule of rules) {
      const order = rule(a, b);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function isWanted(revision: string, preference: Preference): boolean {
  return revision === preference.revision || revision === preference.kept;
}

/** Whether a rollout told it to make room for another version, and its own is to run again. */
function isBackInPlace(task: Task, { revision }: Preference): boolean {
  return task.spec.revision === revision && isMovingForRollout(task);
}

function onReturnRules({ onReturn, agents }: Preference): readonly Rule[] {
  if (onReturn === 'keepReplacement') return [(a, b) => b.spec.attempt - a.spec.attempt];
  if (onReturn === 'longestRunning') return [(a, b) => startOf(a) - startOf(b)];
  if (onReturn === 'keepOriginal') return [];
  const score = scoresOf(agents);
  return [(a, b) => score(b) - score(a), (a, b) => startOf(a) - startOf(b)];
}

function startOf({ status }: Task): number {
  return status?.startedAt === undefined
    ? Number.MAX_SAFE_INTEGER
    : fromTimestamp(status.startedAt);
}

/** How good a task's agent is: 0 where it takes no new tasks, else 1 and the free share of its processors. */
function scoresOf(agents: readonly Agent[]): (task: Task) => number {
  const byId = new Map(agents.map((agent) => [agent.status?.agentId, agent]));
  return ({ status }) => {
    const agent = byId.get(status?.agentId);
    if (agent?.status?.phase !== 'Active' || agent.spec?.unschedulable === true) return 0;
    const total = agent.status.capacity?.cpus ?? 0;
    const used = agent.status.used?.cpus ?? 0;
    return total === 0 ? 1 : 1 + Math.max(0, total - used) / total;
  };
}

function first(holds: (task: Task) => boolean): Rule {
  return (a, b) => Number(holds(b)) - Number(holds(a));
}
