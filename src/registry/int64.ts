/**
 * Integers of 64 bits, exact. An integer up to 2^53 - 1 is a number; one beyond is a `bigint`, so that equal
 * integers are equal values, nothing takes one for a map, and arithmetic that would lose digits does not compile
 * or throws. Whatever is no integer of 64 bits is a number, as in Kubernetes.
 */
export type Int64 = number | bigint;

/** Of -2^63, with its sign. */
const LITERAL_MAX_CHARS = 20;
const WHOLE = /^-?\d+$/;

/** The integer that a literal of JSON, read as `value`, names; `value` itself where it names none beyond 2^53. */
export function exactInteger(literal: string, value: number): Int64 {
  if (Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
  if (!WHOLE.test(literal)) return toInt64(BigInt(value)) ?? value;
  return literal.length > LITERAL_MAX_CHARS ? value : (toInt64(BigInt(literal)) ?? value);
}

/** @returns `undefined` for one that has more than 64 bits */
export function toInt64(integer: bigint): Int64 | undefined {
  if (BigInt.asIntN(64, integer) !== integer) return undefined;
  const value = Number(integer);
  return Number.isSafeInteger(value) ? value : integer;
}

declare global {
  interface JSON {
    /** What `JSON.stringify` writes as this text. */
    rawJSON(text: string): object;
  }
}

/** `JSON.stringify` knows no `bigint` unless told: its digits, as they are. */
Object.defineProperty(BigInt.prototype, 'toJSON', {
  value(this: bigint): object {
    return JSON.rawJSON(String(this));
  },
});
