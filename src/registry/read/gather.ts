import type { Clock } from '../../runtime/port.ts';
import type { Revision } from '../../store/port.ts';
import type { Held } from '../cache/held.ts';
import type { KindCache } from '../cache/kind-cache.ts';
import { createTurn } from '../turn.ts';
import type { Filter } from './filter.ts';

export interface Wanted {
  /** The moment of which all is gathered: that of the cache now, or an older one that `scan` shows. */
  readonly revision: Revision;
  readonly scan: KindCache['scan'];
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

export interface Gathered {
  readonly items: readonly Held[];
  /** The key of the last item. */
  readonly last: string;
  /** Whether more follow. */
  readonly more: boolean;
}

/** Looking at the clock costs as much as some objects. */
const LOOK_EACH = 32;

/**
 * The objects that a filter lets through, as of one moment, though others have their turn meanwhile: what
 * changes then is taken back.
 *
 * @returns `undefined` where so much changed meanwhile that the moment is forgotten
 */
export async function gather(
  { cache, clock }: { readonly cache: KindCache; readonly clock: Clock },
  filter: Filter,
  { revision, scan, after, limit = Number.POSITIVE_INFINITY }: Wanted,
): Promise<Gathered | undefined> {
  const items: Held[] = [];
  const turn = createTurn(clock);
  let { changedAt } = cache;
  let last = after ?? '';
  let seen = 0;
  let scanned = scan(filter.prefix, after);
  for (let step = scanned.next(); step.done !== true; step = scanned.next()) {
    const [local, held] = step.value;
    if (filter.matches(held.object)) {
      if (items.length === limit) return { items, last, more: true };
      items.push(held);
      last = local;
    }
    seen += 1;
    if (seen % LOOK_EACH !== 0 || !turn.isOver()) continue;
    await turn.next();
    if (cache.changedAt === changedAt) continue;
    ({ changedAt } = cache);
    const past = cache.scanPast(revision, Number.POSITIVE_INFINITY);
    if (past === undefined) return undefined;
    scanned = past(filter.prefix, local);
  }
  return { items, last, more: false };
}
