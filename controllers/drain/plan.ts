import { type DrainWish, drainWishOf, MAINTENANCE_LEAD_MS } from '../../src/api/agent.ts';
import type { Agent, Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis } from '../../src/api/object.ts';
import { isMoving, isOfItsAgent, moveTargetOf } from '../../src/api/task.ts';

export interface DrainWorld {
  /** Live tasks on the agent. */
  readonly tasks: readonly Task[];
  /** Whether the task is to end by itself: that of a batch job. */
  endsByItself(task: Task): boolean;
  readonly now: Millis;
}

export interface DrainPlan {
  /** Tasks that are to be told to move, now. */
  readonly moves: readonly Task[];
  /** Tasks that are to be stopped, whether anything follows them or not. */
  readonly stops: readonly Task[];
  /** Tasks that need not move any more. */
  readonly stays: readonly Task[];
  /** When the deadline is; `Infinity` where there is none, or it is over. */
  readonly wakeAt: Millis;
}

const PARALLEL = 3;

/**
 * Empties an agent: a few tasks at a time, those last that run one on each agent. Those that end by
 * themselves are waited for, until the deadline.
 */
export function planDrain(agent: Agent, world: DrainWorld): DrainPlan {
  const { tasks, now } = world;
  const drain = drainWishOf(agent, now);
  const never = Number.POSITIVE_INFINITY;
  if (drain === undefined) {
    const wakeAt = maintenanceAt(agent);
    return { moves: [], stops: [], stays: tasks.filter(isLeaving), wakeAt };
  }
  const staying = tasks.filter((task) => !isDeleting(task));
  const deadline = deadlineOf(agent, drain, now);
  if (now >= deadline) return { moves: [], stops: staying, stays: [], wakeAt: never };
  const under = tasks.length - staying.length + staying.filter(isMoving).length;
  const room = Math.max(0, (drain.maxParallel ?? PARALLEL) - under);
  const willing = staying.filter((task) => !isMoving(task) && !world.endsByItself(task));
  const free = willing.filter((task) => !isOfItsAgent(task));
  const others = tasks.some((task) => !isOfItsAgent(task));
  const moves = (others ? free : willing).toSorted(byName).slice(0, room);
  return { moves, stops: [], stays: [], wakeAt: deadline };
}

/** Whether it moves because its agent is to be emptied, and not to a place of its own. */
function isLeaving(task: Task): boolean {
  return isMoving(task) && moveTargetOf(task) === undefined;
}

/** When it is to be emptied because its machine will be away; `Infinity` where it won't. */
function maintenanceAt({ status }: Agent): Millis {
  const { startTime } = status?.maintenance ?? {};
  if (startTime === undefined) return Number.POSITIVE_INFINITY;
  return fromTimestamp(startTime) - MAINTENANCE_LEAD_MS;
}

function deadlineOf(
  { status }: Agent,
  { deadlineSeconds: seconds }: DrainWish,
  now: Millis,
): Millis {
  if (seconds === undefined) return Number.POSITIVE_INFINITY;
  const { startedAt } = status?.drain ?? {};
  return (startedAt === undefined ? now : fromTimestamp(startedAt)) + seconds * 1_000;
}

function byName(a: Task, b: Task): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
