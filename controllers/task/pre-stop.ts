import type { Task, TaskStatus } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis, toTimestamp } from '../../src/api/object.ts';
import { phaseOf } from '../../src/api/task.ts';

/** What comes before a task is told to stop. */
export type PreStopStep =
  /** Store the status, where there is one, then see that the hook runs; look again at `untilAt`. */
  | { readonly do: 'pre-stop'; readonly status?: TaskStatus; readonly untilAt: Millis }
  | { readonly do: 'wait'; readonly untilAt: Millis };

/** How long after its time is up the end of a hook may be written. */
const LATE_MS = 5_000;
/** How far apart clocks of control planes may be while nobody sets them. */
const CLOCKS_DIFFER_MS = 5_000;
/** Moments are stored in whole seconds. */
const SECOND_MS = 1_000;

/**
 * The hook of a task that runs and is to stop, then its wait; `undefined` once it may be told to. A hook
 * whose control plane died is run again in what is left of its time.
 */
export function planPreStop(task: Task, now: Millis): PreStopStep | undefined {
  const { spec, status } = task;
  const { preStop } = spec;
  if (preStop === undefined || phaseOf(task) !== 'Running') return undefined;
  const { startedAt, endedAt } = status?.preStop ?? {};
  const timeoutMs = preStop.timeoutSeconds * 1_000;
  if (startedAt === undefined) {
    const begun = { ...status, preStop: { startedAt: toTimestamp(now) } };
    return { do: 'pre-stop', status: begun, untilAt: now + timeoutMs + LATE_MS };
  }
  const since = fromTimestamp(endedAt ?? startedAt);
  if (since > now + CLOCKS_DIFFER_MS) return undefined;
  if (endedAt === undefined) {
    const untilAt = since + timeoutMs + LATE_MS;
    return now < untilAt ? { do: 'pre-stop', untilAt } : undefined;
  }
  const { waitSeconds } = preStop;
  const untilAt = waitSeconds === 0 ? since : since + waitSeconds * 1_000 + SECOND_MS;
  return now < untilAt ? { do: 'wait', untilAt } : undefined;
}
