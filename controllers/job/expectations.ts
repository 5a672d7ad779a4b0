import type { Task } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis, toTimestamp } from '../../src/api/object.ts';

/** Deletions that a cache may not show yet. */
export interface Expectations {
  /** The store has taken the deletion of the task. */
  deleted(task: Task, now: Millis): void;
  /** The tasks as they are after all deletions that the store has taken: the same list where those are none of them. */
  applied(tasks: readonly Task[], now: Millis): Applied;
}

interface Applied {
  readonly tasks: readonly Task[];
  /** When the first of those deletions that the tasks do not show is counted on no longer. */
  readonly until: Millis;
}

/**
 * A cache that is further behind than this has been replaced: what it shows still was not deleted, or is back, as a
 * record that nobody could read and that somebody mends.
 */
const FORGET_MS = 60_000;

/** Without it a pass over a cache that is behind would spend a disruption budget twice. */
export function createExpectations(): Expectations {
  /** The oldest first. */
  const expected = new Map<string, Millis>();

  return {
    deleted({ metadata }, now) {
      for (const [uid, at] of expected) {
        if (at + FORGET_MS > now) break;
        expected.delete(uid);
      }
      expected.delete(metadata.uid);
      expected.set(metadata.uid, now);
    },
    applied(tasks, now) {
      let until = Number.POSITIVE_INFINITY;
      if (expected.size === 0) return { tasks, until };
      if (!tasks.some(({ metadata }) => expected.has(metadata.uid))) return { tasks, until };
      const after = tasks.map((task) => {
        const { uid } = task.metadata;
        const at = expected.get(uid);
        if (at === undefined) return task;
        if (isDeleting(task) || Math.abs(now - at) >= FORGET_MS) {
          expected.delete(uid);
          return task;
        }
        until = Math.min(until, at + FORGET_MS);
        return { ...task, metadata: { ...task.metadata, deletionTimestamp: toTimestamp(at) } };
      });
      return { tasks: after, until };
    },
  };
}
