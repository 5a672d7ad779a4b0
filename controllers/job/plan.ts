import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis } from '../../src/api/object.ts';
import { type Partition, partitionOf } from '../../src/api/partition.ts';
import {
  hashText,
  holdsSlot,
  isMoving,
  isNotStarted,
  isReady,
  isReplaceable,
  phaseOf,
  phaseSince,
} from '../../src/api/task.ts';
import { shapeText, taskShape } from '../../src/api/task-shape.ts';
import { type Share, type ShareWorld, type Slot, shareOf } from './share.ts';
import { type Attempt, type Holders, holdersBySlot, type SlotState, stateOf } from './slots.ts';

export interface JobWorld extends ShareWorld {
  readonly now: Millis;
  /** Whether the fault domain has lost many agents at once: what runs is then left alone. */
  readonly frozen: boolean;
  /** Tasks that may be made now, whatever the job asks for. */
  readonly launchesLeft: number;
  /** How many of them may stand in for tasks that were lost by no fault of their program. */
  readonly replacementsLeft: number;
}

export interface Creation extends Slot {
  readonly next: Attempt;
}

export type StopReason = 'JobDeleted' | 'ScaledDown' | 'Surplus' | 'Moved' | 'NewRevision';

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
  /** How many stops wait until the fault domain has its agents back. */
  readonly held: number;
  /** When the first back-off ends, or anything else changes by itself; `Infinity` where nothing does. */
  readonly wakeAt: Millis;
}

/** Tasks of one job that may be on their way to running at once, unless they start together. */
const NOT_STARTED_MAX = 300;
/** The share of a job's tasks here that a rollout may have down at once. */
const UNAVAILABLE_SHARE = 0.25;
/** When to look again where a bound on launches was met. */
const LAUNCHES_AGAIN_MS = 1_000;

/** A hash of what a job's tasks run: tasks of another one are replaced. How they are stopped is no part of it. */
export function revisionOf(job: Job): string {
  const { killWaitSeconds: _, ...shape } = taskShape(job);
  return hashText(shapeText(shape));
}

/**
 * Decides which tasks to make and which to stop so that each wanted slot holds one live task of the
 * job's newest revision, or has ended for good.
 *
 * - A task is made only where its slot holds no live one (one that is being stopped is live, one that
 *   is cut off for long is not in the way), and only while fewer live here than are wanted. One that is
 *   to move lives on until the one that follows it runs; that of an exclusive job ends first.
 * - Where a task returned to a slot that another took, one is kept.
 * - Slots above the count are given up, whatever is in them, unless the domain has lost many agents.
 * - A new revision first replaces what does not run, then what runs, in the order of the slots, as
 *   long as at most a quarter of the slots (at least one) are without a running task.
 */
export function planJob(job: Job, world: JobWorld): JobPlan {
  const share = shareOf(job, world);
  const revision = revisionOf(job);
  if (isDeleting(job)) return planDeletion(share, revision, world.tasks);
  const partition = partitionOf(job);
  const preference = { onReturn: partition.onReturn, revision, agents: world.agents };
  const holders = holdersBySlot(world.tasks, preference);
  const states = share.slots.map((slot) =>
    stateOf(slot, holders.get(slot.slot), { job, revision }),
  );
  const wanted = share.isWithheld ? [] : creationsOf(states, partition, world.now);
  const room = roomFor(job, world.tasks, share.slots.length);
  const creates = withinLimits(wanted.slice(0, room), world);
  const excess = excessOf(states, holders);
  const due = world.frozen ? excess.filter(({ why }) => why !== 'ScaledDown') : excess;
  const stops = [...due, ...breaks(states, partition), ...outdated(states, partition, world.now)];
  const isCut = creates.length < Math.min(wanted.length, room);
  const wakeAt = Math.min(
    isCut ? world.now + LAUNCHES_AGAIN_MS : Number.POSITIVE_INFINITY,
    ...states.map((state) => changesAt(state, partition)).filter((at) => at > world.now),
  );
  return { share, revision, states, creates, stops, held: excess.length - due.length, wakeAt };
}

function planDeletion(share: Share, revision: string, tasks: readonly Task[]): JobPlan {
  const stops = tasks
    .filter((task) => !isDeleting(task))
    .map((task): Stop => ({ task, why: 'JobDeleted' }));
  const wakeAt = Number.POSITIVE_INFINITY;
  return { share, revision, states: [], creates: [], stops, held: 0, wakeAt };
}

/** What is to be made: in vacant slots, and beside tasks that are to move. */
function creationsOf(
  states: readonly SlotState[],
  { exclusive }: Partition,
  now: Millis,
): readonly Creation[] {
  return states.flatMap((state) => {
    if (state.is === 'vacant')
      return state.dueAt <= now ? [{ ...state.slot, next: state.next }] : [];
    if (state.is !== 'held' || state.successor === undefined || state.leaving) return [];
    const moves = !exclusive && state.slot.agent === undefined;
    return moves ? [{ ...state.slot, next: state.successor }] : [];
  });
}

/** As many as may be made now: a bound on replacements holds back no other. */
function withinLimits(wanted: readonly Creation[], world: JobWorld): readonly Creation[] {
  let replacements = world.replacementsLeft;
  const allowed = wanted.filter((creation) => !isReplacement(creation) || replacements-- > 0);
  return allowed.slice(0, world.launchesLeft);
}

/** Whether it stands in for a task that was lost, or is cut off, by no fault of its program. */
export function isReplacement({ next: { after } }: Creation): boolean {
  return after !== undefined && (isReplaceable(after) || after.status?.fault === 'System');
}

function roomFor({ spec }: Job, tasks: readonly Task[], wanted: number): number {
  const holding = tasks.filter(holdsSlot);
  const starting = holding.filter(isNotStarted);
  const staying = holding.filter((task) => !isMoving(task) || isDeleting(task));
  const most = spec.gang === undefined ? NOT_STARTED_MAX : wanted;
  return Math.max(0, Math.min(wanted - staying.length, most - starting.length));
}

/**
 * Live tasks that hold no wanted slot, that hold one which another holds rather, and that are cut off
 * while their slot has ended for good.
 */
function excessOf(
  states: readonly SlotState[],
  holders: ReadonlyMap<string, Holders>,
): readonly Stop[] {
  const wanted = new Map(states.map((state) => [state.slot.slot, state]));
  return [...holders]
    .flatMap(([slot, { holding, away }]): readonly Stop[] => {
      const state = wanted.get(slot);
      if (state === undefined) return stopsOf([...holding, ...away], 'ScaledDown');
      if (state.is === 'succeeded' || state.is === 'failed') return stopsOf(away, 'Surplus');
      const [kept, ...others] = holding;
      if (kept === undefined || (isMoving(kept) && !isDeleting(kept))) return [];
      return others.flatMap((task) => stopsOf([task], isMoving(task) ? 'Moved' : 'Surplus'));
    })
    .filter(({ task }) => !isDeleting(task));
}

function stopsOf(tasks: readonly Task[], why: StopReason): readonly Stop[] {
  return tasks.map((task) => ({ task, why }));
}

/** Tasks that are to move and that nothing may run beside: they end first. */
function breaks(states: readonly SlotState[], { exclusive }: Partition): readonly Stop[] {
  return states.flatMap((state): readonly Stop[] => {
    if (state.is !== 'held' || state.successor === undefined || state.leaving) return [];
    return exclusive || state.slot.agent !== undefined ? [{ task: state.task, why: 'Moved' }] : [];
  });
}

function outdated(
  states: readonly SlotState[],
  partition: Partition,
  now: Millis,
): readonly Stop[] {
  const old = states.filter((state) => state.is === 'held' && !state.current && !state.leaving);
  const tasks = old.flatMap((state) => (state.is === 'held' ? [state.task] : []));
  const down = states.filter((state) => !isAvailable(state, partition, now)).length;
  const allowed = Math.max(1, Math.ceil(states.length * UNAVAILABLE_SHARE)) - down;
  const idle = tasks.filter((task) => phaseOf(task) !== 'Running');
  const running = tasks.filter((task) => phaseOf(task) === 'Running');
  return stopsOf([...idle, ...running.slice(0, Math.max(0, allowed))], 'NewRevision');
}

function isAvailable(state: SlotState, partition: Partition, now: Millis): boolean {
  if (state.is === 'held') {
    return !state.leaving && isReady(state.task) && countsAsRunning(state.task, partition, now);
  }
  return state.is === 'succeeded';
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
function changesAt(state: SlotState, { suspectAfterMs }: Partition): Millis {
  if (state.is === 'vacant') return state.dueAt;
  if (state.is !== 'held' || !isCutOff(state.task)) return Number.POSITIVE_INFINITY;
  return phaseSince(state.task) + suspectAfterMs;
}
