import type { Clock } from '../runtime/port.ts';
import { createBell } from './bell.ts';
import { groupCommits } from './group.ts';
import { createLeaseBook } from './lease.ts';
import { localStore } from './local-store.ts';
import { type Commit, createMemoryHistory } from './memory-history.ts';
import type { Store, Transaction, TransactionResult } from './port.ts';
import { revisionAt } from './revision.ts';

export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** Events kept; the oldest beyond them are compacted away. */
  readonly historyMax?: number;
}

/**
 * The store for simulations and tests: nothing outlives the process. It is deterministic, since all
 * it waits for is microtasks, and the clock where leases run out. Values are kept as they are given
 * and must not be changed afterwards.
 */
export function memoryStore({ clock, historyMax = 100_000 }: MemoryStoreOptions): Store {
  const history = createMemoryHistory(historyMax);
  const changed = createBell();
  const group = groupCommits({ commit: async (batch) => commit(batch) });
  const leases = createLeaseBook({
    clock,
    async deleteKeys(keys) {
      const deletions = [...keys].map(([key, revision]) =>
        group.transact({ when: [{ key, revision }], write: [{ do: 'delete', key }] }),
      );
      await Promise.all(deletions);
    },
    save: async () => undefined,
  });

  function commit(batch: readonly Transaction[]): TransactionResult[] {
    for (const transaction of batch) leases.check(transaction);
    const results: TransactionResult[] = [];
    history.commit((writing) => {
      for (const transaction of batch) results.push(judge(transaction, writing));
    });
    changed.ring();
    return results;
  }

  function judge({ when, write }: Transaction, writing: Commit): TransactionResult {
    const found = when.map(({ key }) => history.get(key));
    const holds = when.every(({ revision }, at) => (found[at]?.revision ?? 0) === revision);
    if (!holds) return { ok: false, found };
    const revisions = write.map((operation) => {
      const revision = writing.apply(operation);
      if (revision === undefined) return revisionAt(history.native, 0);
      if (operation.do === 'put') leases.attach(operation.key, revision, operation.lease);
      else leases.detach(operation.key);
      return revision;
    });
    return { ok: true, revisions };
  }

  return localStore({ history, changed, group, leases, release: async () => undefined });
}
