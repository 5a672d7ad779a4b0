import { hasReason } from '../api/error.ts';
import { TASK, type Task } from '../api/kinds.gen.ts';
import { type MoveWish, withMove } from '../api/task.ts';
import type { Client } from '../registry/port.ts';

/** Says of tasks that they are to move. Their jobs start others first, and stop them once those run. */
export interface Mover {
  move(task: Task, wish: MoveWish): Promise<void>;
  /** It stays after all: what was to follow it is stopped. */
  stay(task: Task): Promise<void>;
}

/** A task that has gone or changed meanwhile is left to the next look at it. */
export function createMover(client: Client): Mover {
  async function mark(task: Task, wish: MoveWish | undefined): Promise<void> {
    await client.update(TASK, withMove(task, wish)).catch(unlessGone);
  }

  return { move: mark, stay: (task) => mark(task, undefined) };
}

/** @throws what it is given, unless that says that the object has gone or changed meanwhile */
export function unlessGone(error: unknown): void {
  if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
}
