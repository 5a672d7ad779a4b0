import { amountOf } from './amount.ts';
import type { Job } from './kinds.gen.ts';
import { MAX_UNAVAILABLE, updateOf } from './update.ts';

/**
 * How many of so many tasks of a job here may be without a running task at once, or on their way to
 * another agent, whatever the cause: a rollout, preemption or rebalancing. Those that are down by no
 * choice count too. One is always allowed.
 */
export function disruptionsOf(job: Job | undefined, tasks: number): number {
  const share = job === undefined ? MAX_UNAVAILABLE : updateOf(job).maxUnavailable;
  return Math.max(1, amountOf(share, tasks));
}
