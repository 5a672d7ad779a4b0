const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

/** Orders keys by their UTF-8 bytes, which for characters beyond U+FFFF is not JavaScript's order. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Half of a character beyond U+FFFF comes after every character up to it. */
function rank(unit: number): number {
  return unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE ? unit + 0x10000 : unit;
}
