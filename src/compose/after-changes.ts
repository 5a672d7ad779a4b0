import { asTitanError } from '../api/error.ts';
import type { Clock, Log } from '../runtime/port.ts';

export interface AfterChanges {
  readonly clock: Clock;
  readonly log: Log;
  /** Calls after each change, until the returned function is called. */
  readonly follow: (listener: () => void) => () => void;
  /** Brings everything to what it should be. What fails is tried again. */
  readonly pass: () => Promise<void>;
  /** What is said when a pass fails for good. */
  readonly failure: string;
}

const SETTLE_MS = 50;
const RETRY_MS = 5_000;

/** Passes once some time after changes, however many they were, until `signal` aborts. */
export function passAfterChanges(options: AfterChanges, signal: AbortSignal): void {
  const { clock, log, follow, pass, failure } = options;
  let waiting = false;

  function look(delayMs: number): void {
    if (waiting || signal.aborted) return;
    waiting = true;
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener('abort', cancel);
      waiting = false;
      pass().catch((thrown) => {
        const { retryable, message } = asTitanError(thrown);
        if (!retryable) log.warn(failure, { error: message });
        look(RETRY_MS);
      });
    });
    signal.addEventListener('abort', cancel, { once: true });
  }

  const stop = follow(() => look(SETTLE_MS));
  signal.addEventListener('abort', stop, { once: true });
}
