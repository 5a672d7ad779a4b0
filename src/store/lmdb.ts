import { asTitanError, TitanError } from '../api/error.ts';
import type { Clock } from '../runtime/port.ts';
import { createBell } from './bell.ts';
import { groupCommits } from './group.ts';
import { createLeaseBook, type LeaseBook } from './lease.ts';
import { createLmdbHistory, type LmdbHistory } from './lmdb-history.ts';
import { openTables, type Tables } from './lmdb-tables.ts';
import { localStore } from './local-store.ts';
import type { Store, Transaction, TransactionResult } from './port.ts';

export interface LmdbStoreOptions {
  /** A folder; it is made when it is missing. One process may have it open. */
  readonly path: string;
  readonly clock: Clock;
  /** Events kept; the oldest beyond them are compacted away. */
  readonly historyMax?: number;
}

/** Full groups that are handed over together share one commit, and its sync, to the disk. */
const IN_FLIGHT_MAX = 16;

/**
 * The embedded store: one machine, one process, durable. Everything outlives a restart: values,
 * revisions, history since the last compaction, and leases, which go on running out meanwhile.
 */
export function lmdbStore({ path, clock, historyMax = 100_000 }: LmdbStoreOptions): Store {
  const tables = openTables(path);
  const history = createLmdbHistory({
    tables,
    historyMax,
    isLeased: (key) => leases.holds(key),
  });
  const changed = createBell();
  const group = groupCommits({ commit, inFlightMax: IN_FLIGHT_MAX });
  const leases = createLeaseBook({
    clock,
    async deleteKeys(keys) {
      const deletions = [...keys].map(([key, revision]) =>
        group.transact({ when: [{ key, revision }], write: [{ do: 'delete', key }] }),
      );
      await Promise.all(deletions);
    },
    async save(id, record) {
      if (record === undefined) await tables.leases.remove(id);
      else await tables.leases.put(id, record);
    },
  });
  restoreLeases({ tables, history, leases });

  async function commit(batch: readonly Transaction[]): Promise<readonly TransactionResult[]> {
    for (const transaction of batch) leases.check(transaction);
    const results = await history.commit(batch).catch((error: unknown) => {
      throw asStoreError(error);
    });
    batch.forEach((transaction, at) => {
      attach(leases, transaction, results[at]);
    });
    changed.ring();
    return results;
  }

  return localStore({
    history,
    changed,
    group,
    leases,
    release: async () => {
      await tables.root.close();
    },
  });
}

function restoreLeases({
  tables,
  history,
  leases,
}: {
  readonly tables: Tables;
  readonly history: LmdbHistory;
  readonly leases: LeaseBook;
}): void {
  for (const { value } of tables.leases.getRange({})) leases.restore(value);
  for (const { key, value: lease } of tables.leased.getRange({})) {
    const entry = history.get(key);
    if (entry !== undefined) leases.attach(key, entry.revision, lease);
  }
}

function attach(
  leases: LeaseBook,
  { write }: Transaction,
  result: TransactionResult | undefined,
): void {
  if (result?.ok !== true) return;
  write.forEach((operation, at) => {
    if (operation.do === 'delete') leases.detach(operation.key);
    else leases.attach(operation.key, result.revisions[at] ?? 0, operation.lease);
  });
}

/** A full disk or a map that cannot grow: nothing was written, and it may be possible later. */
function asStoreError(thrown: unknown): TitanError {
  if (thrown instanceof TitanError) return thrown;
  const { message } = asTitanError(thrown);
  return new TitanError('ServiceUnavailable', `The embedded store cannot write: ${message}`, {
    cause: thrown,
  });
}
