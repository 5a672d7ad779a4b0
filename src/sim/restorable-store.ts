import { TitanError } from '../api/error.ts';
import type { Clock } from '../runtime/port.ts';
import { type MemoryStore, memoryStore, type Snapshot } from '../store/memory.ts';
import type { Store } from '../store/port.ts';

/** A store that can be set back, as one is that is restored from a snapshot: its revisions go back, too. */
export interface RestorableStore extends Store {
  snapshot(): Snapshot;
  /** From now on it has what the snapshot has; who watches is sent away. */
  restore(snapshot: Snapshot): void;
}

/** @param restored told each time, before anybody sees it */
export function restorableStore(clock: Clock, restored: () => void): RestorableStore {
  let now: MemoryStore = memoryStore({ clock });
  let breaking = new AbortController();
  return {
    get: (key) => now.get(key),
    range: (prefix, options) => now.range(prefix, options),
    async *watch(prefix, options, signal) {
      yield* now.watch(prefix, options, AbortSignal.any([signal, breaking.signal]));
      if (!signal.aborted) throw new TitanError('ServiceUnavailable', 'the store was restored');
    },
    transact: (transaction) => now.transact(transaction),
    revision: () => now.revision(),
    compact: (revision) => now.compact(revision),
    grantLease: (spanMs) => now.grantLease(spanMs),
    keepLease: (lease) => now.keepLease(lease),
    revokeLease: (lease) => now.revokeLease(lease),
    close: () => now.close(),
    snapshot: () => now.snapshot(),
    restore(snapshot) {
      const before = now;
      now = memoryStore({ clock, from: snapshot });
      restored();
      breaking.abort();
      breaking = new AbortController();
      void before.close();
    },
  };
}
