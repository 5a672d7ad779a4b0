import { durationText } from '../../src/api/duration.ts';
import { asTitanError, TitanError } from '../../src/api/error.ts';
import {
  JOB,
  JOB_REVISION,
  type Job,
  type JobRevision,
  TASK,
  type Task,
} from '../../src/api/kinds.gen.ts';
import { isDeleting, keyOf } from '../../src/api/object.ts';
import { jobAt } from '../../src/api/revision.ts';
import { JOB_FINALIZER, MOVE_ANNOTATION, MOVE_FOR_ROLLOUT } from '../../src/api/task.ts';
import { taskDraft } from '../../src/api/task-draft.ts';
import type { Controller, Outcome, Runtime } from '../../src/runtime/controller.ts';
import { inGroups } from '../../src/runtime/group.ts';
import { tellOfPlan } from './events.ts';
import { type JobSources, observer } from './observe.ts';
import { isReplacement, type JobPlan, planJob, rolloutOf } from './plan.ts';
import type { HistoryPlan } from './revisions.ts';
import { tellOfRollout } from './rollout/events.ts';
import { jobStatus } from './status.ts';

export interface JobControllerOptions extends Runtime, JobSources {}

/** Writes of one pass that go out at once; the store joins them into few transactions. */
const CONCURRENCY = 100;

/** Keeps each job's tasks of this fault domain as the job says. */
export function jobController(options: JobControllerOptions): Controller<Job> {
  const { client, clock, home, revisions, recorder } = options;
  const { observe, forget, limits } = observer(options);

  /** A version is kept before anything runs it. */
  async function keep({ newest, isNew, removed }: HistoryPlan): Promise<void> {
    if (isNew) await client.create(JOB_REVISION, newest).catch(refuse);
    for (const { metadata } of removed) {
      await client.delete(JOB_REVISION, keyOf({ metadata }), { uid: metadata.uid }).catch(refuse);
    }
  }

  async function mark(task: Task, moves: boolean): Promise<void> {
    const { [MOVE_ANNOTATION]: _, ...others } = task.metadata.annotations ?? {};
    const annotations = moves ? { ...others, [MOVE_ANNOTATION]: MOVE_FOR_ROLLOUT } : others;
    await client.update(TASK, { ...task, metadata: { ...task.metadata, annotations } });
  }

  /** What is made and stopped is refused once the job is another than the one that was planned for. */
  async function act(job: Job, { history, creates, stops, surge }: JobPlan): Promise<void> {
    const given = [{ kind: JOB, object: job }];
    if (history !== undefined) await keep(history);
    limits.launches.took(creates.length);
    limits.replacements.took(creates.filter(isReplacement).length);
    const versions = versionsOf(job, revisions.by('job', job.metadata.uid));
    const made = creates.map((creation) => async () => {
      const version = versions.get(creation.revision) ?? job;
      await client.create(TASK, taskDraft(version, creation, home.name), { given });
    });
    const stopped = stops.map(({ task }) => () => {
      return client.delete(TASK, keyOf(task), { uid: task.metadata.uid, given });
    });
    const told = [
      ...surge.marks.map((task) => () => mark(task, true)),
      ...surge.unmarks.map((task) => () => mark(task, false)),
    ];
    const results = await inGroups([...told, ...stopped, ...made], CONCURRENCY, (step) => step());
    for (const result of results) if (result.status === 'rejected') refuse(result.reason);
  }

  function keepFinalizer(job: Job, keep: boolean): Promise<Job> {
    const others = (job.metadata.finalizers ?? []).filter((name) => name !== JOB_FINALIZER);
    const finalizers = keep ? [...others, JOB_FINALIZER] : others;
    return client.update(JOB, { ...job, metadata: { ...job.metadata, finalizers } });
  }

  /** A pass that changes the finalizer does nothing else. */
  async function guard(job: Job, keep: boolean): Promise<Outcome<Job['status']>> {
    if (!keep) forget(job);
    await keepFinalizer(job, keep);
    return { wakeInMs: keep ? 0 : Number.POSITIVE_INFINITY };
  }

  /** What is about to go needs no status. */
  async function expire(job: Job): Promise<Outcome<Job['status']>> {
    const span = durationText((job.spec.ttlSecondsAfterFinished ?? 0) * 1_000);
    recorder.normal(job, 'Expired', `Deleting the job ${span} after its end`);
    await client.delete(JOB, keyOf(job), { uid: job.metadata.uid }).catch(refuse);
    return { wakeInMs: Number.POSITIVE_INFINITY };
  }

  async function reconcile(job: Job): Promise<Outcome<Job['status']>> {
    const world = observe(job);
    const guarded = job.metadata.finalizers?.includes(JOB_FINALIZER) ?? false;
    if (isDeleting(job) && (!guarded || isOrphaning(job))) {
      return { wakeInMs: Number.POSITIVE_INFINITY };
    }
    const done = isDeleting(job) && world.tasks.length === 0;
    if (done || !guarded) return guard(job, !done);
    const plan = planJob(job, world);
    if (plan.isExpired) return expire(job);
    await act(job, plan);
    const status = jobStatus(job, plan, observe(job));
    tellOfPlan(recorder, job, plan);
    tellOfRollout(recorder, job, { was: rolloutOf(job, home.name), is: plan.rollout });
    return { status, wakeInMs: Math.max(0, plan.wakeAt - clock.now()) };
  }

  return { name: 'job', kind: JOB, reconcile };
}

/** The job as it was with each of its revisions, by their hashes. */
function versionsOf(job: Job, revisions: readonly JobRevision[]): ReadonlyMap<string, Job> {
  return new Map(revisions.map(({ spec }) => [spec.revision, jobAt(job, spec.template)]));
}

/** Whether its tasks are to live on without it: they are first made to forget it. */
function isOrphaning({ metadata }: Job): boolean {
  return metadata.finalizers?.includes('orphan') === true;
}

/** What is gone needs no stopping; a name that is taken is an older task's, which is about to go. */
function refuse(thrown: unknown): void {
  const error = asTitanError(thrown);
  if (error.reason === 'NotFound') return;
  if (error.reason !== 'AlreadyExists') throw error;
  throw new TitanError('Conflict', error.message, { cause: error });
}
