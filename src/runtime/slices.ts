import type { Clock } from './port.ts';

/** How long steps may go on before whatever else waits has its turn. */
const SLICE_MS = 10;

/** Runs the steps to their end, and lets others have a turn whenever they have gone on for long. */
export async function inSlices<T>(steps: Generator<void, T>, clock: Clock): Promise<T> {
  let began = clock.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (clock.now() - began < SLICE_MS) continue;
    await clock.sleep(0);
    began = clock.now();
  }
}
