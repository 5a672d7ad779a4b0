import type { Millis } from '../api/object.ts';
import type { Clock } from './port.ts';

/** For how long pieces of work may follow each other in one turn of the event loop. */
const SHIFT_MS = 10;

/** Sees to it that whatever else there is has its turn between pieces of work that wait for nothing. */
export interface Shift {
  /**
   * Resolves when a piece may begin: soon, or in a later turn where the pieces of this one have taken long. By a
   * clock that stands still they never have.
   */
  turn(): Promise<void>;
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

  function begin(): void {
    if (began !== undefined) return;
    began = clock.now();
    setImmediate(endShift);
  }

  return {
    async turn() {
      while (began !== undefined && clock.now() - began >= SHIFT_MS) {
        await new Promise<void>((resume) => waiting.push(resume));
      }
      begin();
    },
  };
}
