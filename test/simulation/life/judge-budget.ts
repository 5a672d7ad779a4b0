import { budgetOf, rateLimitOf } from '../../../src/api/disruption.ts';
import type { DisruptionRequest } from '../../../src/api/disruption-request.ts';
import type { Job, Task } from '../../../src/api/kinds.gen.ts';
import type { Millis } from '../../../src/api/object.ts';
import { isOfItsAgent } from '../../../src/api/task.ts';
import { isOpen } from '../../../src/api/time-window.ts';

/** Holds what a budget has let go against its windows, its rate and its relocation limit. */
export interface BudgetJudge {
  /** @returns what it broke, if anything */
  granted(task: Task, request: DisruptionRequest, desired: number): string | undefined;
}

export function createBudgetJudge({ now, job }: { now(): Millis; job(): Job }): BudgetJudge {
  const taken: Millis[] = [];
  let location = '';
  let relocations = new Map<string, number>();

  /** What instances were put through is forgotten with those that are wanted no more. */
  function relocated({ spec }: Task): number {
    if (job().spec.location !== location) relocations = new Map();
    location = job().spec.location;
    const count = (relocations.get(spec.slot) ?? 0) + 1;
    relocations.set(spec.slot, count);
    return count;
  }

  return {
    granted(task, { cause, forced }, desired) {
      const { windows, rate, relocationLimit } = budgetOf(job());
      const { name } = task.metadata;
      const count = relocated(task);
      taken.push(now());
      if (forced || (cause === 'Drain' && isOfItsAgent(task))) return undefined;
      if (!isOpen(windows, now())) return `${name} goes outside the time windows`;
      if (count > relocationLimit) return `the instance of ${name} is moved ${count} times`;
      if (rate === undefined) return undefined;
      const since = now() - rate.intervalMs;
      const used = taken.filter((at) => at > since).length;
      const limit = rateLimitOf(rate, desired);
      return used > limit ? `${name} is the ${used}th to go, at a rate of ${limit}` : undefined;
    },
  };
}
