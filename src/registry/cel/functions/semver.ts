import type { Environment } from '@marcbachmann/cel-js';

const NUMBER = '(0|[1-9]\\d{0,15})';
const PRERELEASE = '(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)';
const FORM = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${PRERELEASE}(?:\\.${PRERELEASE})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);
const TEXT_MAX = 256;

/** A version as https://semver.org (2.0.0) describes it; what stands behind `+` says nothing of its order. */
export class Semver {
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint];
  readonly prerelease: readonly string[];

  constructor(numbers: Semver['numbers'], prerelease: readonly string[]) {
    this.numbers = numbers;
    this.prerelease = prerelease;
  }
}

/** @returns `undefined` where the text is no version */
function parse(text: string): Semver | undefined {
  const match = text.length > TEXT_MAX ? null : FORM.exec(text);
  if (match === null) return undefined;
  const [, major = '', minor = '', patch = '', prerelease] = match;
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const;
  return new Semver(numbers, prerelease === undefined ? [] : prerelease.split('.'));
}

/** `v1.02` as `1.2.0`: without the v and leading zeroes, with the numbers that are missing. */
function normalised(text: string): string {
  const [, core = '', rest = ''] = /^v?([\d.]*)(.*)$/s.exec(text.slice(0, TEXT_MAX + 1)) ?? [];
  const numbers = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (numbers.length < 3) numbers.push('0');
  return `${numbers.join('.')}${rest}`;
}

function semver(text: string, isLoose = false): Semver {
  const parsed = parse(isLoose ? normalised(text) : text);
  if (parsed === undefined) throw new Error(`"${text.slice(0, TEXT_MAX)}" is no semantic version`);
  return parsed;
}

/** Below 0 where `a` comes before `b`. */
function compare(a: Semver, b: Semver): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  return comparePrerelease(a.prerelease, b.prerelease);
}

/** A version comes behind its prereleases; of two, the longer one where the shorter is its beginning. */
function comparePrerelease(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = comparePart(part, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers come before words, and by their size; words by their letters. */
function comparePart(a: string, b: string): number {
  const isNumber = [a, b].map((part) => /^\d+$/.test(part));
  if (isNumber[0] !== isNumber[1]) return isNumber[0] ? -1 : 1;
  if (isNumber[0] && a.length !== b.length) return a.length - b.length;
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Kubernetes' semantic versions. */
export function registerSemver(env: Environment): void {
  const sync = { async: false };
  const type = 'kubernetes.Semver';
  env.registerType(type, Semver);
  const functions: readonly (readonly [string, (...given: never[]) => unknown])[] = [
    [`semver(string): ${type}`, (text: string) => semver(text)],
    [`semver(string, bool): ${type}`, semver],
    ['isSemver(string): bool', (text: string) => parse(text) !== undefined],
    [
      'isSemver(string, bool): bool',
      (text: string, isLoose: boolean) => parse(isLoose ? normalised(text) : text) !== undefined,
    ],
    [`${type}.isGreaterThan(${type}): bool`, (a: Semver, b: Semver) => compare(a, b) > 0],
    [`${type}.isLessThan(${type}): bool`, (a: Semver, b: Semver) => compare(a, b) < 0],
    [`${type}.compareTo(${type}): int`, (a: Semver, b: Semver) => BigInt(Math.sign(compare(a, b)))],
    [`${type}.major(): int`, ({ numbers }: Semver) => numbers[0]],
    [`${type}.minor(): int`, ({ numbers }: Semver) => numbers[1]],
    [`${type}.patch(): int`, ({ numbers }: Semver) => numbers[2]],
  ];
  for (const [signature, handler] of functions) env.registerFunction(signature, handler, sync);
  env.registerOperator(`${type} == ${type}`, (a: Semver, b: Semver) => compare(a, b) === 0);
}
