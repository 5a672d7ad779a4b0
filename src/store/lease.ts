import { TitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Clock } from '../runtime/port.ts';
import type { LeaseId, Revision, Store, Transaction } from './port.ts';

/** A lease as it is kept between restarts. */
export interface LeaseRecord {
  readonly id: LeaseId;
  readonly spanMs: Millis;
  readonly expiresAt: Millis;
}

/** A lease, and the revisions of the keys that go with it. */
export interface LiveLease extends Pick<LeaseRecord, 'id' | 'spanMs'> {
  readonly keys: ReadonlyMap<string, Revision>;
}

export interface LeaseBook extends Pick<Store, 'keepLease' | 'revokeLease' | 'grantLease'> {
  /** @throws TitanError `NotFound` when a put names a lease that is over */
  check(transaction: Transaction): void;
  /** The key now holds a value of `revision`, put with `lease` or without one. */
  attach(key: string, revision: Revision, lease: LeaseId | undefined): void;
  detach(key: string): void;
  /** Whether the key holds a value that was put with a lease. */
  holds(key: string): boolean;
  /** Every lease that lives, and the keys that it holds. */
  live(): readonly LiveLease[];
  /** Takes up a lease that was granted before a restart. */
  restore(record: LeaseRecord): void;
  /** Forgets every timer. */
  close(): void;
}

export interface LeaseBookOptions {
  readonly clock: Clock;
  /** Deletes each key, with an event, if it still has its revision. */
  deleteKeys(keys: ReadonlyMap<string, Revision>): Promise<void>;
  /** Makes it durable that a lease was granted or kept (or, `undefined`, is over). */
  save(id: LeaseId, record: LeaseRecord | undefined): Promise<void>;
}

interface Lease {
  readonly spanMs: Millis;
  readonly keys: Map<string, Revision>;
  cancel: () => void;
}

const RETRY_MS: Millis = 1000;

/** The leases of a store that has only this process: they run out by the clock. */
export function createLeaseBook({ clock, deleteKeys, save }: LeaseBookOptions): LeaseBook {
  const leases = new Map<LeaseId, Lease>();
  const holders = new Map<string, LeaseId>();
  let granted = 0;
  let closed = false;

  async function end(id: LeaseId): Promise<void> {
    const lease = leases.get(id);
    if (lease === undefined) return;
    leases.delete(id);
    lease.cancel();
    await clear(id, lease);
  }

  /** What cannot be deleted now is tried again until the store is closed. */
  async function clear(id: LeaseId, lease: Lease): Promise<void> {
    try {
      await deleteKeys(lease.keys);
      await save(id, undefined);
    } catch (error) {
      if (!closed) clock.after(RETRY_MS, () => clear(id, lease).catch(() => undefined));
      throw error;
    }
  }

  function expireIn(id: LeaseId, delayMs: Millis): () => void {
    return clock.after(delayMs, () => {
      end(id).catch(() => undefined);
    });
  }

  function detach(key: string): void {
    const id = holders.get(key);
    if (id === undefined) return;
    holders.delete(key);
    leases.get(id)?.keys.delete(key);
  }

  return {
    async grantLease(spanMs) {
      granted += 1;
      const id = `${clock.now()}-${granted}`;
      await save(id, { id, spanMs, expiresAt: clock.now() + spanMs });
      leases.set(id, { spanMs, keys: new Map(), cancel: expireIn(id, spanMs) });
      return id;
    },
    async keepLease(id) {
      const lease = leases.get(id);
      if (lease === undefined) return false;
      lease.cancel();
      lease.cancel = expireIn(id, lease.spanMs);
      await save(id, { id, spanMs: lease.spanMs, expiresAt: clock.now() + lease.spanMs });
      return true;
    },
    revokeLease: end,
    check({ write }) {
      for (const operation of write) {
        if (operation.do === 'delete' || operation.lease === undefined) continue;
        if (leases.has(operation.lease)) continue;
        throw new TitanError('NotFound', `The lease ${operation.lease} is over`);
      }
    },
    attach(key, revision, id) {
      detach(key);
      const lease = id === undefined ? undefined : leases.get(id);
      if (id === undefined || lease === undefined) return;
      lease.keys.set(key, revision);
      holders.set(key, id);
    },
    detach,
    holds: (key) => holders.has(key),
    live: () => [...leases].map(([id, { spanMs, keys }]) => ({ id, spanMs, keys: new Map(keys) })),
    restore({ id, spanMs, expiresAt }) {
      const delayMs = Math.max(0, expiresAt - clock.now());
      leases.set(id, { spanMs, keys: new Map(), cancel: expireIn(id, delayMs) });
    },
    close() {
      closed = true;
      for (const { cancel } of leases.values()) cancel();
    },
  };
}
