import { hasReason } from '../../src/api/error.ts';
import type { Kind } from '../../src/api/kind.ts';
import {
  JOB,
  type Job,
  TASK,
  type Task,
  TOMBSTONE,
  type Tombstone,
} from '../../src/api/kinds.gen.ts';
import { type ApiObject, keyOf, type Millis } from '../../src/api/object.ts';
import { type Loop, type Runtime, runLoop } from '../../src/runtime/controller.ts';
import { inGroups, throwFirst } from '../../src/runtime/group.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { inSlices } from '../../src/runtime/slices.ts';
import { findOrphans, jobUidOf, planTaskGarbage, planTombstoneGarbage } from './plan.ts';

export interface GcOptions extends Runtime {
  readonly jobs: Informer<Job>;
  /** With an index `ended`: `yes` where the task is terminal. */
  readonly tasks: Informer<Task>;
  readonly tombstones: Informer<Tombstone>;
}

const EVERY_MS = 60_000;
/** Objects removed in one pass; more wait for the next, which then follows at once. */
const PASS_MAX = 1_000;
const CONCURRENCY = 100;

/** Removes what nobody needs: old attempts, tasks of jobs that are gone, old tombstones. */
export function runGc({ client, clock, jobs, tasks, tombstones, ...rest }: GcOptions): Loop {
  /** A job whose record cannot be read is there all the same. */
  async function isGone(task: Task): Promise<boolean> {
    const { namespace = 'default' } = task.metadata;
    try {
      const job = await client.get(JOB, { namespace, name: task.spec.jobName });
      return job.metadata.uid !== jobUidOf(task);
    } catch (thrown) {
      if (hasReason(thrown, 'NotFound')) return true;
      if (hasReason(thrown, 'InternalError')) return false;
      throw thrown;
    }
  }

  /** The cache may be behind; whether a job is gone is asked of the store. */
  async function orphans(): Promise<readonly Task[]> {
    const uids = new Set([...jobs.values()].map(({ metadata }) => metadata.uid));
    const suspects = await inSlices(
      findOrphans(tasks.values(), (uid) => uids.has(uid)),
      clock,
    );
    const byJob = Map.groupBy(suspects.slice(0, PASS_MAX), jobUidOf);
    const found: Task[] = [];
    for (const group of byJob.values()) {
      const [first] = group;
      if (first !== undefined && (await isGone(first))) found.push(...group);
    }
    return found;
  }

  async function pass(): Promise<Millis> {
    const garbage: readonly (readonly [Kind, ApiObject])[] = [
      ...(await orphans()).map((task) => [TASK, task] as const),
      ...planTaskGarbage(tasks.by('ended', 'yes')).map((task) => [TASK, task] as const),
      ...planTombstoneGarbage(tombstones.values(), clock.now()).map(
        (stone) => [TOMBSTONE, stone] as const,
      ),
    ];
    const now = garbage.slice(0, PASS_MAX);
    const results = await inGroups(now, CONCURRENCY, ([kind, object]) =>
      client.delete(kind, keyOf(object), { uid: object.metadata.uid }),
    );
    throwFirst(results.filter((each) => each.status === 'rejected' && !isBenign(each.reason)));
    if (now.length > 0) rest.log.info('garbage removed', { count: now.length });
    return garbage.length > now.length ? 0 : EVERY_MS;
  }

  return runLoop({ clock, random: rest.random, log: rest.log, name: 'gc', pass });
}

function isBenign(error: unknown): boolean {
  return hasReason(error, 'NotFound') || hasReason(error, 'Conflict');
}
