import type { Clock } from '../runtime/port.ts';
import { createBell } from './bell.ts';
import { groupCommits } from './group.ts';
import { createLeaseBook, type LiveLease } from './lease.ts';
import { localStore } from './local-store.ts';
import { type Commit, createMemoryHistory, type Moment } from './memory-history.ts';
import type { Store, Transaction, TransactionResult } from './port.ts';
import { revisionAt } from './revision.ts';

export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** Events kept; the oldest beyond them are compacted away. */
  readonly historyMax?: number;
  /** What it begins with; nothing unless told. */
  readonly from?: Snapshot;
}

/** All that a store has at one moment; its leases have their whole span again where it is taken up. */
export interface Snapshot extends Moment {
  readonly leases: readonly LiveLease[];
}

export interface MemoryStore extends Store {
  snapshot(): Snapshot;
}

/**
 * The store for simulations and tests: nothing outlives the process. It is deterministic, since all
 * it waits for is microtasks, and the clock where leases run out. Values are kept as they are given
 * and must not be changed afterwards.
 */
export function memoryStore(options: MemoryStoreOptions): MemoryStore {
  const { clock, historyMax = 100_000, from } = options;
  const history = createMemoryHistory(historyMax, from);
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

  for (const { id, spanMs, keys } of from?.leases ?? []) {
    leases.restore({ id, spanMs, expiresAt: clock.now() + spanMs });
    for (const [key, revision] of keys) leases.attach(key, revision, id);
  }

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

  const local = localStore({ history, changed, group, leases, release: async () => undefined });
  return { ...local, snapshot: () => ({ ...history.moment(), leases: leases.live() }) };
}
