/** A number of instances as people write it: 3, "3", or a part of all of them, "25%". */
export type Amount = number | string;

/** @returns `undefined` where it is none; a part may have up to two decimals and be at most 100% */
export function readAmount(amount: Amount): { number: number } | { percent: number } | undefined {
  const text = String(amount);
  if (/^\d{1,7}$/.test(text)) return { number: Number(text) };
  const part = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(text)?.[1];
  return part === undefined || Number(part) > 100 ? undefined : { percent: Number(part) };
}

/** How many of `total` an amount that was checked is, rounded up, at most all. */
export function amountOf(amount: Amount, total: number): number {
  const read = readAmount(amount) ?? { number: 0 };
  if ('number' in read) return Math.min(total, read.number);
  return Math.min(total, Math.ceil(Math.round(read.percent * total * 1_000) / 100_000));
}
