const VERSION = /^v?(?<core>\d+(?:\.\d+){0,5})(?:-(?<pre>[0-9A-Za-z.-]+))?(?:\+.*)?$/;

/**
 * The order of two versions as Semantic Versioning 2.0 has it, with any number of parts: those that are
 * missing are 0, and a pre-release comes before its release.
 *
 * @returns below, at or above 0; NaN where one of them is no version
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [VERSION.exec(a)?.groups, VERSION.exec(b)?.groups];
  if (left === undefined || right === undefined) return Number.NaN;
  const parts = [left.core, right.core].map((core = '') => core.split('.').map(Number));
  const [mine = [], other = []] = parts;
  for (let index = 0; index < Math.max(mine.length, other.length); index += 1) {
    const order = (mine[index] ?? 0) - (other[index] ?? 0);
    if (order !== 0) return Math.sign(order);
  }
  return comparePre(left.pre, right.pre);
}

function comparePre(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  const [mine, other] = [a.split('.'), b.split('.')];
  for (let index = 0; index < Math.max(mine.length, other.length); index += 1) {
    const order = comparePart(mine[index], other[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** A part that is missing comes first, then numbers, then words. */
function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  const [mine, other] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (mine && other) return Math.sign(Number(a) - Number(b));
  if (mine !== other) return mine ? -1 : 1;
  return a < b ? -1 : 1;
}
