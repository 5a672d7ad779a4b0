import type { Millis } from '../api/object.ts';
import type { Clock } from './port.ts';

/** For how long pieces of work may follow each other in one turn of the event loop. */
const SHIFT_MS = 10;

/** Sees to it that whatever else there is has its turn between pieces of work that wait for nothing. */
export interface Shift {
  /** Whether no more may be begun in this turn of the event loop. Never, by a clock that stands still. */
  readonly isOver: boolean;
  /** A piece of work begins. */
  begin(): void;
  /** Resolves in the next turn. */
  next(): Promise<void>;
}

export function createShift(clock: Pick<Clock, 'now'>): Shift {
  let waiting: (() => void)[] = [];
  let began: Millis | undefined;

  function turn(): void {
    const woken = waiting;
    waiting = [];
    began = undefined;
    for (const wake of woken) wake();
  }

  return {
    get isOver() {
      return began !== undefined && clock.now() - began >= SHIFT_MS;
    },
    begin() {
      if (began !== undefined) return;
      began = clock.now();
      setImmediate(turn);
    },
    next: () => new Promise((resume) => waiting.push(resume)),
  };
}
