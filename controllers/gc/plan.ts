import type { Task, Tombstone } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis } from '../../src/api/object.ts';
import { isTerminal } from '../../src/api/task.ts';

/** Ended tasks that are kept of one slot beside the newest, for people to look at. */
export const KEPT_PER_SLOT = 3;
/** Ended tasks that are kept of one job in all. */
export const KEPT_PER_JOB = 10_000;
export const TOMBSTONE_KEPT_MS = 7 * 24 * 3_600_000;

/** The uid of the job that a task belongs to. */
export function jobUidOf({ metadata }: Task): string | undefined {
  return metadata.ownerReferences?.find(({ kind }) => kind === 'Job')?.uid;
}

/**
 * Ended tasks that nobody needs any more. The newest of each slot stays whatever happens: the
 * back-off of the next attempt is reckoned from it.
 */
export function planTaskGarbage(tasks: Iterable<Task>): readonly Task[] {
  const ended = [...tasks].filter((task) => isTerminal(task) && !isDeleting(task));
  const jobs = Object.groupBy(ended, (task) => jobUidOf(task) ?? '');
  return Object.values(jobs).flatMap((group = []) => garbageOf(group));
}

function garbageOf(tasks: readonly Task[]): readonly Task[] {
  const slots = Object.values(Object.groupBy(tasks, ({ spec }) => spec.slot));
  const byAge = slots.map((slot = []) => slot.toSorted((a, b) => b.spec.attempt - a.spec.attempt));
  const spare = byAge.flatMap((slot) => slot.slice(1, 1 + KEPT_PER_SLOT));
  const excess = byAge.length + spare.length - KEPT_PER_JOB;
  const oldestFirst = spare.toSorted((a, b) => endOf(a) - endOf(b));
  return [
    ...byAge.flatMap((slot) => slot.slice(1 + KEPT_PER_SLOT)),
    ...oldestFirst.slice(0, Math.max(0, excess)),
  ];
}

function endOf({ status, metadata }: Task): Millis {
  return fromTimestamp(status?.finishedAt ?? metadata.creationTimestamp);
}

/** Tasks whose job is not there, by its uid, in steps; to be believed only after a look at the store. */
export function* findOrphans(
  tasks: Iterable<Task>,
  isJob: (uid: string) => boolean,
): Generator<void, readonly Task[]> {
  const orphans: Task[] = [];
  for (const task of tasks) {
    const uid = jobUidOf(task);
    if (uid !== undefined && !isJob(uid) && !isDeleting(task)) orphans.push(task);
    yield;
  }
  return orphans;
}

export function planTombstoneGarbage(
  tombstones: Iterable<Tombstone>,
  now: Millis,
): readonly Tombstone[] {
  return [...tombstones].filter(
    ({ metadata }) => now - fromTimestamp(metadata.creationTimestamp) > TOMBSTONE_KEPT_MS,
  );
}
