import { TitanError } from '../api/error.ts';
import type { Bell } from './bell.ts';
import { followHistory, type History } from './follow.ts';
import type { LeaseBook } from './lease.ts';
import type { Entry, Range, RangeOptions, Store } from './port.ts';
import { compactionFor, endOf, nativeOf, rewritten, rolledBack } from './revision.ts';
import { mayHaveSeen } from './witness.ts';

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

  const reads: Pick<Store, 'get' | 'range'> = {
    async get(key) {
      open();
      return history.get(key);
    },
    async range(prefix, options = {}) {
      open();
      return history.range(prefix, options);
    },
  };

  return {
    ...reads,
    async *watch(prefix, { after, seen = {} }, signal) {
      const what = `watching after revision ${after}`;
      if (nativeOf(after) > history.native) throw rolledBack(what);
      if (!(await mayHaveSeen(reads, seen))) throw rewritten(what);
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
