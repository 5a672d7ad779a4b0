import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis } from '../../src/api/object.ts';
import { isLive } from '../../src/api/task.ts';
import { sequelOf } from './retry.ts';
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
    }
  | { readonly is: 'vacant'; readonly slot: Slot; readonly next: Attempt; readonly dueAt: Millis }
  /** It ended, and the job says that this is the end of it. */
  | { readonly is: 'succeeded' | 'failed'; readonly slot: Slot };

/** The next attempt of an instance. */
export interface Attempt {
  readonly attempt: number;
  readonly retries: number;
  readonly freeRestarts: number;
  /** The one that ended before it. */
  readonly after?: Task;
}

/** The tasks of one slot: those that live, and the newest that has ended. */
export interface Holders {
  readonly live: readonly Task[];
  readonly ended: Task | undefined;
}

export function holdersBySlot(tasks: readonly Task[]): ReadonlyMap<string, Holders> {
  const slots = new Map<string, { live: Task[]; ended: Task | undefined }>();
  for (const task of tasks.toSorted((a, b) => a.spec.attempt - b.spec.attempt)) {
    const holders = slots.get(task.spec.slot) ?? { live: [], ended: undefined };
    if (isLive(task)) holders.live.push(task);
    else holders.ended = task;
    slots.set(task.spec.slot, holders);
  }
  return slots;
}

/** The task that counts where a slot has several: the oldest, which is the one that runs longest. */
export function stateOf(
  slot: Slot,
  holders: Holders | undefined,
  { job, revision }: { readonly job: Job; readonly revision: string },
): SlotState {
  const [task] = holders?.live ?? [];
  if (task !== undefined) {
    const current = task.spec.revision === revision;
    return { is: 'held', slot, task, current, leaving: isDeleting(task) };
  }
  const ended = holders?.ended;
  if (ended === undefined) return vacant(slot, { attempt: 0, retries: 0, freeRestarts: 0 }, 0);
  const attempt = ended.spec.attempt + 1;
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
