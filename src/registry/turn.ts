import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../runtime/port.ts';

/** How long, in milliseconds, one piece of work may keep all others waiting. */
const TURN_MS = 5;

/** Cuts long work in turns by time, since by count nobody knows how long one takes. */
export interface Turn {
  /** Whether it is for others to go on. Never, by a clock that stands still. */
  isOver(): boolean;
  /** Resolves when everybody else had their turn. */
  next(): Promise<void>;
}

export function createTurn(clock: Pick<Clock, 'now'>): Turn {
  let began = clock.now();
  return {
    isOver: () => clock.now() - began >= TURN_MS,
    async next() {
      await setImmediate();
      began = clock.now();
    },
  };
}
