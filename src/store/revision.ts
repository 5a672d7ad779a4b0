import { TitanError } from '../api/error.ts';
import { nativeRevision, PLACES, type Revision } from './port.ts';

/** How far a watch has come. */
export interface Seen {
  revision: Revision;
}

/** The revision of the write at `place` of the store's own revision `native`. */
export function revisionAt(native: number, place: number): Revision {
  return native * PLACES + place;
}

/** The last moment of a store revision: everything that it wrote is at or before it. */
export function endOf(native: number): Revision {
  return native * PLACES + PLACES - 1;
}

export const nativeOf = nativeRevision;

/** The first store revision that a watch after `after` has not seen the whole of. */
export function firstUnseen(after: Revision): number {
  return Math.max(1, Math.floor((after + 1) / PLACES));
}

/**
 * How far a compaction to `revision` goes: everything before the returned store revision's end is
 * forgotten. One store revision is kept more than asked for, so that both a read at and a watch
 * after `revision` still work when it lies in the middle of its store revision.
 */
export function compactionFor(revision: Revision): number {
  return nativeOf(revision) - 1;
}

export function expired(what: string): TitanError {
  return new TitanError('Expired', `${what}: the history before it has been compacted away`);
}

export function rolledBack(what: string): TitanError {
  return new TitanError('Expired', `${what}: the store has not come so far, it was set back`);
}

export function rewritten(what: string): TitanError {
  return new TitanError(
    'Expired',
    `${what}: the store has other writes in its place, it was set back`,
  );
}
