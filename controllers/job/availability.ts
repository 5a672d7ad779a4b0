import { amountOf } from '../../src/api/amount.ts';
import type { Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis } from '../../src/api/object.ts';
import type { Partition } from '../../src/api/partition.ts';
import { isReady, phaseOf, phaseSince } from '../../src/api/task.ts';
import type { Update } from '../../src/api/update.ts';
import type { Rollout } from './rollout/rollout.ts';
import { healthyFrom } from './rollout/view.ts';
import type { SlotState } from './slots.ts';

export interface AvailabilityWorld {
  readonly now: Millis;
  readonly partition: Partition;
  readonly update: Update;
  readonly rollout: Rollout;
}

/**
 * Tasks of a version that their instance is not to run any more, and that may be stopped now: all that
 * are of no use yet, and of the others as many as leave the rest at the healthy floor.
 */
export function outdated(states: readonly SlotState[], world: AvailabilityWorld): readonly Task[] {
  const old = states.filter((state) => state.is === 'held' && !state.current && !state.leaving);
  const [useful, useless] = [true, false].map((is) =>
    old
      .filter((state) => isAvailable(state, world) === is)
      .flatMap((state) => (state.is === 'held' ? [state.task] : [])),
  );
  const down = states.filter((state) => !isAvailable(state, world)).length;
  const { maxUnavailable, surge } = world.update;
  const least = amountOf(surge, states.length) > 0 ? 0 : 1;
  const room = Math.max(least, amountOf(maxUnavailable, states.length)) - down;
  return [...(useless ?? []), ...(useful ?? []).slice(0, Math.max(0, room))];
}

/** Whether the instance does what it is there for: one that a rollout made must have for a while. */
export function isAvailable(state: SlotState, world: AvailabilityWorld): boolean {
  if (state.is !== 'held') return state.is === 'succeeded';
  const { task, leaving } = state;
  const { partition, now } = world;
  return !leaving && isFit(task, world) && countsAsRunning(task, partition, now);
}

const OVER: ReadonlySet<Rollout['phase']> = new Set(['Complete', 'RolledBack']);

/** Whether a task is ready, and one that a rollout made has been for a while. */
export function isFit(task: Task, world: AvailabilityWorld): boolean {
  return isReady(task) && !isNew(task, world);
}

function isNew(task: Task, { rollout, update, now }: AvailabilityWorld): boolean {
  if (OVER.has(rollout.phase)) return false;
  const made = fromTimestamp(task.metadata.creationTimestamp);
  if (made < fromTimestamp(rollout.startedAt)) return false;
  return now < healthyFrom(task) + update.minHealthyMs;
}

/** Whether it runs, as far as anybody need think: a task that is cut off is not suspect at once. */
export function countsAsRunning(task: Task, partition: Partition, now: Millis): boolean {
  if (phaseOf(task) === 'Running') return true;
  return isCutOff(task) && now < phaseSince(task) + partition.suspectAfterMs;
}

function isCutOff(task: Task): boolean {
  return phaseOf(task) === 'Unreachable' && task.status?.startedAt !== undefined;
}

/** When the slot changes by itself. */
export function changesAt(state: SlotState, { suspectAfterMs }: Partition): Millis {
  if (state.is === 'vacant') return state.dueAt;
  if (state.is !== 'held') return Number.POSITIVE_INFINITY;
  if (state.successor !== undefined && state.successor.dueAt > 0) return state.successor.dueAt;
  if (!isCutOff(state.task)) return Number.POSITIVE_INFINITY;
  return phaseSince(state.task) + suspectAfterMs;
}
