import { batchOf } from '../../src/api/batch.ts';
import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis, toTimestamp } from '../../src/api/object.ts';
import {
  holdsSlot,
  isLost,
  isMoving,
  isMovingForRollout,
  isNotStarted,
} from '../../src/api/task.ts';
import type { JobWorld } from './plan.ts';
import { isDue } from './retry.ts';
import type { Slot } from './share.ts';
import type { Attempt, SlotState } from './slots.ts';
import type { View } from './view.ts';

export interface Creation extends Slot {
  /** What it is to run. */
  readonly revision: string;
  readonly next: Attempt;
}

/** What is to be made: in vacant slots, and beside tasks that are to move. */
export function creationsOf(
  { states, versionOf }: View,
  moves: ReadonlySet<Task>,
  now: Millis,
): readonly Creation[] {
  const made = (slot: Slot, next: Attempt) => ({ ...slot, next, revision: versionOf(slot.slot) });
  const creations: Creation[] = [];
  for (const state of states) {
    if (state.is === 'vacant') {
      if (isDue(state.dueAt, now)) creations.push(made(state.slot, state.next));
    } else if (state.is === 'held' && state.successor !== undefined && !state.leaving) {
      const mayStart = moves.has(state.task) && isDue(state.successor.dueAt, now);
      if (mayStart) creations.push(made(state.slot, state.successor.next));
    }
  }
  return creations;
}

/** How many may be made now beside tasks that move, once all that is vacant, or moves already, has what it needs. */
export function startsBeside(
  states: readonly SlotState[],
  { world, room }: { readonly world: JobWorld; readonly room: number },
): number {
  const { now, launchesLeft } = world;
  const others = states.filter((state) => {
    if (state.is === 'vacant') return isDue(state.dueAt, now);
    if (state.is !== 'held' || state.successor === undefined || state.leaving) return false;
    const isUnderWay = isMovingForRollout(state.task) || state.successor.next.after !== undefined;
    return isUnderWay && isDue(state.successor.dueAt, now);
  });
  return Math.min(room, launchesLeft, ownLeft(world)) - others.length;
}

/** As many as may be made now: a bound on replacements holds back no other. */
export function withinLimits(wanted: readonly Creation[], world: JobWorld): readonly Creation[] {
  let replacements = world.replacementsLeft;
  const allowed = wanted.filter((creation) => !isReplacement(creation) || replacements-- > 0);
  return allowed.slice(0, Math.max(0, Math.min(world.launchesLeft, ownLeft(world))));
}

/** What the job may still start in this second: its tasks themselves say what it has started. */
function ownLeft({ tasks, jobLaunchesPerSecond, now }: JobWorld): number {
  const second = toTimestamp(now);
  let left = jobLaunchesPerSecond;
  for (const { metadata } of tasks) if (metadata.creationTimestamp === second) left -= 1;
  return left;
}

/** Whether it stands in for a task that was lost, or is cut off. */
export function isReplacement({ next: { after } }: Creation): boolean {
  return after !== undefined && isLost(after);
}

interface RoomParts {
  readonly world: JobWorld;
  /** Tasks that are stopped in this pass: they live yet. */
  readonly going: ReadonlySet<Task>;
  readonly instances: number;
}

/** How many more may live, and be on their way to running, than do. */
export function roomFor(job: Job, { world, going, instances }: RoomParts): number {
  const { parallelism = Number.POSITIVE_INFINITY } = batchOf(job) ?? {};
  const wanted = Math.min(instances, parallelism);
  const most = job.spec.gang === undefined ? world.jobTasksStarting : wanted;
  let [staying, starting] = [unreadHolders(world), 0];
  for (const task of world.tasks) {
    if (!holdsSlot(task)) continue;
    if (isNotStarted(task)) starting += 1;
    if (!isMoving(task) || isDeleting(task) || going.has(task)) staying += 1;
  }
  return Math.max(0, Math.min(wanted - staying, most - starting));
}

/** Instances that nothing is seen to hold, and that for all that is known a task runs in whose record cannot be read. */
function unreadHolders({ tasks, unreadable }: JobWorld): number {
  if (unreadable.size === 0) return 0;
  const held = new Set(tasks.filter(holdsSlot).map(({ spec }) => spec.slot));
  return [...unreadable.keys()].filter((slot) => !held.has(slot)).length;
}
