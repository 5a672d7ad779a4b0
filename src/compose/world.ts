import type { Output } from '../cli/output.ts';
import type { Clock, Random } from '../runtime/port.ts';

/** What every command that runs Titan is given. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly output: Output;
  readonly version: string;
  /** Aborts when the user wants it to end. */
  readonly interrupted: () => AbortSignal;
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
