/**
 * What `JSON.parse` cannot tell of a text that it accepts: keys that occur twice in one map, with their
 * paths, and what a JavaScript value would not hold as it was written.
 */
export interface Scan {
  /** Paths such as `spec.owner` or `spec.groups[0].name`, in the order of the text. */
  readonly duplicates: readonly string[];
  /** The first thing that must not be taken, as a sentence, or `undefined`. */
  readonly problem: string | undefined;
}

interface Frame {
  /** The keys seen so far of a map, `undefined` for a list. */
  readonly keys: Set<string> | undefined;
  key: string;
  index: number;
}

const DEPTH_MAX = 200;
const DUPLICATES_MAX = 100;
const PLAIN_END = /["\\]/g;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const INTERESTING = /["{}[\],\-\d]/g;

interface Reading {
  readonly text: string;
  readonly stack: Frame[];
  readonly duplicates: string[];
  problem: string | undefined;
  at: number;
}

/** Scans a text that `JSON.parse` has accepted; of any other text the answer means nothing. */
export function scanJson(text: string): Scan {
  const reading: Reading = { text, stack: [], duplicates: [], problem: undefined, at: 0 };
  while (reading.problem === undefined) {
    INTERESTING.lastIndex = reading.at;
    const found = INTERESTING.exec(text);
    if (found === null) break;
    reading.at = found.index;
    take(reading, found[0]);
  }
  return { duplicates: reading.duplicates, problem: reading.problem };
}

function take(reading: Reading, character: string): void {
  if (character === '"') {
    takeString(reading);
  } else if (character === '-' || (character >= '0' && character <= '9')) {
    takeNumber(reading);
  } else {
    takeBracket(reading, character);
    reading.at += 1;
  }
}

function takeString(reading: Reading): void {
  const { text, stack, at } = reading;
  const end = stringEnd(text, at);
  const frame = stack.at(-1);
  reading.at = end;
  if (frame?.keys !== undefined && frame.key === '') {
    frame.key = keyText(text.slice(at, end));
    takeKey(reading, frame.key, frame.keys);
  }
}

function takeKey(reading: Reading, key: string, keys: Set<string>): void {
  const { stack, duplicates } = reading;
  if (key === '__proto__') {
    reading.problem = `the key "__proto__" is not allowed (${path(stack)})`;
  }
  if (keys.has(key) && duplicates.length < DUPLICATES_MAX) duplicates.push(path(stack));
  keys.add(key);
}

function takeNumber(reading: Reading): void {
  const { text, stack, at } = reading;
  NUMBER.lastIndex = at;
  const literal = NUMBER.exec(text)?.[0] ?? '-';
  reading.problem = numberProblem(literal, stack);
  reading.at += literal.length;
}

function takeBracket(reading: Reading, character: string): void {
  const { stack } = reading;
  if (character === '{' || character === '[') {
    if (stack.length >= DEPTH_MAX) reading.problem = `nested more than ${DEPTH_MAX} levels deep`;
    stack.push({ keys: character === '{' ? new Set() : undefined, key: '', index: 0 });
  } else if (character === ',') {
    const frame = stack.at(-1);
    if (frame !== undefined) {
      frame.key = '';
      frame.index += 1;
    }
  } else {
    stack.pop();
  }
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    PLAIN_END.lastIndex = at;
    const found = PLAIN_END.exec(text);
    if (found === null) return text.length;
    if (found[0] === '"') return found.index + 1;
    at = found.index + 2;
  }
}

/** An empty key is kept as a space, since the empty text marks a map that waits for its next key. */
function keyText(literal: string): string {
  const key = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
  return key === '' ? ' ' : key;
}

function numberProblem(literal: string, stack: readonly Frame[]): string | undefined {
  const value = Number(literal);
  const whole = /^-?\d+$/.test(literal);
  if (Number.isFinite(value) && (!whole || Number.isSafeInteger(value))) return undefined;
  const where = stack.length === 0 ? '' : ` at ${path(stack)}`;
  return `the number ${literal.slice(0, 40)}${where} is beyond what can be kept exactly (2^53 - 1)`;
}

function path(stack: readonly Frame[]): string {
  return stack
    .map((frame) => (frame.keys === undefined ? `[${frame.index}]` : `.${frame.key}`))
    .join('')
    .replace(/^\./, '');
}
