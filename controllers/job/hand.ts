import { asTitanError, hasReason, TitanError } from '../../src/api/error.ts';
import {
  JOB,
  JOB_REVISION,
  type Job,
  type JobRevision,
  TASK,
  type Task,
} from '../../src/api/kinds.gen.ts';
import { keyOf } from '../../src/api/object.ts';
import { jobAt } from '../../src/api/revision.ts';
import { MOVE_ANNOTATION, MOVE_FOR_ROLLOUT } from '../../src/api/task.ts';
import { taskDraft } from '../../src/api/task-draft.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import { inGroups } from '../../src/runtime/group.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { createMover } from '../../src/runtime/mover.ts';
import { isReplacement } from './creations.ts';
import { intentOf } from './disruptions.ts';
import { tellOfPlan } from './events.ts';
import type { Expectations } from './expectations.ts';
import type { Limits } from './observe.ts';
import type { JobPlan } from './plan.ts';
import type { HistoryPlan } from './revisions.ts';
import type { Home } from './share.ts';

export interface HandOptions extends Pick<Runtime, 'client' | 'clock' | 'recorder'> {
  readonly home: Home;
  /** With an index `job`: the owning job's uid. */
  readonly revisions: Informer<JobRevision>;
  readonly limits: Limits;
  /** Is told of what was stopped, which caches may not show yet. */
  readonly expectations: Pick<Expectations, 'deleted'>;
}

/** Does what plans say, within what bounds all jobs of the fault domain together. */
export interface Hand {
  /**
   * @returns whether the status of the job was stored with it: then it is to be looked at again
   * @throws TitanError `Conflict` where others have left less of a bound than the plan needs
   */
  do(job: Job, plan: JobPlan): Promise<boolean>;
}

/** Writes of one pass that go out at once; the store joins them into few transactions. */
const CONCURRENCY = 300;

export function createHand(options: HandOptions): Hand {
  const { client, clock, home, revisions, recorder, limits, expectations } = options;
  const mover = createMover(client);

  /** A version is kept before anything runs it. */
  async function keep({ newest, isNew, removed }: HistoryPlan): Promise<void> {
    if (isNew) await client.create(JOB_REVISION, newest).catch(refuse);
    for (const { metadata } of removed) {
      await client.delete(JOB_REVISION, keyOf({ metadata }), { uid: metadata.uid }).catch(refuse);
    }
  }

  /**
   * What is gone needs nothing any more. A cache may show it still: a pass that went by that would spend a
   * budget for it again and again.
   */
  async function markUnlessGone(task: Task, moves: boolean): Promise<void> {
    await mark(task, moves).catch((thrown: unknown) => {
      if (!hasReason(thrown, 'NotFound')) throw thrown;
      expectations.deleted(task, clock.now());
    });
  }

  /** What a cache shows may be behind; a budget that was spent for the mark is not spent for nothing. */
  async function mark(task: Task, moves: boolean): Promise<void> {
    const { uid } = task.metadata;
    await client.update(TASK, marked(task, moves)).catch(async (thrown: unknown) => {
      if (!hasReason(thrown, 'Conflict')) throw thrown;
      const newest = await client.get(TASK, keyOf(task));
      if (newest.metadata.uid === uid) await client.update(TASK, marked(newest, moves));
    });
  }

  /**
   * What is made and stopped is refused once the job is another than the one that was planned for. Stops go first: what
   * else is done counts on them. A task is told to move, which nothing would refuse, only when all of that is done.
   */
  async function act(job: Job, plan: JobPlan): Promise<void> {
    const { history, creates, stops, surge } = plan;
    const given = [{ kind: JOB, object: job }];
    if (history !== undefined) await keep(history);
    const versions = versionsOf(job, revisions.by('job', job.metadata.uid));
    const made = creates.map((creation) => async () => {
      const version = versions.get(creation.revision) ?? job;
      await client.create(TASK, taskDraft(version, creation, home.name), {
        given,
        unclaimed: true,
      });
    });
    const stopped = stops.map(({ task }) => async () => {
      const { uid } = task.metadata;
      await client.delete(TASK, keyOf(task), { uid, given }).catch(refuse);
      expectations.deleted(task, clock.now());
    });
    const told = [
      ...surge.marks.map((task) => () => markUnlessGone(task, true)),
      ...surge.unmarks.map((task) => () => markUnlessGone(task, false)),
      ...plan.lapsed.map((task) => () => mover.stay(task)),
    ];
    for (const steps of [[...stopped, ...made], told]) {
      const results = await inGroups(steps, CONCURRENCY, (step) => step());
      for (const result of results) if (result.status === 'rejected') refuse(result.reason);
    }
  }

  /** Jobs are looked at side by side: what others have done since the plan was made may have left less than it needs. */
  function spend({ creates, disrupted, forced }: JobPlan): void {
    const replacements = creates.filter(isReplacement).length;
    const spends = [
      { limit: limits.launches, count: creates.length },
      { limit: limits.replacements, count: replacements },
      { limit: limits.disruptions, count: disrupted, anyway: forced },
    ];
    if (spends.some(({ limit, count, anyway = 0 }) => count - anyway > limit.left())) {
      throw new TitanError('Conflict', 'Others have used up what may be done in this minute');
    }
    for (const { limit, count } of spends) limit.took(count);
  }

  return {
    async do(job, plan) {
      spend(plan);
      const entry = intentOf(job, plan);
      const known = entry === undefined ? job : await client.updateStatus(JOB, entry);
      await act(known, plan);
      tellOfPlan(recorder, job, plan);
      return entry !== undefined;
    },
  };
}

/** The task as a rollout tells it to move, or tells it no more. */
function marked(task: Task, moves: boolean): Task {
  const { [MOVE_ANNOTATION]: _, ...others } = task.metadata.annotations ?? {};
  const annotations = moves ? { ...others, [MOVE_ANNOTATION]: MOVE_FOR_ROLLOUT } : others;
  return { ...task, metadata: { ...task.metadata, annotations } };
}

/** The job as it was with each of its revisions, by their hashes. */
function versionsOf(job: Job, revisions: readonly JobRevision[]): ReadonlyMap<string, Job> {
  return new Map(revisions.map(({ spec }) => [spec.revision, jobAt(job, spec.template)]));
}

/** What is gone needs no stopping; a name that is taken is an older task's, which is about to go. */
export function refuse(thrown: unknown): void {
  const error = asTitanError(thrown);
  if (error.reason === 'NotFound') return;
  if (error.reason !== 'AlreadyExists') throw error;
  throw new TitanError('Conflict', error.message, { cause: error });
}
