import type { Revision } from '../../store/port.ts';
import type { Held } from './held.ts';
import type { SortedKeys } from './sorted-keys.ts';
import type { Window } from './window.ts';

/** A scan of a kind's objects as they were: in key order, below a prefix, from the first behind `after`. */
export type PastScan = (prefix: string, after?: string) => Generator<readonly [string, Held], void>;

interface Present {
  readonly window: Window;
  readonly keys: SortedKeys;
  get(local: string): Held | undefined;
}

/**
 * The objects as of `at`: those of now, with what changed since taken back. So a list that goes on page by
 * page needs no history from the store.
 *
 * @returns `undefined` where the changes since are more than `changesMax`, or not all known
 */
export function pastScan(
  { window, keys, get }: Present,
  at: Revision,
  changesMax: number,
): PastScan | undefined {
  const cursor = window.after(at);
  if (cursor === undefined || window.end - cursor > changesMax) return undefined;
  const before = new Map<string, Held | undefined>();
  for (const { local, old } of window.read(cursor, changesMax) ?? []) {
    if (!before.has(local)) before.set(local, old);
  }
  const gone = [...before.keys()].filter((local) => get(local) === undefined).sort();

  return function* scan(prefix, after) {
    const wanted = gone.filter((local) => local.startsWith(prefix) && local > (after ?? ''));
    for (const local of merged(keys.from(prefix, after), wanted)) {
      const held = before.has(local) ? before.get(local) : get(local);
      if (held !== undefined) yield [local, held];
    }
  };
}

/** Two sequences in order, as one in order. */
function* merged(some: Iterable<string>, others: readonly string[]): Generator<string, void> {
  let next = 0;
  for (const one of some) {
    for (let other = others[next]; other !== undefined && other < one; other = others[next]) {
      yield other;
      next += 1;
    }
    yield one;
  }
  yield* others.slice(next);
}
