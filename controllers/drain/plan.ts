import { type DrainWish, drainWishOf, MAINTENANCE_LEAD_MS } from '../../src/api/agent.ts';
import type { Agent, Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis } from '../../src/api/object.ts';
import { isMoving, isOfItsAgent, moveTargetOf } from '../../src/api/task.ts';
import type { Refusal } from '../../src/scheduling/disruption/ledger.ts';

export interface DrainWorld {
  /** Live tasks on the agent. */
  readonly tasks: readonly Task[];
  /** Whether the task is to end by itself: that of a batch job. */
  endsByItself(task: Task): boolean;
  /** Why its job does not let the task go now; `undefined` where it does. */
  refusal(task: Task): Refusal | undefined;
  readonly now: Millis;
}

export interface RefusedTask extends Refusal {
  readonly task: Task;
}

export interface DrainPlan {
  /** Tasks that are to be told to move, now. */
  readonly moves: readonly Task[];
  /** Tasks that are to be stopped, whether anything follows them or not. */
  readonly stops: readonly Task[];
  /** Tasks that need not move any more. */
  readonly stays: readonly Task[];
  /** What jobs do not let go now. */
  readonly refused: readonly RefusedTask[];
  /** When the deadline is; `Infinity` where there is none, or it is over. */
  readonly wakeAt: Millis;
}

const PARALLEL = 3;

/** When to ask again what has been refused, where nothing else has one look again. */
const ASK_AGAIN_MS = 10_000;

/**
 * Empties an agent: a few tasks at a time, those last that run one on each agent. Those that end by
 * themselves are waited for, until the deadline; those that their jobs do not let go keep no other waiting.
 * One whose owner is to move it is told so at once.
 */
export function planDrain(agent: Agent, world: DrainWorld): DrainPlan {
  const { tasks, now } = world;
  const drain = drainWishOf(agent, now);
  const never = Number.POSITIVE_INFINITY;
  if (drain === undefined) {
    const wakeAt = maintenanceAt(agent);
    return { ...NOTHING, stays: tasks.filter(isLeaving), wakeAt };
  }
  const staying = tasks.filter((task) => !isDeleting(task));
  const deadline = deadlineOf(agent, drain, now);
  if (now >= deadline) return { ...NOTHING, stops: staying, wakeAt: never };
  const marked = staying.filter(isMoving);
  const asked = ask(marked, marked.length, world);
  const under = tasks.length - staying.length + asked.granted.length;
  const willing = staying.filter((task) => !isMoving(task) && !world.endsByItself(task));
  const free = willing.filter((task) => !isOfItsAgent(task));
  const others = tasks.some((task) => !isOfItsAgent(task));
  const due = (others ? free : willing).toSorted(byName);
  const next = ask(due, Math.max(0, (drain.maxParallel ?? PARALLEL) - under), world);
  const told = next.refused.filter(({ layer }) => layer === 'SelfManaged');
  const refused = [...asked.refused, ...next.refused];
  const againAt = refused.length === 0 ? never : now + ASK_AGAIN_MS;
  return {
    ...NOTHING,
    moves: [...told.map(({ task }) => task), ...next.granted],
    refused,
    wakeAt: Math.min(deadline, againAt),
  };
}

/** Asks for one after the other until as many are granted as there is room for. */
function ask(
  tasks: readonly Task[],
  room: number,
  { refusal }: DrainWorld,
): { readonly granted: readonly Task[]; readonly refused: readonly RefusedTask[] } {
  const granted: Task[] = [];
  const refused: RefusedTask[] = [];
  for (const task of tasks) {
    if (granted.length >= room) break;
    const found = refusal(task);
    if (found === undefined) granted.push(task);
    else refused.push({ ...found, task });
  }
  return { granted, refused };
}

const NOTHING = { moves: [], stops: [], stays: [], refused: [] } as const;

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
