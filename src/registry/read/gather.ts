import type { Clock } from '../../runtime/port.ts';
import type { Revision } from '../../store/port.ts';
import type { Held } from '../cache/held.ts';
import type { KindCache } from '../cache/kind-cache.ts';
import { readingTurn } from '../turn.ts';
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
  const turn = readingTurn(clock);
  let { changedAt } = cache;
  let last = after ?? '';
  let scanned: ReturnType<KindCache['scan']> | undefined = scan(filter.prefix, after);

  /** Lets others have their turn. @returns what is left behind `local` then */
  async function resumed(local: string | undefined): Promise<typeof scanned> {
    await turn.next();
    if (cache.changedAt === changedAt) return scanned;
    ({ changedAt } = cache);
    return cache.scanPast(revision, Number.POSITIVE_INFINITY)?.(filter.prefix, local);
  }

  if (turn.isOver()) scanned = await resumed(after);
  for (let seen = 1; scanned !== undefined; seen += 1) {
    const step = scanned.next();
    if (step.done === true) return { items, last, more: false };
    const [local, held] = step.value;
    if (filter.matches(held.object)) {
      if (items.length === limit) return { items, last, more: true };
      items.push(held);
      last = local;
    }
    if (seen % LOOK_EACH === 0 && turn.isOver()) scanned = await resumed(local);
  }
  return undefined;
}
