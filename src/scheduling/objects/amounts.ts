import type { Resources } from '../cluster/resources.ts';
import type { Span } from '../cluster/spans.ts';

/** Amounts as Mesos counts them. */
interface Scalars {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  readonly others?: Readonly<Record<string, number>>;
}

/** What an agent has or offers. */
export interface Amounts extends Scalars {
  readonly ports: readonly Span[];
  readonly items?: Readonly<Record<string, Items>>;
  /** What of the amounts is reserved for the tasks of one capacity group, by its name. */
  readonly reserved?: Readonly<Record<string, Partial<Scalars>>>;
}

/** What an agent has of a range or a set. */
export type Items =
  | { readonly type: 'ranges'; readonly ranges: readonly Span[] }
  | { readonly type: 'set'; readonly items: readonly string[] };

/** What tasks of every group may have, and by group what only its own may. */
export interface Parts {
  readonly capacity: Resources;
  readonly reserved: Readonly<Record<string, Resources>>;
}

/** Ranges and sets have names of their own here, as an amount may be called the same on another agent. */
export const ITEMS_OF = 'items of ';

const THOUSANDTHS = 1000;

/** In thousandths: what Mesos itself counts in. */
export function scalarsOf(amounts: Partial<Scalars>): Readonly<Record<string, number>> {
  const { cpus = 0, memoryMiB = 0, diskMiB = 0, others = {} } = amounts;
  const scalars = { cpus, memory: memoryMiB, disk: diskMiB, ...others };
  return Object.fromEntries(
    Object.entries(scalars).map(([name, value]) => [name, Math.round(value * THOUSANDTHS)]),
  );
}

export function partsOf(amounts: Amounts): Parts {
  const { ports, items = {}, reserved: kept = {} } = amounts;
  const named = Object.entries(items);
  const ranges = named.flatMap(([name, each]) =>
    each.type === 'ranges' ? [[ITEMS_OF + name, each.ranges] as const] : [],
  );
  const sets = named.flatMap(([name, each]) =>
    each.type === 'set' ? [[ITEMS_OF + name, each.items] as const] : [],
  );
  const reserved = Object.entries(kept).map(
    ([group, own]) => [group, { scalars: scalarsOf(own) }] as const,
  );
  return {
    capacity: {
      scalars: without(
        scalarsOf(amounts),
        reserved.map(([, { scalars }]) => scalars),
      ),
      ranges: { ports, ...Object.fromEntries(ranges) },
      ...(sets.length === 0 ? {} : { sets: Object.fromEntries(sets) }),
    },
    reserved: Object.fromEntries(reserved),
  };
}

function without(
  all: Readonly<Record<string, number>>,
  parts: readonly Readonly<Record<string, number>>[],
): Readonly<Record<string, number>> {
  if (parts.length === 0) return all;
  return Object.fromEntries(
    Object.entries(all).map(([name, amount]) => {
      const taken = parts.reduce((sum, part) => sum + (part[name] ?? 0), 0);
      return [name, Math.max(0, amount - taken)];
    }),
  );
}
