import { countOf, type Span } from './spans.ts';

/**
 * What an agent has. Scalars are whole thousandths of their unit (cpus and custom scalars; `memory` and
 * `disk` of a MiB), so that sums are exact. A range or a set is named once, and shares its name with nothing.
 */
export interface Resources {
  readonly scalars: Readonly<Record<string, number>>;
  readonly ranges?: Readonly<Record<string, readonly Span[]>>;
  readonly sets?: Readonly<Record<string, readonly string[]>>;
}

/** What a task asks for. */
export interface Ask {
  /** In thousandths, as in `Resources`. */
  readonly scalars: Readonly<Record<string, number>>;
  /** How many values of a range (`ports`) or items of a set, whichever are free. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Shares of named resource sets. */
  readonly slots?: readonly SlotAsk[];
}

/**
 * A share of a named resource set: a set has slots, a slot is bound to one value until it is empty, and
 * holds so many shares. (An Elastic Network Interface with its security groups is a slot, its addresses
 * are shares.)
 */
export interface SlotAsk {
  readonly set: string;
  readonly value: string;
  readonly count: number;
}

/** How many slots an agent has of a named set, and how many shares each has. */
export interface SlotShape {
  readonly slots: number;
  readonly each: number;
}

/** Amounts by the number of their dimension; one that is missing is 0. */
export type Vector = readonly number[];

/** Every agent's first dimensions. */
export const CPUS = 0;
export const MEMORY = 1;
export const DISK = 2;

const FIRST = ['cpus', 'memory', 'disk', 'ports'];

/** Numbers for the names of resources. They grow with the cluster and are never given anew. */
export interface Dimensions {
  /** `role`: what of the scalar is kept for that role. */
  indexOf(name: string, role?: string): number;
  nameOf(index: number): string;
}

export function createDimensions(): Dimensions {
  const names = [...FIRST];
  const indexes = new Map(names.map((name, index) => [name, index]));

  function indexOf(name: string, role?: string): number {
    const full = role === undefined ? name : `${name}(${role})`;
    const known = indexes.get(full);
    if (known !== undefined) return known;
    indexes.set(full, names.length);
    names.push(full);
    return names.length - 1;
  }

  return { indexOf, nameOf: (index) => names[index] ?? '' };
}

/** The resources as amounts: a range or a set counts with how many it has. */
export function vectorOf(
  { scalars, ranges = {}, sets = {} }: Resources,
  dimensions: Dimensions,
  role?: string,
): number[] {
  const amounts: number[] = FIRST.map(() => 0);
  function add(name: string, amount: number): void {
    const index = dimensions.indexOf(name, role);
    while (amounts.length <= index) amounts.push(0);
    amounts[index] = (amounts[index] ?? 0) + amount;
  }
  for (const [name, amount] of Object.entries(scalars)) add(name, amount);
  for (const [name, spans] of Object.entries(ranges)) add(name, countOf(spans));
  for (const [name, items] of Object.entries(sets)) add(name, items.length);
  return amounts;
}

export function plus(a: Vector, b: Vector): number[] {
  const longer = a.length >= b.length ? a : b;
  return longer.map((_, index) => (a[index] ?? 0) + (b[index] ?? 0));
}

/** One thing that a task needs, by dimension; `reserved` is where its role's own part of it is. */
export interface Need {
  readonly name: string;
  readonly index: number;
  readonly reserved: number;
  readonly amount: number;
  /** The dimension and all of the amount. */
  readonly whole: readonly [index: number, amount: number];
  /** How many of them are one for people: 1000 of a scalar, 1 of what is counted. */
  readonly unit: number;
}

const NOWHERE = -1;

export function needsOf(ask: Ask, dimensions: Dimensions, role?: string): readonly Need[] {
  const all = [...Object.entries(ask.scalars), ...Object.entries(ask.counts ?? {})];
  return all
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => {
      const isScalar = name in ask.scalars;
      const reserved = role === undefined || !isScalar ? NOWHERE : dimensions.indexOf(name, role);
      const index = dimensions.indexOf(name);
      const whole = [index, amount] as const;
      return { name, index, reserved, amount, whole, unit: isScalar ? 1000 : 1 };
    });
}

/** How much of it there is for who needs it. */
export function roomFor({ index, reserved }: Need, free: Vector): number {
  const own = reserved === NOWHERE ? 0 : (free[reserved] ?? 0);
  return (free[index] ?? 0) + own;
}

export function fits(needs: readonly Need[], free: Vector): boolean {
  for (const need of needs) if (need.amount > roomFor(need, free)) return false;
  return true;
}

/** What was taken of each dimension, by its number. */
export type Amounts = ReadonlyArray<readonly [index: number, amount: number]>;

/** Takes a role's own part first. What is not there makes the free amount negative. */
export function amountsOf(needs: readonly Need[], free: Vector): Amounts {
  if (needs.every(isForAll)) return needs.map(wholeOf);
  const amounts: [number, number][] = [];
  for (const { index, reserved, amount } of needs) {
    const own = reserved === NOWHERE ? 0 : Math.max(0, Math.min(amount, free[reserved] ?? 0));
    if (own > 0) amounts.push([reserved, own]);
    if (own < amount) amounts.push([index, amount - own]);
  }
  return amounts;
}

function isForAll({ reserved }: Need): boolean {
  return reserved === NOWHERE;
}

function wholeOf({ whole }: Need): Need['whole'] {
  return whole;
}

/** @param sign 1 gives back, -1 takes */
export function moved(free: Vector, amounts: Amounts, sign: 1 | -1): number[] {
  const next = free.slice();
  for (const [index, amount] of amounts) {
    while (next.length <= index) next.push(0);
    next[index] = (next[index] ?? 0) + sign * amount;
  }
  return next;
}
