/** Sums of scalars by name, in thousandths, over any number of agents: what shares are made of. */
import type { Bag } from './bag.ts';

export type Quantities = Map<string, number>;

/** Adds a bag's scalars; `sign` -1 takes them away again. */
export function tally(sums: Quantities, bag: Bag, sign: 1 | -1 = 1): void {
  for (const piece of bag) {
    if (piece.type !== 'SCALAR') continue;
    sums.set(piece.name, (sums.get(piece.name) ?? 0) + sign * piece.thousandths);
  }
}

/** The largest part that any of the sums has of a whole. */
export function dominantShare(sums: Quantities | undefined, whole: Quantities): number {
  let share = 0;
  for (const [name, amount] of sums ?? []) {
    const all = whole.get(name) ?? 0;
    if (all > 0) share = Math.max(share, amount / all);
  }
  return share;
}
