import type { Millis } from '../api/object.ts';
import type { Clock } from './port.ts';

/** For how long small pieces of work may follow each other in one turn of the event loop. */
const SHIFT_MS = 10;

/** Sees to it that whatever else there is has its turn between pieces of work that wait for nothing. */
export interface Shift {
  /** Whether no more may be begun in this turn of the event loop. Never, by a clock that stands still. */
  readonly isOver: boolean;
  /** A piece is done. */
  spend(): void;
}

/** `next` is called in the turn after each in which something was spent. */
export function createShift(clock: Pick<Clock, 'now'>, next: () => void): Shift {
  let began: Millis | undefined;
  let isOver = false;
  return {
    get isOver() {
      return isOver;
    },
    spend() {
      if (began !== undefined) {
        isOver ||= clock.now() - began >= SHIFT_MS;
        return;
      }
      began = clock.now();
      setImmediate(() => {
        began = undefined;
        isOver = false;
        next();
      });
    },
  };
}
