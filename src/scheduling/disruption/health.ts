import type { DisruptionBudget, HealthProvider } from '../../api/disruption.ts';
import type { JobStatus, Task } from '../../api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis } from '../../api/object.ts';
import type { Partition } from '../../api/partition.ts';
import { isReady, phaseOf, phaseSince } from '../../api/task.ts';
import type { Update } from '../../api/update.ts';

type Rollout = NonNullable<NonNullable<JobStatus['domains']>[number]['rollout']>;

/** What a job says of when a task of it is well. */
export interface HealthView {
  readonly now: Millis;
  readonly partition: Partition;
  readonly update: Pick<Update, 'minHealthyMs'>;
  readonly budget: Pick<DisruptionBudget, 'providers'>;
  readonly rollout: Rollout | undefined;
}

/** Whether the task does what it is there for: it runs, all that is asked of its health says yes, and nobody stops it. */
export function isHealthy(task: Task, view: HealthView): boolean {
  return !isDeleting(task) && isFit(task, view) && countsAsRunning(task, view.partition, view.now);
}

/** Whether a task is well by every provider, and one that a rollout made has been for a while. */
export function isFit(task: Task, view: HealthView): boolean {
  return view.budget.providers.every((provider) => says[provider](task)) && !isNew(task, view);
}

const says: Readonly<Record<HealthProvider, (task: Task) => boolean>> = {
  Readiness: isReady,
  Liveness: ({ status }) => status?.healthy === true,
};

const OVER: ReadonlySet<Rollout['phase']> = new Set(['Complete', 'RolledBack']);
/** Phases in which a rollout makes tasks of the version before. */
const RETURNS: ReadonlySet<Rollout['phase']> = new Set(['RollingBack', 'RollbackFailed']);

/** What a rollback takes away counts as it is: what runs and is ready is missed, however young. */
function isNew(task: Task, { rollout, update, now }: HealthView): boolean {
  if (rollout === undefined || OVER.has(rollout.phase)) return false;
  const { revision, stable } = rollout;
  const isOfBefore = task.spec.revision === stable && stable !== revision;
  if (isOfBefore !== RETURNS.has(rollout.phase)) return false;
  const made = fromTimestamp(task.metadata.creationTimestamp);
  if (made < fromTimestamp(rollout.startedAt)) return false;
  return now < healthyFrom(task) + update.minHealthyMs;
}

/** Since when it has been fit for use; `Infinity` where it is not. */
export function healthyFrom({ status }: Task): Millis {
  const at = status?.readySince ?? status?.startedAt;
  return at === undefined ? Number.POSITIVE_INFINITY : fromTimestamp(at);
}

/** Whether it runs, as far as anybody need think: a task that is cut off is not suspect at once. */
export function countsAsRunning(task: Task, partition: Partition, now: Millis): boolean {
  if (phaseOf(task) === 'Running') return true;
  return isCutOff(task) && now < phaseSince(task) + partition.suspectAfterMs;
}

export function isCutOff(task: Task): boolean {
  return phaseOf(task) === 'Unreachable' && task.status?.startedAt !== undefined;
}
