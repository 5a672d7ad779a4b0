import { taskShape } from '../../src/api/job.ts';
import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis } from '../../src/api/object.ts';
import { hashText, isLive, isNotStarted, phaseOf } from '../../src/api/task.ts';
import { type Share, type ShareWorld, type Slot, shareOf } from './share.ts';
import { type Attempt, type Holders, holdersBySlot, type SlotState, stateOf } from './slots.ts';

export interface JobWorld extends ShareWorld {
  readonly now: Millis;
}

export interface Creation extends Slot {
  readonly next: Attempt;
}

export type StopReason = 'JobDeleted' | 'ScaledDown' | 'Surplus' | 'NewRevision';

export interface Stop {
  readonly task: Task;
  readonly why: StopReason;
}

export interface JobPlan {
  readonly share: Share;
  readonly revision: string;
  readonly states: readonly SlotState[];
  readonly creates: readonly Creation[];
  readonly stops: readonly Stop[];
  /** When the first back-off ends; `Infinity` where none is waited out. */
  readonly wakeAt: Millis;
}

/** Tasks of one job that may be on their way to running at once. */
const NOT_STARTED_MAX = 300;
/** The share of a job's tasks here that a rollout may have down at once. */
const UNAVAILABLE_SHARE = 0.25;

/** A hash of what a job's tasks run: tasks of another one are replaced. How they are stopped is no part of it. */
export function revisionOf(job: Job): string {
  const { killWaitSeconds: _, ...shape } = taskShape(job);
  return hashText(JSON.stringify(shape));
}

/**
 * Decides which tasks to make and which to stop so that each wanted slot holds one live task of the
 * job's newest revision, or has ended for good.
 *
 * - A task is made only where its slot holds no live one (one that is being stopped is live), and only
 *   while fewer live here than are wanted.
 * - Slots above the count are given up, whatever is in them.
 * - A new revision first replaces what does not run, then what runs, in the order of the slots, as
 *   long as at most a quarter of the slots (at least one) are without a running task.
 */
export function planJob(job: Job, world: JobWorld): JobPlan {
  const share = shareOf(job, world);
  const revision = revisionOf(job);
  if (isDeleting(job)) return planDeletion(share, revision, world.tasks);
  const holders = holdersBySlot(world.tasks);
  const states = share.slots.map((slot) =>
    stateOf(slot, holders.get(slot.slot), { job, revision }),
  );
  const vacancies = states.filter((state) => state.is === 'vacant');
  const room = roomFor(world.tasks, share.slots.length);
  const creates = vacancies
    .filter(({ dueAt }) => dueAt <= world.now)
    .slice(0, room)
    .map(({ slot, next }) => ({ ...slot, next }));
  const wakeAt = vacancies
    .filter(({ dueAt }) => dueAt > world.now)
    .reduce((soonest, { dueAt }) => Math.min(soonest, dueAt), Number.POSITIVE_INFINITY);
  const stops = [...excess(share.slots, holders), ...outdated(states)];
  return { share, revision, states, creates, stops, wakeAt };
}

function planDeletion(share: Share, revision: string, tasks: readonly Task[]): JobPlan {
  const stops = tasks
    .filter((task) => !isDeleting(task))
    .map((task): Stop => ({ task, why: 'JobDeleted' }));
  return { share, revision, states: [], creates: [], stops, wakeAt: Number.POSITIVE_INFINITY };
}

function roomFor(tasks: readonly Task[], wanted: number): number {
  const live = tasks.filter(isLive);
  const starting = live.filter(isNotStarted);
  return Math.max(0, Math.min(wanted - live.length, NOT_STARTED_MAX - starting.length));
}

/** Live tasks that hold no wanted slot, or hold one that another holds already. */
function excess(slots: readonly Slot[], holders: ReadonlyMap<string, Holders>): readonly Stop[] {
  const wanted = new Set(slots.map(({ slot }) => slot));
  return [...holders].flatMap(([slot, { live }]) => {
    const why = wanted.has(slot) ? 'Surplus' : 'ScaledDown';
    return live
      .slice(wanted.has(slot) ? 1 : 0)
      .filter((task) => !isDeleting(task))
      .map((task): Stop => ({ task, why }));
  });
}

function outdated(states: readonly SlotState[]): readonly Stop[] {
  const old = states.filter((state) => state.is === 'held' && !state.current && !state.leaving);
  const tasks = old.flatMap((state) => (state.is === 'held' ? [state.task] : []));
  const down = states.filter((state) => !isAvailable(state)).length;
  const allowed = Math.max(1, Math.ceil(states.length * UNAVAILABLE_SHARE)) - down;
  const idle = tasks.filter((task) => phaseOf(task) !== 'Running');
  const running = tasks.filter((task) => phaseOf(task) === 'Running');
  return [...idle, ...running.slice(0, Math.max(0, allowed))].map(
    (task): Stop => ({ task, why: 'NewRevision' }),
  );
}

function isAvailable(state: SlotState): boolean {
  if (state.is === 'held') return !state.leaving && phaseOf(state.task) === 'Running';
  return state.is === 'succeeded';
}
