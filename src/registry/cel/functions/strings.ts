import type { Environment } from '@marcbachmann/cel-js';
import { compilePattern, type Pattern } from '../../../api/pattern.ts';
import type { Budget } from '../budget.ts';

const PATTERNS_MAX = 1_000;
const FOUND_MAX = 10_000;
const TEXT_MAX = 1_000_000;

/** Kubernetes' functions of texts that the library lacks, and patterns that take linear time. */
export function registerStrings(env: Environment, budget: Budget): void {
  const sync = { async: false };
  const patterns = createPatterns(budget);
  env.registerFunction(
    'string.matchesPattern(string): bool',
    (text: string, source: string) => patterns(source, text).test(text),
    sync,
  );
  env.registerFunction(
    'string.find(string): string',
    (text: string, source: string) => patterns(source, text).find(text)[0] ?? '',
    sync,
  );
  env.registerFunction(
    'string.findAll(string): list<string>',
    (text: string, source: string) => findAll(patterns(source, text), text, FOUND_MAX),
    sync,
  );
  env.registerFunction(
    'string.findAll(string, int): list<string>',
    (text: string, source: string, limit: bigint) =>
      findAll(patterns(source, text), text, limit < 0n ? FOUND_MAX : Number(limit)),
    sync,
  );
  env.registerFunction('string.replace(string, string): string', replaceAll, sync);
  env.registerFunction('string.replace(string, string, int): string', replaceSome, sync);
  env.registerFunction('string.charAt(int): string', charAt, sync);
  env.registerFunction(
    'string.reverse(): string',
    (text: string) => [...text].reverse().join(''),
    sync,
  );
  env.registerFunction('string.format(list): string', format, sync);
}

/** Compiled patterns, of which the last ones are kept; each use is charged. */
function createPatterns(budget: Budget): (source: string, text: string) => Pattern {
  const known = new Map<string, Pattern>();
  return (source, text) => {
    let pattern = known.get(source);
    if (pattern === undefined) {
      budget.charge(100 + source.length);
      pattern = compilePattern(source);
      if (known.size >= PATTERNS_MAX) known.clear();
      known.set(source, pattern);
    }
    budget.charge(pattern.cost(text.length));
    return pattern;
  };
}

function findAll(pattern: Pattern, text: string, limit: number): readonly string[] {
  const found: string[] = [];
  let rest = text;
  while (found.length < Math.min(limit, FOUND_MAX) && rest !== '') {
    const [match] = pattern.find(rest);
    if (match === undefined) break;
    found.push(match);
    rest = rest.slice(rest.indexOf(match) + Math.max(match.length, 1));
  }
  return found;
}

function replaceAll(text: string, from: string, to: string): string {
  return replaceSome(text, from, to, -1n);
}

function replaceSome(text: string, from: string, to: string, limit: bigint): string {
  const parts = text.split(from);
  const count = limit < 0n ? parts.length - 1 : Math.min(Number(limit), parts.length - 1);
  if (text.length + count * to.length > TEXT_MAX) throw new Error('the text becomes too long');
  return parts.slice(0, count).join(to) + (count > 0 ? to : '') + parts.slice(count).join(from);
}

function charAt(text: string, index: bigint): string {
  const at = Number(index);
  if (at < 0 || at > text.length) throw new Error(`index out of range: ${index}`);
  return text.charAt(at);
}

const VERB = /%(?:%|(?:\.(\d{1,2}))?([sdfeboxX]))/g;

/** As `'%s has %d'.format([name, count])`. */
function format(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replaceAll(VERB, (whole, precision: string | undefined, verb: string | undefined) => {
    if (verb === undefined) return whole === '%%' ? '%' : whole;
    const value = values[next];
    next += 1;
    if (value === undefined) throw new Error(`index ${next - 1} out of range`);
    return formatOne(verb, value, precision);
  });
}

function formatOne(verb: string, value: unknown, precision: string | undefined): string {
  const digits = Number(precision ?? 6);
  if (verb === 'f') return Number(value).toFixed(digits);
  if (verb === 'e') return Number(value).toExponential(digits);
  if (typeof value === 'bigint' && verb !== 's' && verb !== 'd') {
    const hexadecimal = value.toString(16);
    if (verb === 'X') return hexadecimal.toUpperCase();
    if (verb === 'x') return hexadecimal;
    return value.toString(verb === 'o' ? 8 : 2);
  }
  return typeof value === 'object' ? JSON.stringify(value, asText) : String(value);
}

function asText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
