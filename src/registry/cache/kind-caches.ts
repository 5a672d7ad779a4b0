import { createEncodings } from './encodings.ts';
import { createKindCache, type KindCache } from './kind-cache.ts';

/**
 * The caches of all kinds, by the prefix of their keys in the store.
 *
 * Objects may come before the definition of their kind does, so a cache is made for whatever kind the store
 * holds; there are as many as there are kinds in the store.
 */
export interface KindCaches {
  /** The cache of a prefix, made where there is none. */
  of(prefix: string): KindCache;
  /** Forgets a cache that holds nothing, once its kind is gone. */
  forget(prefix: string): void;
  all(): Iterable<readonly [string, KindCache]>;
}

/** What all the caches of a registry may hold. */
export interface CacheLimits {
  /** Changes of a kind that watches can go on from. */
  readonly watchEvents?: number;
  /** Encoded objects, of all kinds together. */
  readonly encodedBytes?: number;
}

export function createKindCaches({ watchEvents, encodedBytes }: CacheLimits = {}): KindCaches {
  const caches = new Map<string, KindCache>();
  const encodings = createEncodings(encodedBytes);
  return {
    of(prefix) {
      const known = caches.get(prefix);
      if (known !== undefined) return known;
      const cache = createKindCache(encodings, watchEvents);
      caches.set(prefix, cache);
      return cache;
    },
    forget(prefix) {
      if (caches.get(prefix)?.size === 0) caches.delete(prefix);
    },
    all: () => caches,
  };
}
