import type { Millis } from '../api/object.ts';
import type { Clock } from './port.ts';

/** For how long pieces of work may follow each other in one turn of the event loop. */
const SHIFT_MS = 10;

/** Sees to it that whatever else there is has its turn between pieces of work that wait for nothing. */
export interface Shift {
  /**
   * Whether a piece may begin now, as it then must: not where those of this turn of the event loop have taken
   * long. By a clock that stands still they never have.
   */
  mayBegin(): boolean;
  /** Resolves in the next turn. */
  next(): Promise<void>;
}

export function createShift(clock: Pick<Clock, 'now'>): Shift {
  let waiting: (() => void)[] = [];
  let began: Millis | undefined;

  function endShift(): void {
    const woken = waiting;
    waiting = [];
    began = undefined;
    for (const wake of woken) wake();
  }

  return {
    mayBegin() {
      if (began !== undefined) return clock.now() - began < SHIFT_MS;
      began = clock.now();
      setImmediate(endShift);
      return true;
    },
    next: () => new Promise((resume) => waiting.push(resume)),
  };
}
