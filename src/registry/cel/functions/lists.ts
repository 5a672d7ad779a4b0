import type { Environment } from '@marcbachmann/cel-js';
import type { Budget } from '../budget.ts';

type Comparable = string | number | bigint | Date;

/** Kubernetes' functions of lists, and its sets. */
export function registerLists(env: Environment, budget: Budget): void {
  const sync = { async: false };
  const charged = <Result>(use: (list: readonly Comparable[]) => Result) => {
    return (list: readonly Comparable[]): Result => {
      budget.charge(list.length);
      return use(list);
    };
  };
  env.registerFunction('list.isSorted(): bool', charged(isSorted), sync);
  env.registerFunction('list.sum(): dyn', charged(sum), sync);
  env.registerFunction(
    'list.min(): dyn',
    charged((list) => extreme(list, (a, b) => a < b, 'min')),
    sync,
  );
  env.registerFunction(
    'list.max(): dyn',
    charged((list) => extreme(list, (a, b) => a > b, 'max')),
    sync,
  );
  env.registerFunction(
    'list.indexOf(dyn): int',
    (list: readonly unknown[], item: unknown) => BigInt(list.findIndex((one) => isSame(one, item))),
    sync,
  );
  env.registerFunction(
    'list.lastIndexOf(dyn): int',
    (list: readonly unknown[], item: unknown) =>
      BigInt(list.findLastIndex((one) => isSame(one, item))),
    sync,
  );
  registerSets(env, budget);
}

class Sets {}

function registerSets(env: Environment, budget: Budget): void {
  const sync = { async: false };
  const holds = (all: readonly unknown[], some: readonly unknown[]) => {
    budget.charge(all.length * some.length);
    return some.every((item) => all.some((one) => isSame(one, item)));
  };
  type Of = (sets: Sets, a: readonly unknown[], b: readonly unknown[]) => boolean;
  const contains: Of = (_, a, b) => holds(a, b);
  const equivalent: Of = (_, a, b) => holds(a, b) && holds(b, a);
  const intersects: Of = (_, a, b) => {
    budget.charge(a.length * b.length);
    return b.some((item) => a.some((one) => isSame(one, item)));
  };
  env.registerType('kubernetes.Sets', Sets);
  env.registerConstant('sets', 'kubernetes.Sets', new Sets());
  env.registerFunction('kubernetes.Sets.contains(list, list): bool', contains, sync);
  env.registerFunction('kubernetes.Sets.equivalent(list, list): bool', equivalent, sync);
  env.registerFunction('kubernetes.Sets.intersects(list, list): bool', intersects, sync);
}

function isSorted(list: readonly Comparable[]): boolean {
  return list.every((item, index) => {
    const before = list[index - 1];
    return before === undefined || before <= item;
  });
}

function sum(list: readonly Comparable[]): bigint | number {
  if (list.every((item) => typeof item === 'bigint')) {
    return list.reduce((total, item) => total + item, 0n);
  }
  return list.reduce<number>((total, item) => total + Number(item), 0);
}

function extreme(
  list: readonly Comparable[],
  isBetter: (a: Comparable, b: Comparable) => boolean,
  name: string,
): Comparable {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error(`${name} called on empty list`);
  return rest.reduce((best, item) => (isBetter(item, best) ? item : best), first);
}

/** Equality of what lists of scalars hold, and of JSON by its text. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return JSON.stringify(a, asText) === JSON.stringify(b, asText);
}

function asText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
