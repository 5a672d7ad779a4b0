import type { Task } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis, toTimestamp } from '../../src/api/object.ts';

/** Deletions that a cache may not show yet. */
export interface Expectations {
  /** The store has taken the deletion of the task. */
  deleted(task: Task, now: Millis): void;
  /** The tasks as they are after all deletions that the store has taken: the same list where those are none of them. */
  applied(tasks: readonly Task[]): readonly Task[];
}

/** A cache that is further behind than this has been replaced. */
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
    applied(tasks) {
      if (expected.size === 0) return tasks;
      if (!tasks.some(({ metadata }) => expected.has(metadata.uid))) return tasks;
      return tasks.map((task) => {
        const at = expected.get(task.metadata.uid);
        if (at === undefined) return task;
        if (!isDeleting(task)) {
          return { ...task, metadata: { ...task.metadata, deletionTimestamp: toTimestamp(at) } };
        }
        expected.delete(task.metadata.uid);
        return task;
      });
    },
  };
}
