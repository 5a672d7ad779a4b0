import type { Millis } from '../api/object.ts';
import { createLine } from './line.ts';
import type { Clock } from './port.ts';

/** For how long pieces of work may follow each other in one turn of the event loop. */
const SHIFT_MS = 10;

/**
 * Sees to it that whatever else there is has its turn between pieces of work that wait for nothing: those of one
 * turn of the event loop take no longer together than one may, and the last of them. By a clock that stands still
 * they never take long.
 */
export interface Shift {
  /** Whether a piece may begin now, as it then must: not where others wait, or this turn has taken long. */
  mayBegin(): boolean;
  /** Resolves when a piece may begin that waits, as it then must: in a later turn, and behind those that came before. */
  next(): Promise<void>;
  /** Whether who has begun may go on with another piece in the same turn. */
  mayGoOn(): boolean;
}

/** Those who go by the same clock share an event loop, and so its turns. */
const shifts = new WeakMap<Pick<Clock, 'elapsed'>, Shift>();

export function shiftOf(clock: Pick<Clock, 'elapsed'>): Shift {
  const shift = shifts.get(clock) ?? createShift(clock);
  shifts.set(clock, shift);
  return shift;
}

function createShift(clock: Pick<Clock, 'elapsed'>): Shift {
  const waiting = createLine<() => void>();
  let began: Millis | undefined;
  let isWaking = false;

  function begin(): void {
    began = clock.elapsed();
    setImmediate(() => void begins());
  }

  /** Another turn: one is woken after the other, since each may have enough to do for all of it. */
  async function begins(): Promise<void> {
    began = undefined;
    if (waiting.size === 0) return;
    begin();
    while (mayGoOn() && waiting.size > 0) {
      waiting.take()?.();
      isWaking = true;
      await Promise.resolve();
      isWaking = false;
    }
  }

  function mayGoOn(): boolean {
    return began !== undefined && clock.elapsed() - began < SHIFT_MS;
  }

  return {
    mayBegin() {
      if (began === undefined) begin();
      return waiting.size === 0 && !isWaking && mayGoOn();
    },
    next: () => new Promise((resume) => waiting.add(resume)),
    mayGoOn,
  };
}
