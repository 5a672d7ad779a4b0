import { requestOf } from '../../api/disruption-request.ts';
import type { Task } from '../../api/kinds.gen.ts';
import { isDeleting } from '../../api/object.ts';
import { holdsSlot, isLive, isMoving } from '../../api/task.ts';
import { type HealthView, isHealthy } from './health.ts';

/** One instance of a job, as a budget sees it. */
export interface Instance {
  /** Tasks of it that are well. */
  readonly healthy: readonly Task[];
  /** It ended well and for good. */
  readonly isDone: boolean;
  /** Another task has been started beside one that is to move. */
  readonly isMoving: boolean;
}

export interface InstanceView extends HealthView {
  /** Whether what ended well is not started again. */
  readonly ends: boolean;
}

const UNHELD: Instance = { healthy: [], isDone: false, isMoving: false };

/** @param tasks those of one instance, in any order: mostly there is one */
export function instanceOf(tasks: readonly Task[], view: InstanceView): Instance {
  const [only] = tasks;
  if (only === undefined) return UNHELD;
  if (tasks.length === 1 && !isMoving(only)) {
    const isWell = holdsSlot(only) && isHealthy(only, view);
    const isDone = view.ends && only.status?.phase === 'Succeeded';
    return { healthy: isWell ? tasks : [], isDone, isMoving: false };
  }
  const holding = tasks.filter(holdsSlot);
  const newest = tasks.toSorted((a, b) => b.spec.attempt - a.spec.attempt)[0];
  const leaving = holding.find((task) => isMoving(task) && !isDeleting(task));
  return {
    healthy: holding.filter((task) => isHealthy(task, view)),
    isDone: view.ends && newest?.status?.phase === 'Succeeded',
    isMoving: leaving !== undefined && isUnderWay(leaving, tasks),
  };
}

/** A rollout has asked already when it tells a task to move; all others ask then. */
function isUnderWay(task: Task, others: readonly Task[]): boolean {
  return requestOf(task) === undefined || hasFollower(task, others);
}

/** Whether a task has been made to take its place: from then on its move is under way. */
export function hasFollower(task: Task, others: readonly Task[]): boolean {
  return others.some(
    (other) => other.spec.slot === task.spec.slot && other.spec.attempt > task.spec.attempt,
  );
}

/** The instances that tasks hold. */
export function slotsHeld(tasks: readonly Task[]): readonly string[] {
  const slots = new Set<string>();
  for (const task of tasks) if (isLive(task)) slots.add(task.spec.slot);
  return [...slots];
}
