import type { WatchItem } from '../../registry/port.ts';

/** Batches that are kept for the watchers that have yet to be told, and their bytes. */
const KEPT_MAX = 8;
const KEPT_MAX_BYTES = 4 * 1024 * 1024;

/**
 * Remembers the last batches of events as they were encoded: hundreds of watchers of a kind are told the same,
 * one after the other, and share the bytes.
 */
export interface Batches {
  /** The bytes of a batch of objects, made by `encode` where no watcher was told the same of late. */
  bytesOf(items: readonly WatchItem[], encode: () => Uint8Array): Uint8Array;
}

export function createBatches(): Batches {
  const kept: { readonly items: readonly WatchItem[]; readonly bytes: Uint8Array }[] = [];
  return {
    bytesOf(items, encode) {
      const known = kept.findLast((batch) => isSame(batch.items, items));
      if (known !== undefined) return known.bytes;
      const bytes = encode();
      if (bytes.byteLength > KEPT_MAX_BYTES) return bytes;
      kept.push({ items, bytes });
      if (kept.length > KEPT_MAX) kept.shift();
      return bytes;
    },
  };
}

/** Whether two batches tell the same of the very same versions. Bookmarks are never the same. */
function isSame(some: readonly WatchItem[], others: readonly WatchItem[]): boolean {
  return (
    some.length === others.length &&
    some.every((one, at) => {
      const other = others[at];
      return one.type !== 'BOOKMARK' && one.type === other?.type && one.stored === other.stored;
    })
  );
}
