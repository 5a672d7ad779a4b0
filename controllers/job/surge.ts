import { amountOf } from '../../src/api/amount.ts';
import type { Task } from '../../src/api/kinds.gen.ts';
import { isMoving, isMovingForRollout } from '../../src/api/task.ts';
import { type AvailabilityWorld, isAvailable, isKept } from './availability.ts';
import type { Rollout } from './rollout/rollout.ts';
import { keptVersion } from './rollout/stage.ts';
import type { SlotState } from './slots.ts';

/** Tasks that a rollout tells to move, or tells no more. */
export interface SurgePlan {
  readonly marks: readonly Task[];
  readonly unmarks: readonly Task[];
}

export const NO_SURGE: SurgePlan = { marks: [], unmarks: [] };

export interface SurgeWorld extends AvailabilityWorld {
  /** Those that are stopped in this pass need no marks. */
  readonly stopped: ReadonlySet<Task>;
}

const MOVES: ReadonlySet<Rollout['phase']> = new Set(['Progressing', 'RollingBack']);

/**
 * Tasks of another version that are of use are told to move, as many at once as `update.surge` says with
 * those that move already: what is told to move is stopped once the one that follows it is healthy, unless
 * its version is to run on beside the new one.
 */
export function planSurge(states: readonly SlotState[], world: SurgeWorld): SurgePlan {
  const held = states.filter((state) => state.is === 'held');
  const unmarks = held
    .filter(({ task, current }) => current && isMovingForRollout(task))
    .map(({ task }) => task);
  const most = amountOf(world.update.surge, states.length);
  if (most === 0 || !MOVES.has(world.rollout?.phase ?? 'Complete')) return { marks: [], unmarks };
  const moving = held.filter(({ task }) => isMoving(task)).length;
  const kept = keptVersion(world.rollout, world.update);
  const isOfUse = (state: SlotState) =>
    isAvailable(state, world) || (state.is === 'held' && isKept(state.task, kept));
  const marks = held
    .filter((state) => !state.current && !state.leaving && !isMoving(state.task) && isOfUse(state))
    .map(({ task }) => task)
    .filter((task) => !world.stopped.has(task))
    .slice(0, Math.max(0, most - moving))
    .filter((task) => {
      return world.ledger.take({ task, cause: 'Rollout', breaks: false }) === undefined;
    });
  return { marks, unmarks };
}
