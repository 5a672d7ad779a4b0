import type { Turn } from '../turn.ts';
import type { KindCache } from './kind-cache.ts';

/** Local keys of a cache that are not among `seen` keys of the store, which begin with `prefix`; in turns. */
export async function missingAmong(
  seen: ReadonlySet<string>,
  { prefix, cache, turn }: { prefix: string; cache: KindCache; turn: Turn },
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const [local] of cache.scan('')) {
    if (!seen.has(prefix + local)) missing.push(local);
    if (turn.isOver()) await turn.next();
  }
  return missing;
}
