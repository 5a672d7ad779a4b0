import { batchOf, hasOverrun } from '../../src/api/batch.ts';
import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis } from '../../src/api/object.ts';
import { FREE_RESTARTS_ANNOTATION, ranForMs, unitOf } from '../../src/api/task.ts';

/** A run this long starts all counts anew, and what follows it starts at once. */
export const STEADY_MS = 300_000;

const FLOOR_MS = 1_000;
const LIMIT_MS = { program: 300_000, system: 30_000 };

/** What follows an attempt that has ended. */
export type Sequel =
  | { readonly leads: 'succeeded' }
  | { readonly leads: 'failed' }
  | {
      readonly leads: 'again';
      /** Failures of the program in a row, this one included. */
      readonly retries: number;
      /** Other restarts in a row, this one included. */
      readonly freeRestarts: number;
      readonly dueAt: Millis;
    };

/**
 * Decides by whose fault the attempt ended. The program's own failures count towards
 * `spec.numRetries`, and wait 1, 2, 4 … 300 seconds; a lost agent, a stop that nobody asked for and
 * the like never count, and wait 1 … 30 seconds. A success that is started again waits like a
 * failure, but does not count. After a run of 300 seconds nothing is waited for. A task that ran for
 * longer than it may is not started again unless `spec.retryOnRuntimeLimit` says so.
 */
export function sequelOf(task: Task, job: Job): Sequel {
  const { spec } = job;
  const steady = ranForMs(task) >= STEADY_MS;
  const free = steady ? 0 : freeRestartsOf(task);
  const { phase, fault } = task.status ?? {};
  if (phase === 'Succeeded') {
    if (!spec.restartOnSuccess) return { leads: 'succeeded' };
    return again(task, { retries: 0, freeRestarts: free + 1, waits: free, kind: 'program' });
  }
  if (fault !== 'Program') {
    const retries = steady ? 0 : task.spec.retries;
    return again(task, { retries, freeRestarts: free + 1, waits: free, kind: 'system' });
  }
  const retries = steady ? 0 : task.spec.retries + 1;
  const exhausted = spec.numRetries !== undefined && retries > spec.numRetries;
  const isOver = hasOverrun(task) && batchOf(job)?.retryOnRuntimeLimit !== true;
  if (!spec.restartOnFailure || exhausted || isOver) return { leads: 'failed' };
  return again(task, { retries, freeRestarts: 0, waits: retries - 1, kind: 'program' });
}

interface Wait {
  readonly retries: number;
  readonly freeRestarts: number;
  /** Waits in a row before this one. */
  readonly waits: number;
  readonly kind: 'program' | 'system';
}

function again(task: Task, { retries, freeRestarts, waits, kind }: Wait): Sequel {
  const { finishedAt } = task.status ?? {};
  const endedAt = fromTimestamp(finishedAt ?? task.metadata.creationTimestamp);
  const steady = ranForMs(task) >= STEADY_MS;
  const delayMs = steady ? 0 : retryDelay(task.metadata.name, waits, LIMIT_MS[kind]);
  return { leads: 'again', retries, freeRestarts, dueAt: endedAt + delayMs };
}

/**
 * Full jitter: anything up to `1 s × 2 ^ waits`, at most `limitMs`, at least one second. The chance
 * in it comes from the task's name alone, so that every look at it gives the same moment.
 */
export function retryDelay(name: string, waits: number, limitMs: Millis): Millis {
  const bound = Math.min(limitMs, FLOOR_MS * 2 ** Math.min(waits, 32));
  return Math.max(FLOOR_MS, Math.round(unitOf(name) * bound));
}

export function freeRestartsOf({ metadata }: Task): number {
  const count = Number(metadata.annotations?.[FREE_RESTARTS_ANNOTATION] ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** Whether a back-off is over. A moment that is farther off than any was named by a clock that went ahead of this one. */
export function isDue(at: Millis, now: Millis): boolean {
  return at <= now || at > now + LIMIT_MS.program;
}
