import type { KindCache } from './kind-cache.ts';
import type { KindCaches } from './kind-caches.ts';

/** Keys of the store that lie side by side: those behind `after`, up to `until` or to the last of all. */
export interface Stretch {
  readonly after: string;
  readonly until?: string;
}

/** How many keys the caches hold in a stretch, as it is made. */
export const STRETCH = 5_000;

/** The stretch that begins behind a key; the last one has no end. Costs by the kinds, and little by the keys. */
export function stretchFrom(caches: KindCaches, after: string): Stretch {
  let left = STRETCH;
  for (const [prefix, cache] of inOrder(caches)) {
    const behind = countBehind(cache, prefix, after);
    const last = behind < left ? undefined : cache.keyAt(cache.size - behind + left - 1);
    if (last !== undefined) return { after, until: prefix + last };
    left -= behind;
  }
  return { after };
}

/** The keys in the store of what the caches hold in a stretch, in their order. */
export function* keysIn(caches: KindCaches, { after, until }: Stretch): Generator<string, void> {
  for (const [prefix, cache] of inOrder(caches)) {
    const isWithin = after.startsWith(prefix);
    if (after > prefix && !isWithin) continue;
    for (const [local] of cache.scan('', isWithin ? after.slice(prefix.length) : undefined)) {
      const key = prefix + local;
      if (until !== undefined && key > until) return;
      yield key;
    }
  }
}

/** How many those are; at the cost of the same. */
export function countIn(caches: KindCaches, { after, until }: Stretch): number {
  let count = 0;
  for (const [prefix, cache] of caches.all()) {
    const surplus = until === undefined ? 0 : countBehind(cache, prefix, until);
    count += countBehind(cache, prefix, after) - surplus;
  }
  return count;
}

function countBehind(cache: KindCache, prefix: string, key: string): number {
  if (key.startsWith(prefix)) return cache.count('', key.slice(prefix.length));
  return key < prefix ? cache.size : 0;
}

function inOrder(caches: KindCaches): readonly (readonly [string, KindCache])[] {
  return [...caches.all()].sort(([a], [b]) => (a < b ? -1 : 1));
}
