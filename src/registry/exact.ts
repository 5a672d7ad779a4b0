import { placeIntegers } from './scan.ts';

const LONG_DIGITS = 16;
const [ZERO, NINE] = [48, 57];

const decoder = new TextDecoder();

/**
 * Reads JSON of which nobody else has looked at the numbers, as `scanJson` places them. Only a text with so many
 * digits in a row as no exact number has costs more than `JSON.parse`.
 *
 * @throws SyntaxError
 */
export function parseExactly(bytes: Uint8Array): unknown {
  const text = decoder.decode(bytes);
  return hasLongDigits(bytes) ? parseExactText(text) : JSON.parse(text);
}

/** @see parseExactly */
export function parseExactText(text: string): unknown {
  return placeIntegers(text, JSON.parse(text));
}

/** Looks at one byte of so many: a row of digits that long covers one of them. */
function hasLongDigits(bytes: Uint8Array): boolean {
  for (let at = LONG_DIGITS - 1; at < bytes.length; at += LONG_DIGITS) {
    if (!isDigit(bytes[at])) continue;
    let [first, last] = [at, at];
    while (isDigit(bytes[first - 1])) first -= 1;
    while (isDigit(bytes[last + 1])) last += 1;
    if (last - first + 1 >= LONG_DIGITS) return true;
  }
  return false;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
