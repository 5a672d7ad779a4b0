import type { Job, JobStatus, Task } from '../../src/api/kinds.gen.ts';
import { isDeleting } from '../../src/api/object.ts';

type DomainStatus = NonNullable<JobStatus['domains']>[number];

/** The newest attempt that there ever was of each instance, as far as that is known. */
export type Attempts = ReadonlyMap<string, number>;

/** Instances whose tasks are gone and whose newest attempts the status keeps. */
const KEPT_MAX = 200;

/**
 * Remembers how far the attempts of each job are numbered, so that no name is used twice though its task
 * is gone: what the status keeps, and what was seen since. After a change of leaders a number beyond what
 * the status keeps may come again; ids at Mesos never do.
 */
export interface Numbering {
  /** @param tasks the job's own */
  see(job: Job, tasks: readonly Task[]): Attempts;
  forget(job: Job): void;
}

interface Seen {
  /** Those that were counted last. */
  readonly tasks: readonly Task[];
  readonly known: Map<string, number>;
}

export function createNumbering(home: string): Numbering {
  const jobs = new Map<string, Seen>();
  return {
    see(job, tasks) {
      const { uid } = job.metadata;
      const before = jobs.get(uid);
      if (before?.tasks === tasks) return before.known;
      const known = before?.known ?? new Map(keptOf(job, home));
      for (const { spec } of tasks) {
        const newest = known.get(spec.slot) ?? -1;
        if (spec.attempt > newest) known.set(spec.slot, spec.attempt);
      }
      jobs.set(uid, { tasks, known });
      return known;
    },
    forget: ({ metadata }) => jobs.delete(metadata.uid),
  };
}

function keptOf({ status }: Job, home: string): readonly (readonly [string, number])[] {
  const own = status?.domains?.find(({ name }) => name === home);
  return (own?.attempts ?? []).map(({ slot, attempt }) => [slot, attempt]);
}

/** What the status is to keep: of instances whose newest task is gone, or about to be. */
export function attemptsToKeep(
  attempts: Attempts,
  tasks: readonly Task[],
): NonNullable<DomainStatus['attempts']> {
  const gone = new Map(attempts);
  for (const task of tasks) {
    const { slot, attempt } = task.spec;
    if (!isDeleting(task) && attempt >= (gone.get(slot) ?? 0)) gone.delete(slot);
  }
  return [...gone]
    .map(([slot, attempt]) => ({ slot, attempt }))
    .toSorted((a, b) => b.attempt - a.attempt || (a.slot < b.slot ? -1 : 1))
    .slice(0, KEPT_MAX);
}
