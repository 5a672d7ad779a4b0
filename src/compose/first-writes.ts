import { asTitanError } from '../api/error.ts';
import { type Backoff, backoffDelay } from '../runtime/backoff.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';

/** What a replica writes as it starts. A store that does not take it now must not keep it from serving reads. */
export interface FirstWrites {
  /** What is not written yet, and why; nothing once all is. */
  readonly lacking: string | undefined;
  /**
   * Writes once; where that may go better later, tries again with back-off until it does, or `signal` aborts.
   * Resolves after the first attempt. @throws what would go wrong again
   */
  write(what: string, write: () => Promise<void>): Promise<void>;
}

export interface FirstWritesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const BACKOFF: Backoff = { initialMs: 500, limitMs: 10_000 };

export function createFirstWrites(
  { clock, random, log }: FirstWritesOptions,
  signal: AbortSignal,
): FirstWrites {
  const waiting = new Map<string, string>();

  async function attempt(what: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
      if (waiting.delete(what)) log.info('written at last', { what });
    } catch (thrown) {
      const error = asTitanError(thrown);
      if (!waiting.has(what) && !error.retryable) throw thrown;
      waiting.set(what, error.message);
      log.warn('not written yet', { what, error: error.message });
    }
  }

  async function keepTrying(what: string, write: () => Promise<void>): Promise<void> {
    for (let count = 0; waiting.has(what); count += 1) {
      await clock.sleep(backoffDelay(count, BACKOFF, random), signal);
      if (signal.aborted) return;
      await attempt(what, write);
    }
  }

  return {
    get lacking() {
      const texts = [...waiting].map(([what, error]) => `${what}: ${error}`);
      return texts.length === 0 ? undefined : `not written yet: ${texts.join('; ')}`;
    },
    async write(what, write) {
      await attempt(what, write);
      void keepTrying(what, write);
    },
  };
}
