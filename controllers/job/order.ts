import { cycleOf, dependenciesOf, type FindJob } from '../../src/api/dependencies.ts';
import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis } from '../../src/api/object.ts';

export interface OrderWorld {
  readonly now: Millis;
  /** The job's own. */
  readonly tasks: readonly Task[];
  /** Jobs of the same namespace. */
  readonly findJob: FindJob;
  /** Those that depend on this one. */
  readonly dependents: readonly Job[];
  /** Whether any task of a job lives here. */
  runsHere(job: Job): boolean;
}

/** How long a job that is deleted waits for those that depend on it to be deleted as well. */
const TOGETHER_MS = 5_000;

/**
 * What must come about before anything of the job is started, a phrase each; nothing once it has any task.
 */
export function startsAfter(job: Job, { tasks, findJob }: OrderWorld): readonly string[] {
  if (tasks.length > 0) return [];
  return (job.spec.dependsOn ?? []).flatMap(({ job: name, condition = 'Ready' }) => {
    const other = findJob(name);
    if (other === undefined) return [`there is a job ${name}`];
    if (isSo(other, condition)) return [];
    const { phase, message } = other.status ?? {};
    const words = message === undefined ? '' : `: ${message}`;
    return [`${name} is ${condition} (it is ${phase ?? 'new'}${words})`];
  });
}

function isSo({ metadata, status }: Job, condition: string): boolean {
  if (status?.observedGeneration !== metadata.generation) return false;
  return (
    status.conditions?.some((each) => each.type === condition && each.status === 'True') === true
  );
}

/** What a job that is to stop waits for. */
export interface StopOrder {
  /** Jobs that depend on it and stop first. */
  readonly after: readonly string[];
  /** When those are not waited for any more that nobody has told to stop. */
  readonly untilAt: Millis;
}

/**
 * Those that depend on it, run here, and are to stop as well. People who delete jobs together delete them
 * one after the other, so others are waited for too, for a moment. Jobs in a cycle do not wait.
 */
export function stopsAfter(job: Job, world: OrderWorld): StopOrder {
  const { dependents, findJob, now } = world;
  const before = dependents.filter(
    (other) => world.runsHere(other) && !isBehind(job, other, findJob),
  );
  const stopping = before.filter((other) => isDeleting(other) || other.spec.suspend === true);
  const deletedAt = job.metadata.deletionTimestamp;
  const untilAt = deletedAt === undefined ? 0 : fromTimestamp(deletedAt) + TOGETHER_MS;
  const awaited = now < untilAt ? before : stopping;
  const isBrief = awaited.length > stopping.length;
  return {
    after: awaited.map(({ metadata }) => metadata.name).toSorted(),
    untilAt: isBrief ? untilAt : Number.POSITIVE_INFINITY,
  };
}

/** Whether a job that depends on this one is also one that this one depends on. */
function isBehind(job: Job, other: Job, findJob: FindJob): boolean {
  if (dependenciesOf(job).length === 0) return false;
  return cycleOf(job, findJob) !== undefined && cycleOf(other, findJob) !== undefined;
}
