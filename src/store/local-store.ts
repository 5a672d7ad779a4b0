import { TitanError } from '../api/error.ts';
import type { Bell } from './bell.ts';
import { followHistory, type History } from './follow.ts';
import type { LeaseBook } from './lease.ts';
import type { Entry, Range, RangeOptions, Store } from './port.ts';
import { compactionFor, endOf, nativeOf, rolledBack } from './revision.ts';

/** A history in this process, in memory or on its disk. */
export interface LocalHistory extends History {
  readonly native: number;
  get(key: string): Entry | undefined;
  range(prefix: string, options: RangeOptions): Range;
  compact(native: number): Promise<void> | void;
}

export interface LocalStoreParts {
  readonly history: LocalHistory;
  readonly changed: Bell;
  readonly group: Pick<Store, 'transact'> & { close(): Promise<void> };
  readonly leases: LeaseBook;
  /** Lets go of what is below, after the last write. */
  release(): Promise<void>;
}

/** The store over a history in this process: what it and its group, leases and bell do together. */
export function localStore(parts: LocalStoreParts): Store {
  const { history, changed, group, leases } = parts;
  let closed = false;

  function open(): void {
    if (closed) throw closedError();
  }

  return {
    async get(key) {
      open();
      return history.get(key);
    },
    async range(prefix, options = {}) {
      open();
      return history.range(prefix, options);
    },
    async *watch(prefix, { after }, signal) {
      if (nativeOf(after) > history.native) throw rolledBack(`watching after revision ${after}`);
      const readAfter: LocalHistory['readAfter'] = (from, limit) => {
        open();
        return history.readAfter(from, limit);
      };
      yield* followHistory({ history: { readAfter }, changed }, { prefix, after }, signal);
    },
    transact: (transaction) => group.transact(transaction),
    revision: () => (closed ? Promise.reject(closedError()) : endOf(history.native)),
    async compact(revision) {
      open();
      await history.compact(compactionFor(revision));
    },
    grantLease: leases.grantLease,
    keepLease: leases.keepLease,
    revokeLease: leases.revokeLease,
    async close() {
      if (closed) return;
      closed = true;
      leases.close();
      await group.close();
      changed.ring();
      await parts.release();
    },
  };
}

function closedError(): TitanError {
  return new TitanError('ServiceUnavailable', 'The store is closed');
}
