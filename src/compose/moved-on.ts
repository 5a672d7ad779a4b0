import type { Job, Task } from '../api/kinds.gen.ts';
import { isDeleting, type Millis } from '../api/object.ts';
import { holdsSlot, isLive, isMoving } from '../api/task.ts';
import type { Informer } from '../runtime/informer.ts';

const PER_TASK_MS = 0.03;
const MOST_MS = 1_000;
const REST_MOST_MS = 250;

/**
 * How long a job may wait for further changes when a task of its was made, or has moved on towards running;
 * not at all for what may have to be replaced. A look at a job costs by its tasks: it waits so long for each
 * that it has, up to a second. A job of 10,000 that has 300 on their way at once, the default, thus starts 1,000
 * of them in a second.
 *
 * @param tasks with an index `job`: the owning job's uid
 */
export function movedOnMs(task: Task, tasks: Pick<Informer<Task>, 'count'>): Millis {
  const movesOn = isLive(task) && holdsSlot(task) && !isDeleting(task) && !isMoving(task);
  if (!movesOn) return 0;
  const owner = task.metadata.ownerReferences?.[0]?.uid ?? '';
  return Math.min(tasks.count('job', owner) * PER_TASK_MS, MOST_MS);
}

/**
 * How long a job is left alone after a look at it, whatever changes: what its own status brings, or one end
 * after the other. A job of 100 rests 3 ms, one of 8,000 or more a quarter of a second.
 *
 * @param tasks with an index `job`: the owning job's uid
 */
export function jobRestMs({ metadata }: Job, tasks: Pick<Informer<Task>, 'count'>): Millis {
  return Math.min(Math.floor(tasks.count('job', metadata.uid) * PER_TASK_MS), REST_MOST_MS);
}
