import type { Environment } from '@marcbachmann/cel-js';

const FORM =
  /^([+-]?)(\d{0,30})(?:\.(\d{0,30}))?(?:([eE])([+-]?\d{1,2})|([KMGTPE]i|[numkMGTPE]))?$/;
const SCALE = 9;
const UNIT = 10n ** 9n;
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** A quantity such as `1.5Gi`, in billionths, rounded up. */
export class Quantity {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** @returns `undefined` where the text is no quantity */
function parse(text: string): Quantity | undefined {
  const match = FORM.exec(text);
  const [, sign, whole = '', fraction = '', , exponent, suffix] = match ?? [];
  if (match === null || whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const binary = suffix === undefined ? -1 : BINARY.indexOf(suffix);
  const factor = binary < 0 ? 1n : 1024n ** BigInt(binary + 1);
  const shift =
    SCALE - fraction.length + (exponent ? Number(exponent) : (DECIMAL[suffix ?? ''] ?? 0));
  const scaled = shifted(digits * factor, shift);
  return new Quantity(sign === '-' ? -scaled : scaled);
}

function shifted(value: bigint, by: number): bigint {
  if (by >= 0) return value * 10n ** BigInt(by);
  const divisor = 10n ** BigInt(-by);
  return (value + divisor - 1n) / divisor;
}

function quantity(text: string): Quantity {
  const parsed = parse(text);
  if (parsed === undefined) {
    throw new Error(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  }
  return parsed;
}

/** Kubernetes' quantities. */
export function registerQuantity(env: Environment): void {
  const sync = { async: false };
  const type = 'kubernetes.Quantity';
  env.registerType(type, Quantity);
  env.registerFunction(`quantity(string): ${type}`, quantity, sync);
  env.registerFunction(
    'isQuantity(string): bool',
    (text: string) => parse(text) !== undefined,
    sync,
  );
  const compare: readonly (readonly [string, (a: Quantity, b: Quantity) => unknown])[] = [
    [`isGreaterThan(${type}): bool`, (a, b) => a.nanos > b.nanos],
    [`isLessThan(${type}): bool`, (a, b) => a.nanos < b.nanos],
    [
      `compareTo(${type}): int`,
      (a, b) => BigInt(Number(a.nanos > b.nanos) - Number(a.nanos < b.nanos)),
    ],
    [`add(${type}): ${type}`, (a, b) => new Quantity(a.nanos + b.nanos)],
    [`sub(${type}): ${type}`, (a, b) => new Quantity(a.nanos - b.nanos)],
  ];
  for (const [signature, handler] of compare) {
    env.registerFunction(`${type}.${signature}`, handler, sync);
  }
  env.registerFunction(`${type}.sign(): int`, (a: Quantity) => BigInt(signOf(a)), sync);
  env.registerFunction(`${type}.isInteger(): bool`, (a: Quantity) => a.nanos % UNIT === 0n, sync);
  env.registerFunction(`${type}.asInteger(): int`, asInteger, sync);
  env.registerFunction(
    `${type}.asApproximateFloat(): double`,
    (a: Quantity) => Number(a.nanos) / 1e9,
    sync,
  );
  env.registerOperator(`${type} == ${type}`, (a: Quantity, b: Quantity) => a.nanos === b.nanos);
}

function signOf({ nanos }: Quantity): number {
  return Number(nanos > 0n) - Number(nanos < 0n);
}

function asInteger({ nanos }: Quantity): bigint {
  if (nanos % UNIT === 0n) return nanos / UNIT;
  throw new Error('cannot convert value to integer');
}
