import { durationText } from '../../src/api/duration.ts';
import { JOB, type Job } from '../../src/api/kinds.gen.ts';
import { isDeleting, keyOf } from '../../src/api/object.ts';
import { JOB_FINALIZER } from '../../src/api/task.ts';
import type { Controller, Outcome, Runtime } from '../../src/runtime/controller.ts';
import { sameJson } from '../../src/runtime/equal.ts';
import { createForesight, type ForesightSources } from './foresight.ts';
import { createHand, refuse } from './hand.ts';
import { type JobSources, observer } from './observe.ts';
import { type JobWorld, planJob } from './plan.ts';
import { tellOfRollout } from './rollout/events.ts';
import { jobStatus } from './status.ts';
import { createStillness } from './stillness.ts';
import { unreadableOf } from './unreadable.ts';
import { rolloutOf, toldRolloutOf } from './view.ts';

export interface JobControllerOptions extends Runtime, JobSources, ForesightSources {}

/** When to look again for what a new version lacks. */
const LACK_AGAIN_MS = 5_000;

/** What should have come about by now, and has not, is not looked at without end. */
const LEAST_WAIT_MS = 100;

/** Keeps each job's tasks of this fault domain as the job says. */
export function jobController(options: JobControllerOptions): Controller<Job> {
  const { client, clock, home, recorder } = options;
  const { observe, forget, ...bounds } = observer(options);
  const foresight = createForesight(options);
  const stillness = createStillness(options);
  const hand = createHand({ ...options, ...bounds });

  /** Nobody tells of a record that cannot be read, nor of its end. */
  function isReadable(job: Job): boolean {
    const records = options.unreadable?.() ?? [];
    return records.length === 0 || unreadableOf(job, home.name, records).size === 0;
  }

  /** Keeps the job until its tasks are gone, or lets it go; such a pass does nothing else. */
  async function guard(job: Job, keep: boolean): Promise<Outcome<Job['status']>> {
    if (!keep) for (const each of [forget, foresight.forget, stillness.forget]) each(job);
    const others = (job.metadata.finalizers ?? []).filter((name) => name !== JOB_FINALIZER);
    const finalizers = keep ? [...others, JOB_FINALIZER] : others;
    await client.update(JOB, { ...job, metadata: { ...job.metadata, finalizers } });
    return { wakeInMs: keep ? 0 : Number.POSITIVE_INFINITY };
  }

  /** What is about to go needs no status. */
  async function expire(job: Job): Promise<Outcome<Job['status']>> {
    const span = durationText((job.spec.ttlSecondsAfterFinished ?? 0) * 1_000);
    recorder.normal(job, 'Expired', `Deleting the job ${span} after its end`);
    await client.delete(JOB, keyOf(job), { uid: job.metadata.uid }).catch(refuse);
    return { wakeInMs: Number.POSITIVE_INFINITY };
  }

  /** Before anything is stopped for the newest version, what that needs must be there, and room for it. */
  async function decide(job: Job, world: JobWorld) {
    const plan = planJob(job, world);
    const asIs = { plan, lack: undefined, againInMs: Number.POSITIVE_INFINITY };
    const lack = await foresight.lackOf(job, plan, world.tasks);
    if (lack === undefined) return asIs;
    return { plan: planJob(job, { ...world, lack }), lack, againInMs: LACK_AGAIN_MS };
  }

  async function look(job: Job, world: JobWorld): Promise<Outcome<Job['status']>> {
    const guarded = isGuarded(job);
    if (isDeleting(job) && (!guarded || isOrphaning(job))) {
      return { wakeInMs: Number.POSITIVE_INFINITY };
    }
    const done = isDeleting(job) && world.tasks.length === 0;
    if (done || !guarded) return guard(job, !done);
    const { plan, lack, againInMs } = await decide(job, world);
    if (plan.isExpired) return expire(job);
    const isStored = await hand.do(job, plan);
    const status = jobStatus(job, plan, { ...observe(job), lack });
    const is = toldRolloutOf({ ...job, status }, home.name);
    tellOfRollout(recorder, job, { was: rolloutOf(job, home.name), is });
    if (isStored) return { wakeInMs: 0 };
    if (sameJson(status, job.status)) stillness.note(job, { ...world, lack }, plan);
    const wakeInMs = Math.max(LEAST_WAIT_MS, plan.wakeAt - clock.now());
    return { status, wakeInMs: Math.min(wakeInMs, againInMs) };
  }

  async function reconcile(job: Job): Promise<Outcome<Job['status']>> {
    const now = clock.now();
    const untilAt = isReadable(job) ? stillness.until(job, now) : undefined;
    return untilAt === undefined ? look(job, observe(job)) : { wakeInMs: untilAt - now };
  }

  return { name: 'job', kind: JOB, reconcile };
}

function isGuarded({ metadata }: Job): boolean {
  return metadata.finalizers?.includes(JOB_FINALIZER) === true;
}

/** Whether its tasks are to live on without it: they are first made to forget it. */
function isOrphaning({ metadata }: Job): boolean {
  return metadata.finalizers?.includes('orphan') === true;
}
