import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis } from '../../src/api/object.ts';
import { holdsSlot, isLive, isMoving, moveTargetOf } from '../../src/api/task.ts';
import { byPreference, type Preference } from './keeper.ts';
import { freeRestartsOf, sequelOf } from './retry.ts';
import type { Slot } from './share.ts';

/** What an instance is in now. */
export type SlotState =
  /** A task lives in it; `leaving`: it is being stopped. */
  | {
      readonly is: 'held';
      readonly slot: Slot;
      readonly task: Task;
      readonly current: boolean;
      readonly leaving: boolean;
      /** What is to follow it, where it is to move and nothing follows it yet. */
      readonly successor?: Successor;
    }
  | { readonly is: 'vacant'; readonly slot: Slot; readonly next: Attempt; readonly dueAt: Millis }
  /** It ended, and the job says that this is the end of it. */
  | { readonly is: 'succeeded' | 'failed'; readonly slot: Slot }
  /** The record of a task of it cannot be read: it is left as it is, whatever else is in it. */
  | { readonly is: 'unreadable'; readonly slot: Slot };

/** The next attempt of an instance. */
export interface Attempt {
  readonly attempt: number;
  readonly retries: number;
  readonly freeRestarts: number;
  /** The only agent that it may run on, where the one before it is to move there. */
  readonly agent?: string;
  /** The one that ended, or is cut off, before it. */
  readonly after?: Task;
}

/** What is to be made beside a task that is to move, and from when on. */
export interface Successor {
  readonly next: Attempt;
  readonly dueAt: Millis;
}

/** The tasks of one slot. */
export interface Holders {
  /** Those that are in the way of another, the one to keep first. */
  readonly holding: readonly Task[];
  /** Those that may live on agents that are cut off, while another may take their place. */
  readonly away: readonly Task[];
  /** The newest of those that have ended. */
  readonly ended: Task | undefined;
  /** The newest attempt of all. */
  readonly attempt: number;
}

/** The tasks of each slot, the newest attempt last. */
export function tasksBySlot(tasks: readonly Task[]): ReadonlyMap<string, readonly Task[]> {
  const groups = Map.groupBy(tasks, ({ spec }) => spec.slot);
  for (const group of groups.values()) {
    if (group.length > 1) group.sort((a, b) => a.spec.attempt - b.spec.attempt);
  }
  return groups;
}

export function holdersBySlot(
  groups: ReadonlyMap<string, readonly Task[]>,
  preferenceIn: (slot: string) => Preference,
): ReadonlyMap<string, Holders> {
  const holders = new Map<string, Holders>();
  for (const [slot, group] of groups) {
    const [only] = group;
    const isAlone = group.length === 1 && only !== undefined;
    holders.set(slot, isAlone ? holderOf(only, group) : holdersOf(group, preferenceIn(slot)));
  }
  return holders;
}

const NOBODY: readonly Task[] = [];

/** As `holdersOf`, where there is one task, as there mostly is: then there is nothing to prefer. */
function holderOf(task: Task, group: readonly Task[]): Holders {
  const { attempt } = task.spec;
  if (!isLive(task)) return { holding: NOBODY, away: NOBODY, ended: task, attempt };
  const holds = holdsSlot(task);
  const [holding, away] = holds ? [group, NOBODY] : [NOBODY, group];
  return { holding, away, ended: undefined, attempt };
}

function holdersOf(group: readonly Task[], preference: Preference): Holders {
  return {
    holding: byPreference(group.filter(holdsSlot), preference),
    away: group.filter((task) => isLive(task) && !holdsSlot(task)),
    ended: group.findLast((task) => !isLive(task)),
    attempt: group.at(-1)?.spec.attempt ?? -1,
  };
}

/** What an instance is to be. */
export interface Instance {
  readonly job: Job;
  readonly revision: string;
  /** Its newest attempt, whose task may be gone; absent where there was none. */
  readonly known?: number | undefined;
}

/** What the slot is in: by the task to keep where any holds it, else by the newest that did. */
export function stateOf(
  slot: Slot,
  holders: Holders | undefined,
  { job, revision, known = -1 }: Instance,
): SlotState {
  const attempt = Math.max(holders?.attempt ?? -1, known) + 1;
  if (holders === undefined) return vacant(slot, { attempt, retries: 0, freeRestarts: 0 }, 0);
  const [task] = holders.holding;
  if (task !== undefined) {
    const current = task.spec.revision === revision;
    const state = { is: 'held', slot, task, current, leaving: isDeleting(task) } as const;
    if (!isMoving(task) || holders.holding.length > 1) return state;
    const successor = successorOf(task, holders, { job, revision, attempt });
    return successor === undefined ? state : { ...state, successor };
  }
  const away = holders.away.at(-1);
  if (away !== undefined && away.spec.attempt > (holders.ended?.spec.attempt ?? -1)) {
    return vacant(slot, { ...following(away, attempt), after: away }, 0);
  }
  return holders.ended === undefined
    ? vacant(slot, { attempt, retries: 0, freeRestarts: 0 }, 0)
    : afterEnd(slot, holders.ended, { job, revision, attempt });
}

/** What follows a task that is to move; where one that followed it has ended, after its back-off, and at once where it is cut off. */
function successorOf(task: Task, holders: Holders, after: After): Successor | undefined {
  const { ended, away } = holders;
  const { revision, attempt } = after;
  const agent = moveTargetOf(task);
  const there = agent === undefined ? {} : { agent };
  const lost = away.at(-1);
  const last = Math.max(task.spec.attempt, ended?.spec.attempt ?? -1);
  if (lost !== undefined && lost.spec.attempt > last) {
    return { next: { ...following(lost, attempt), after: lost, ...there }, dueAt: 0 };
  }
  if (ended !== undefined && ended.spec.attempt > task.spec.attempt) {
    const state = afterEnd({ slot: task.spec.slot }, ended, after);
    return state.is === 'vacant'
      ? { next: { ...state.next, ...there }, dueAt: state.dueAt }
      : undefined;
  }
  const isSame = task.spec.revision === revision;
  const next = isSame ? following(task, attempt) : { attempt, retries: 0, freeRestarts: 0 };
  return { next: { ...next, ...there }, dueAt: 0 };
}

/** An attempt that nothing ended before: it goes on where the other was. */
function following(task: Task, attempt: number): Attempt {
  return { attempt, retries: task.spec.retries, freeRestarts: freeRestartsOf(task) };
}

interface After {
  readonly job: Job;
  readonly revision: string;
  readonly attempt: number;
}

function afterEnd(slot: Slot, ended: Task, { job, revision, attempt }: After): SlotState {
  const fresh = { attempt, retries: 0, freeRestarts: 0, after: ended };
  if (ended.spec.revision !== revision || isDeleting(ended)) return vacant(slot, fresh, 0);
  const sequel = sequelOf(ended, job);
  if (sequel.leads !== 'again') return { is: sequel.leads, slot };
  const { retries, freeRestarts, dueAt } = sequel;
  return vacant(slot, { attempt, retries, freeRestarts, after: ended }, dueAt);
}

function vacant(slot: Slot, next: Attempt, dueAt: Millis): SlotState {
  return { is: 'vacant', slot, next, dueAt };
}
