/** What gives its bytes away when they have been kept for long enough. */
export interface Encoded {
  forgetBytes(): void;
}

/**
 * Remembers which objects have their bytes made, and makes the oldest forget them, so that together they
 * stay within a bound. Objects are kept parsed; their bytes serve those who ask for the same
 * within a short time: many watchers of one event, many lists, many reads of one object.
 */
export interface Encodings {
  /** Takes note that bytes were made. @returns whether they may be kept */
  keep(encoded: Encoded, size: number): boolean;
}

/** The bytes of the items of longer lists, and of their pages, are not kept: they would only push out those of others. */
export const KEPT_ITEMS_MAX = 10_000;

const BYTES_MAX = 64 * 1024 * 1024;

/** In two generations, each of which may be half of the bound: when the young one is full the old one goes. */
export function createEncodings(bytesMax = BYTES_MAX): Encodings {
  let young: Encoded[] = [];
  let old: Encoded[] = [];
  let size = 0;

  return {
    keep(encoded, bytes) {
      if (bytes > bytesMax / 2) return false;
      if (size + bytes > bytesMax / 2) {
        for (const each of old) each.forgetBytes();
        old = young;
        young = [];
        size = 0;
      }
      young.push(encoded);
      size += bytes;
      return true;
    },
  };
}
