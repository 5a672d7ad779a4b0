import { isBatch } from '../../src/api/batch.ts';
import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis } from '../../src/api/object.ts';
import { phaseOf } from '../../src/api/task.ts';

/** Of so many tasks that ended last the median is taken. */
const LAST = 25;

/**
 * How many seconds a task of the batch job runs, on the median of the last that ended well and are still
 * known; where none is, as it was known before. A service runs until it is stopped, so nothing is learnt.
 */
export function typicalSeconds(
  job: Job,
  tasks: readonly Task[],
  before: number | undefined,
): number | undefined {
  if (!isBatch(job)) return undefined;
  const runs = tasks
    .flatMap((task) => runOf(task) ?? [])
    .toSorted((a, b) => b.endedAt - a.endedAt)
    .slice(0, LAST)
    .map(({ seconds }) => seconds)
    .toSorted((a, b) => a - b);
  return runs[Math.floor(runs.length / 2)] ?? before;
}

interface Run {
  readonly endedAt: Millis;
  readonly seconds: number;
}

function runOf(task: Task): Run | undefined {
  const { startedAt, finishedAt } = task.status ?? {};
  const isKnown = startedAt !== undefined && finishedAt !== undefined;
  if (phaseOf(task) !== 'Succeeded' || !isKnown) return undefined;
  const endedAt = fromTimestamp(finishedAt);
  return {
    endedAt,
    seconds: Math.max(1, Math.round((endedAt - fromTimestamp(startedAt)) / 1_000)),
  };
}
