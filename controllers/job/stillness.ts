import { dependenciesOf } from '../../src/api/dependencies.ts';
import type { CapacityGroup, Job, JobRevision, Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import type { Change, Informer } from '../../src/runtime/informer.ts';
import type { JobSources } from './observe.ts';
import type { JobPlan, JobWorld } from './plan.ts';

/**
 * Remembers what looks at jobs found that came to nothing: as long as nothing that they went by has changed, and the
 * moment has not come when time alone changes something, another look would come to nothing either. What changes is
 * heard of, and forgets the jobs that it concerns, so that a look costs nothing by what the job has. One entry for
 * each job.
 */
export interface Stillness {
  /**
   * When a job that is as it was is to be looked at again. `undefined`: it must be now, and the look begins, so
   * that what changes from here on is new to it.
   */
  until(job: Job, now: Millis): Millis | undefined;
  /** The look came to this, and the status is as it was: one that could not be written must be tried again. */
  note(job: Job, world: JobWorld, plan: JobPlan): void;
  forget(job: Job): void;
}

/** What looks go by. */
export type StillnessSources = {
  readonly [Name in 'tasks' | 'agents' | 'domains' | 'groups' | 'revisions']: Pick<
    JobSources[Name],
    'onChange'
  >;
} & { readonly jobs: Pick<Informer<Job>, 'onChange' | 'get'> };

interface Seen {
  readonly job: Job;
  /** What is around all jobs was then in this state. */
  readonly around: number;
  /** Past while the look goes on. */
  wakeAt: Millis;
}

export function createStillness(sources: StillnessSources): Stillness {
  const { tasks, agents, domains, groups, jobs, revisions } = sources;
  const seen = new Map<string, Seen>();
  let around = 0;

  function forgetOwners({ now, before }: Change<Task | JobRevision>): void {
    for (const object of [now, before]) {
      for (const { uid } of object?.metadata.ownerReferences ?? []) seen.delete(uid);
    }
  }

  /** A job that others go by is never still: it is to hear of the first of them. */
  function forgetOthers({ now, before }: Change<Job>): void {
    for (const job of [now, before]) {
      for (const name of job === undefined ? [] : dependenciesOf(job)) {
        const other = jobs.get(`${job?.metadata.namespace ?? 'default'}/${name}`);
        if (other !== undefined) seen.delete(other.metadata.uid);
      }
    }
  }

  function forgetAll(): void {
    around += 1;
  }

  tasks.onChange(forgetOwners);
  revisions.onChange(forgetOwners);
  jobs.onChange(forgetOthers);
  agents.onChange(forgetAll);
  domains.onChange(forgetAll);
  groups.onChange((change) => {
    if (areOtherTerms(change)) forgetAll();
  });

  return {
    until(job, now) {
      const { uid } = job.metadata;
      const before = seen.get(uid);
      const isSame = before?.job === job && before.around === around;
      if (isSame && now < before.wakeAt) return before.wakeAt;
      seen.set(uid, { job, around, wakeAt: Number.NEGATIVE_INFINITY });
      return undefined;
    },
    note(job, world, plan) {
      const { uid } = job.metadata;
      const look = seen.get(uid);
      if (look?.job !== job) return;
      if (isStill(job, world, plan)) look.wakeAt = plan.wakeAt;
      else seen.delete(uid);
    },
    forget: ({ metadata }) => void seen.delete(metadata.uid),
  };
}

/** Whether a group's jobs are to be looked at for what has become of it. */
function areOtherTerms({ now, before }: Change<CapacityGroup>): boolean {
  const isThere = now !== undefined && before !== undefined;
  return !isThere || now.spec.preemptible !== before.spec.preemptible;
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
