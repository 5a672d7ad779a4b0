import {
  type DisruptionRequest,
  type MoveWish,
  withEviction,
  withMove,
} from '../api/disruption-request.ts';
import { hasReason } from '../api/error.ts';
import { TASK, type Task } from '../api/kinds.gen.ts';
import type { Client } from '../registry/port.ts';

/**
 * Asks of tasks that they move, or that they are stopped. Their jobs do so as soon as their disruption
 * budgets allow: others are started first where that can be.
 */
export interface Mover {
  move(task: Task, wish: MoveWish): Promise<void>;
  /** It is stopped before another runs in its place. */
  evict(task: Task, wish: Omit<DisruptionRequest, 'evicts'>): Promise<void>;
  /** It stays after all: what was to follow it is stopped. */
  stay(task: Task): Promise<void>;
}

/** A task that has gone or changed meanwhile is left to the next look at it. */
export function createMover(client: Client): Mover {
  async function write(task: Task): Promise<void> {
    await client.update(TASK, task).catch(unlessGone);
  }

  return {
    move: (task, wish) => write(withMove(task, wish)),
    evict: (task, wish) => write(withEviction(task, wish)),
    stay: (task) => write(withMove(task, undefined)),
  };
}

/** @throws what it is given, unless that says that the object has gone or changed meanwhile */
export function unlessGone(error: unknown): void {
  if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
}
