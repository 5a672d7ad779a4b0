import type { Job } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import type { JobPlan, JobWorld } from './plan.ts';

/**
 * Remembers what looks at jobs found that came to nothing: as long as that is the same, and the moment has not come
 * when time alone changes something, another look would come to nothing either. One entry for each job.
 */
export interface Stillness {
  /** When a job that is as it was is to be looked at again; `undefined` where it must be now. */
  until(job: Job, world: JobWorld): Millis | undefined;
  /** A look came to this, and the status is as it was: one that could not be written must be tried again. */
  note(job: Job, world: JobWorld, plan: JobPlan): void;
  forget(job: Job): void;
}

/** Of the world only what is compared, since what else it holds would live as long. */
type Known = Pick<
  JobWorld,
  'tasks' | 'revisions' | 'around' | 'frozen' | 'preemptible' | 'hasOwnGroup'
>;

interface Seen extends Known {
  readonly job: Job;
  readonly wakeAt: Millis;
}

export function createStillness(): Stillness {
  const seen = new Map<string, Seen>();
  return {
    until(job, world) {
      const before = seen.get(job.metadata.uid);
      if (before === undefined || before.job !== job || world.now >= before.wakeAt)
        return undefined;
      return isSame(before, world) ? before.wakeAt : undefined;
    },
    note(job, world, plan) {
      const { uid } = job.metadata;
      if (!isStill(job, world, plan)) {
        seen.delete(uid);
        return;
      }
      const { tasks, revisions, around, frozen, preemptible, hasOwnGroup } = world;
      const known: Known = { tasks, revisions, around, frozen, preemptible, hasOwnGroup };
      seen.set(uid, { job, wakeAt: plan.wakeAt, ...known });
    },
    forget: ({ metadata }) => void seen.delete(metadata.uid),
  };
}

/** Whether there is nothing to do, and no other job that it goes by; records that cannot be read are looked after. */
function isStill(
  { spec }: Job,
  { dependents, lack, unreadable }: JobWorld,
  plan: JobPlan,
): boolean {
  const { creates, stops, surge, lapsed, history } = plan;
  const steps = [creates, stops, surge.marks, surge.unmarks, lapsed, history?.removed ?? []];
  if (history?.isNew !== false || lack !== undefined || unreadable.size > 0) return false;
  if ((spec.dependsOn ?? []).length > 0 || dependents.length > 0) return false;
  return steps.every(({ length }) => length === 0);
}

/** Whether what jobs are decided from is the same; what bounds all of them counts only for those that do something. */
function isSame(before: Known, now: JobWorld): boolean {
  return (
    before.around === now.around &&
    before.frozen === now.frozen &&
    before.preemptible === now.preemptible &&
    before.hasOwnGroup === now.hasOwnGroup &&
    now.dependents.length === 0 &&
    now.unreadable.size === 0 &&
    areSame(before.tasks, now.tasks) &&
    areSame(before.revisions, now.revisions)
  );
}

function areSame<T>(before: readonly T[], now: readonly T[]): boolean {
  if (before === now) return true;
  if (before.length !== now.length) return false;
  for (let at = 0; at < now.length; at += 1) if (before[at] !== now[at]) return false;
  return true;
}
