/** What shares are counted in: processor shares in thousandths, memory and disk in MiB. */
export const DIMENSIONS = ['cpus', 'memory', 'disk'] as const;

export type Dimension = (typeof DIMENSIONS)[number];

/** One number a dimension, in the order of `DIMENSIONS`. */
export type Amounts = readonly number[];

export const NOTHING: Amounts = DIMENSIONS.map(() => 0);
export const UNLIMITED: Amounts = DIMENSIONS.map(() => Number.POSITIVE_INFINITY);

/** The amounts of the dimensions that are given; `otherwise` in the others. */
export function amountsFrom(
  given: Partial<Readonly<Record<Dimension, number>>>,
  otherwise: Amounts = NOTHING,
): Amounts {
  return DIMENSIONS.map((name, at) => given[name] ?? otherwise[at] ?? 0);
}

export function plus(a: Amounts, b: Amounts): Amounts {
  return a.map((amount, at) => amount + (b[at] ?? 0));
}

export function sumOf(all: Iterable<Amounts>): Amounts {
  const sum = [...NOTHING];
  for (const each of all) addTo(sum, each, 1);
  return sum;
}

/** Adds `by` times the amounts, in place. */
export function addTo(sum: number[], amounts: Amounts, by: number): void {
  for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) + by * (amounts[at] ?? 0);
}

/** Whether no dimension has more than the other. */
export function isWithin(amounts: Amounts, most: Amounts): boolean {
  return amounts.every((amount, at) => amount <= (most[at] ?? 0));
}

/** The largest part of the whole that any dimension takes; a dimension that the whole lacks counts for nothing. */
export function dominantShare(amounts: Amounts, whole: Amounts): number {
  let share = 0;
  for (let at = 0; at < amounts.length; at += 1) {
    const all = whole[at] ?? 0;
    if (all > 0) share = Math.max(share, (amounts[at] ?? 0) / all);
  }
  return share;
}
