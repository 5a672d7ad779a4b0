import { exactInteger, type Int64 } from './int64.ts';
import { field } from './json.ts';

/**
 * What `JSON.parse` cannot tell of a text that it accepts: keys that occur twice in one map, with their
 * paths, integers beyond 2^53, and what must not be taken.
 */
export interface Scan {
  /** What `JSON.parse` made of the text, in which integers of 64 bits were put in their places. */
  readonly value: unknown;
  /** Paths such as `spec.owner` or `spec.groups[0].name`, in the order of the text. */
  readonly duplicates: readonly string[];
  /** The first thing that must not be taken, as a sentence, or `undefined`. */
  readonly problem: string | undefined;
}

interface Frame {
  /** The keys seen so far of a map, `undefined` for a list. */
  readonly keys: Set<string> | undefined;
  /** `undefined` where the next text is a key. */
  key: string | undefined;
  index: number;
  /** What the text up to here is the beginning of; found when it is first needed. */
  container?: unknown;
}

const DEPTH_MAX = 200;
const DUPLICATES_MAX = 100;
const PLAIN_END = /["\\]/g;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const INTERESTING = /["{}[\],\-\d]/g;

interface Reading {
  readonly text: string;
  readonly stack: Frame[];
  readonly depthMax: number;
  readonly duplicates: string[];
  value: unknown;
  problem: string | undefined;
  at: number;
}

/** Puts the integers of 64 bits in their places, and looks at nothing else. */
export function placeIntegers(text: string, parsed: unknown): unknown {
  return scanJson(text, parsed, Number.POSITIVE_INFINITY).value;
}

/** Scans a text that `JSON.parse` has made `parsed` of; of any other text the answer means nothing. */
export function scanJson(text: string, parsed: unknown, depthMax = DEPTH_MAX): Scan {
  const reading: Reading = {
    text,
    stack: [],
    depthMax,
    duplicates: [],
    value: parsed,
    problem: undefined,
    at: 0,
  };
  while (reading.problem === undefined) {
    INTERESTING.lastIndex = reading.at;
    const found = INTERESTING.exec(text);
    if (found === null) break;
    reading.at = found.index;
    take(reading, found[0]);
  }
  const { value, duplicates, problem } = reading;
  return { value, duplicates, problem };
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
  if (frame?.keys !== undefined && frame.key === undefined) {
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
  reading.at += literal.length;
  const value = Number(literal);
  if (Number.isSafeInteger(value)) return;
  if (!Number.isFinite(value)) reading.problem = numberProblem(literal, stack);
  const exact = exactInteger(literal, value);
  if (typeof exact === 'bigint') place(reading, exact, value);
}

/** Where a key was written twice the last counts, which may be something else. */
function place(reading: Reading, exact: Int64, instead: number): void {
  const { stack } = reading;
  if (stack.length === 0) reading.value = exact;
  else if (childOf(reading, stack.length) === instead) setChild(stack.at(-1), exact);
}

/** What stands, in what was parsed, where so many frames lead. */
function childOf({ stack, value }: Reading, depth: number): unknown {
  let first = depth - 1;
  while (first > 0 && stack[first]?.container === undefined) first -= 1;
  let child = stack[first]?.container ?? value;
  for (const frame of stack.slice(first, depth)) {
    frame.container = child;
    child = childIn(frame);
  }
  return child;
}

function childIn({ container, key, index, keys }: Frame): unknown {
  if (keys === undefined) return Array.isArray(container) ? container[index] : undefined;
  return key === undefined ? undefined : field(container, key);
}

function setChild(frame: Frame | undefined, value: Int64): void {
  if (frame === undefined) return;
  const { container, key, index } = frame;
  if (Array.isArray(container)) container[index] = value;
  else (container as Record<string, unknown>)[key ?? ''] = value;
}

function takeBracket(reading: Reading, character: string): void {
  const { stack, depthMax } = reading;
  if (character === '{' || character === '[') {
    if (stack.length >= depthMax) reading.problem = `nested more than ${depthMax} levels deep`;
    stack.push({ keys: character === '{' ? new Set() : undefined, key: undefined, index: 0 });
  } else if (character === ',') {
    const frame = stack.at(-1);
    if (frame !== undefined) {
      frame.key = undefined;
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

function keyText(literal: string): string {
  return literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}

function numberProblem(literal: string, stack: readonly Frame[]): string {
  const where = stack.length === 0 ? '' : ` at ${path(stack)}`;
  return `the number ${literal.slice(0, 40)}${where} is larger than any number of 64 bits`;
}

function path(stack: readonly Frame[]): string {
  return stack
    .map((frame) => (frame.keys === undefined ? `[${frame.index}]` : `.${frame.key ?? ''}`))
    .join('')
    .replace(/^\./, '');
}
