import type { Task } from '../../src/api/kinds.gen.ts';
import { isDeleting } from '../../src/api/object.ts';
import { isMoving, isMovingForRollout } from '../../src/api/task.ts';
import { isGoingBack } from './disruptions.ts';
import type { Stop, StopReason } from './plan.ts';
import type { Rollout } from './rollout/rollout.ts';
import type { Holders, SlotState } from './slots.ts';

export interface ExcessWorld {
  readonly states: readonly SlotState[];
  readonly holders: ReadonlyMap<string, Holders>;
  readonly rollout: Rollout;
  /** The version whose tasks run on beside those of the newest one. */
  readonly kept: string | undefined;
  versionOf(slot: string): string;
}

/**
 * Live tasks that hold no wanted slot, that hold one which another holds rather, and that are cut off
 * while their slot has ended for good.
 */
export function excessOf(world: ExcessWorld): readonly Stop[] {
  const wanted = new Map<string, SlotState>();
  for (const state of world.states) wanted.set(state.slot.slot, state);
  const stops: Stop[] = [];
  for (const [slot, { holding, away }] of world.holders) {
    const state = wanted.get(slot);
    if (state === undefined) stops.push(...stopsOf([...holding, ...away], 'ScaledDown'));
    else if (state.is === 'succeeded' || state.is === 'failed') {
      stops.push(...stopsOf(away, 'Surplus'));
    } else if (holding.length > 1) {
      const [first, ...others] = holding as readonly [Task, ...Task[]];
      stops.push(...besides(first, others, world));
    }
  }
  return stops.filter(({ task }) => !isDeleting(task));
}

export function stopsOf(tasks: readonly Task[], why: StopReason): readonly Stop[] {
  return tasks.map((task) => ({ task, why }));
}

/**
 * What need not be beside the task that holds a slot. One that makes room for another version keeps only a
 * task of that version beside it, so that a version that nobody wants any more does not stand in its way.
 */
function besides(first: Task, others: readonly Task[], world: ExcessWorld): readonly Stop[] {
  const { rollout, kept, versionOf } = world;
  const byRollout = isGoingBack(rollout.phase) ? 'RolledBack' : 'NewRevision';
  const version = versionOf(first.spec.slot);
  const isWanted = ({ spec }: Task) => spec.revision === version || spec.revision === kept;
  if (isMoving(first) && !isDeleting(first)) {
    const makesRoom = isMovingForRollout(first) && first.spec.revision !== version;
    return makesRoom
      ? stopsOf(
          others.filter((task) => !isWanted(task)),
          byRollout,
        )
      : [];
  }
  return others
    .filter(
      ({ spec }) => kept === undefined || spec.revision !== kept || first.spec.revision === kept,
    )
    .map((task) => ({ task, why: reasonFor(task, first, byRollout) }));
}

function reasonFor(task: Task, first: Task, byRollout: StopReason): StopReason {
  if (task.spec.revision !== first.spec.revision) return byRollout;
  return isMoving(task) ? 'Moved' : 'Surplus';
}
