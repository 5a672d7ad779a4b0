import type { Snapshot } from '../cluster/snapshot.ts';
import type { Profile } from '../place/profile.ts';
import { partsOf } from '../rules/group.ts';
import type { ConstraintSpec } from '../rules/rule.ts';

/** One rule about how the tasks of a job lie over the values of an attribute. */
export interface SpreadRule {
  readonly attribute: string;
  /** Values where tasks may go. */
  readonly values: readonly string[];
  /** How far the tasks are from what the rule wants: 0 where it holds, more the more they are. */
  deviation(counts: ReadonlyMap<string, number>): number;
}

/** What a rule that must hold counts beside wishes, which weigh at most as much. */
const HARD_WEIGHT = 100;
/** An attribute with more values than this is looked at by what the tasks of the job have. */
const VALUES_MAX = 256;

type Measure = (counts: readonly number[], values: readonly string[]) => number;

const measures: Readonly<Record<string, (spec: ConstraintSpec) => Measure>> = {
  /** The squares of what lies more than half of the allowed difference from the mean. */
  Balanced: ({ number = 1 }) => {
    return (counts) => {
      const mean = counts.reduce((sum, count) => sum + count, 0) / Math.max(1, counts.length);
      return squares(counts, (count) => Math.max(0, Math.abs(count - mean) - number / 2));
    };
  },
  /** The squares of what each value has more or less than its part. */
  Spread: ({ shares = [] }) => {
    const given = new Map(shares.map(({ value, percent }) => [value, percent]));
    return (counts, values) => {
      const all = counts.reduce((sum, count) => sum + count, 0);
      const parts = partsOf(given, values);
      return squares(counts, (count, at) => count - (parts.get(values[at] ?? '') ?? 0) * all);
    };
  },
  Unique: () => beyond(1),
  MaxPer: ({ number = 1 }) => beyond(number),
};

/** Whether the rule is about how the job's own tasks are spread. */
export function isSpreadRule({ rule }: Pick<ConstraintSpec, 'rule'>): boolean {
  return Object.hasOwn(measures, rule);
}

/** The squares of what is above the most that is allowed. */
function beyond(most: number): Measure {
  return (counts) => squares(counts, (count) => Math.max(0, count - most));
}

function squares(counts: readonly number[], excess: (count: number, at: number) => number): number {
  return counts.reduce((sum, count, at) => sum + excess(count, at) ** 2, 0);
}

/** The rules of the job that say how its own tasks are spread, whether they must hold or are wishes. */
export function spreadRulesOf({ constraints }: Profile, snapshot: Snapshot): readonly SpreadRule[] {
  return constraints.flatMap((spec) => {
    const measure = isSpreadRule(spec) ? measures[spec.rule]?.(spec) : undefined;
    if (measure === undefined) return [];
    const { attribute = 'host', weight = HARD_WEIGHT } = spec;
    const values = valuesOf(attribute, snapshot);
    const rule: SpreadRule = {
      attribute,
      values,
      deviation(counts) {
        const all = [...new Set([...values, ...counts.keys()])];
        return (
          weight *
          measure(
            all.map((value) => counts.get(value) ?? 0),
            all,
          )
        );
      },
    };
    return [rule];
  });
}

function valuesOf(attribute: string, { agents }: Snapshot): readonly string[] {
  if (attribute === 'host') return [];
  const values = new Set<string>();
  for (const node of agents.values()) {
    const value = node.view.unschedulable === true ? undefined : node.attribute(attribute);
    if (value !== undefined) values.add(value);
    if (values.size > VALUES_MAX) return [];
  }
  return [...values].toSorted();
}

/** By the value of the attribute: how many of the tasks on these agents have it. */
export function countsBy(
  attribute: string,
  hosts: ReadonlyMap<string, number>,
  { agents }: Snapshot,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [host, count] of hosts) {
    const value = agents.get(host)?.attribute(attribute);
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return counts;
}

/** Sums that are equal on paper may differ by less than this. */
const ROUNDING = 1e-9;

/** Whether the second is less by more than what rounding makes. */
export function falls(before: number, after: number): boolean {
  return after < before - ROUNDING;
}
