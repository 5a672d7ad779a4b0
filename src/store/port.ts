import type { Millis } from '../api/object.ts';

/**
 * A moment in the store's history: the store's own revision × 256 + the write's place inside its
 * transaction. Every write has its own, they only grow, and they fit a safe integer. Zero is
 * "before everything"; as an expected revision it means "the key is absent".
 */
export type Revision = number;

/** Writes that one native store transaction may hold; also why a place fits in 256. */
export const PLACES = 256;

/** The store's own revision that a moment belongs to. */
export function nativeRevision(revision: Revision): number {
  return Math.floor(revision / PLACES);
}

/** The largest value that the store takes, as etcd's default request limit has it. */
export const MAX_VALUE_BYTES = 1_500_000;
/** Operations in one transaction, as etcd's default has it. */
export const MAX_OPERATIONS = 128;

/** Entries in a page of a range, unless told. */
export const DEFAULT_PAGE = 1000;

export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  /** The revision of the write that made this value. */
  readonly revision: Revision;
}

export interface Condition {
  readonly key: string;
  /**
   * The revision that the key's value must have, as it was given for this key (etcd compares only
   * the part that is the store's own); 0: the key must be absent.
   */
  readonly revision: Revision;
}

export type Operation =
  | {
      readonly do: 'put';
      readonly key: string;
      readonly value: Uint8Array;
      readonly lease?: LeaseId;
    }
  | { readonly do: 'delete'; readonly key: string };

/** All conditions hold and all operations take effect, or none does. No key occurs twice in `write`. */
export interface Transaction {
  readonly when: readonly Condition[];
  readonly write: readonly Operation[];
}

export type TransactionResult =
  /**
   * `revisions[i]` is the revision of `write[i]`. The deletion of an absent key makes no event; its
   * revision is only one that is not newer than the moment.
   */
  | { readonly ok: true; readonly revisions: readonly Revision[] }
  /** What the conditions' keys hold now, in the order of `when`; `undefined` where absent. */
  | { readonly ok: false; readonly found: readonly (Entry | undefined)[] };

export interface RangeOptions {
  /** Entries to return at most; `DEFAULT_PAGE` unless told. */
  readonly limit?: number;
  /** Start behind this key. */
  readonly after?: string;
  /**
   * Read as of the end of this moment's store revision; now unless told. `Expired` if it was
   * compacted away.
   */
  readonly at?: Revision;
  /** End with this key, which begins with the prefix. */
  readonly until?: string;
  /**
   * Only entries that were written after the end of this moment's store revision; all of the keys are
   * counted then.
   */
  readonly since?: Revision;
  /** Values are left out, and of revisions only the part that is the store's own is right. */
  readonly keysOnly?: boolean;
}

export interface Range {
  /** In key order (by UTF-8 bytes). */
  readonly entries: readonly Entry[];
  readonly more: boolean;
  /** Where `since` was given: how many keys there are from where the page begins, whenever they were written. */
  readonly count?: number;
  /**
   * The moment that was read: no write at or before it is missing, none after it is included. It is
   * the last place of a store revision, so a watch after it repeats nothing.
   */
  readonly revision: Revision;
}

export type StoreEvent =
  | { readonly type: 'put'; readonly entry: Entry }
  /** `previous` is the value that was deleted, where the store still has it. */
  | {
      readonly type: 'delete';
      readonly key: string;
      readonly revision: Revision;
      readonly previous?: Uint8Array;
    };

export function keyOfEvent(event: StoreEvent): string {
  return event.type === 'put' ? event.entry.key : event.key;
}

export type LeaseId = string;

/**
 * Ordered keys with revisions: all that Titan asks of a datastore.
 *
 * Every implementation keeps to these rules, which `test/contract/store.ts` checks:
 * - `transact` is atomic, and its result is durable when it resolves. Calls that come together are
 *   grouped into one native transaction, each judged by its own conditions; a caller never sees the
 *   grouping but for speed. A failed condition is a result, not an error.
 * - `range` pages at one revision when `at` is the first page's revision.
 * - `watch` yields every event after `after` in revision order: no gap, no repeat, across
 *   reconnections too. Events of one transaction arrive in one batch. A batch may be empty: then
 *   it only says that nothing more happened up to `revision`. It throws `Expired` when `after` has been
 *   compacted away, or when the store was set back: it has never reached `after`, or has other writes in the
 *   place of those that were `seen`, or that this watch told of before a reconnection. It returns when
 *   `signal` aborts.
 *   While the store is away it waits: a store that cannot be reached shows in the other calls.
 * - A key put with a lease is deleted, with an event, once the lease is not kept alive for its span.
 * - Anything that cannot be done now throws `ServiceUnavailable`; a value over `MAX_VALUE_BYTES` or a
 *   transaction over `MAX_OPERATIONS` throws `RequestEntityTooLarge`.
 */
export interface Store {
  get(key: string): Promise<Entry | undefined>;
  range(prefix: string, options?: RangeOptions): Promise<Range>;
  watch(prefix: string, options: WatchOptions, signal: AbortSignal): AsyncIterable<WatchBatch>;
  transact(transaction: Transaction): Promise<TransactionResult>;
  /** The newest revision, linearizably; at once where nobody else writes, so that nobody need be asked. */
  revision(): Revision | Promise<Revision>;
  /**
   * Forgets the history before `revision`; values that still stand stay. Reading at `revision` and
   * watching after it go on to work.
   */
  compact(revision: Revision): Promise<void>;
  grantLease(spanMs: Millis): Promise<LeaseId>;
  /** @returns false when the lease has already expired */
  keepLease(lease: LeaseId): Promise<boolean>;
  revokeLease(lease: LeaseId): Promise<void>;
  /** What must be seen to by hand; absent where nothing must. */
  readonly upkeep?: StoreUpkeep;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly after: Revision;
  /** Writes at or before `after` that the watcher knows of. */
  readonly seen?: Witness;
}

/**
 * By what a history is known again, since a store that is restored from a snapshot and written on has the same
 * revisions with other writes: the last put that still stood, and the last deletion that did.
 */
export interface Witness {
  readonly put?: Entry;
  readonly gone?: { readonly key: string; readonly revision: Revision };
}

export interface WatchBatch {
  readonly events: readonly StoreEvent[];
  /** Everything up to here has been seen: resume after it. */
  readonly revision: Revision;
}

/** The space that a store takes. */
export interface StoreSpace {
  /** Whether it takes no writes for want of space, until that is made and `disarm` is called. */
  readonly full: boolean;
  /** Of the member in use: on disk, and of that what is not free. */
  readonly bytes: number;
  readonly usedBytes: number;
}

export interface StoreUpkeep {
  space(): Promise<StoreSpace>;
  /**
   * Gives what compaction has freed back to the disk, one member after the other, that which leads last; each
   * stands still meanwhile. It throws `ServiceUnavailable` and does nothing while a member is away; where it is
   * `urgent` those that are away are passed over.
   */
  defragment(options: { readonly urgent: boolean }): Promise<void>;
  disarm(): Promise<void>;
}
