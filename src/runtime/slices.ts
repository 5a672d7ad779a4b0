import type { Clock } from './port.ts';
import { shiftOf } from './shift.ts';

/** Runs the steps to their end, and lets others have a turn whenever they, or others, have gone on for long. */
export async function inSlices<T>(
  steps: Generator<void, T>,
  clock: Pick<Clock, 'elapsed'>,
): Promise<T> {
  const shift = shiftOf(clock);
  for (;;) {
    if (!shift.mayBegin()) await shift.next();
    do {
      const { done, value } = steps.next();
      if (done) return value;
    } while (shift.mayGoOn());
  }
}
