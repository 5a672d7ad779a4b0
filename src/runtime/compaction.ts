import { asTitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Revision, Store } from '../store/port.ts';
import type { Clock, Log } from './port.ts';

const EVERY_MS: Millis = 300_000;

export interface CompactionOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Lets the store forget its history every five minutes, but for the last five to ten, as Kubernetes
 * does: etcd does not by itself, and would be full one day. Never at the start, so that those who
 * were away for a moment can go on where they were. Ends when `signal` aborts.
 */
export async function compactForever(
  { store, clock, log }: CompactionOptions,
  signal: AbortSignal,
): Promise<void> {
  let before: Revision | undefined;
  while (!signal.aborted) {
    try {
      const now = await store.revision();
      if (before !== undefined && before > 0) await store.compact(before);
      before = now;
    } catch (thrown) {
      log.warn('the store was not compacted', { error: asTitanError(thrown).message });
    }
    await clock.sleep(EVERY_MS, signal);
  }
}
