import type {
  ConstraintSpec,
  GroupRule,
  RuleMaker,
  Standing,
  ValueCounts,
  Verdict,
} from './rule.ts';

const HOLDS: Verdict = { score: 1 };

function groupRule(
  { rule, attribute = 'host', job }: ConstraintSpec,
  standing: (counts: ValueCounts) => Standing,
): GroupRule {
  const about = job === undefined ? attribute : `${attribute}, ${job}`;
  const name = `${rule}(${about})`;
  return { about: 'group', name, attribute, standing, ...(job === undefined ? {} : { job }) };
}

/** At most so many tasks of the job on each value. */
function atMost(spec: ConstraintSpec, most: number): GroupRule {
  return groupRule(spec, ({ count }) => ({
    judge(value) {
      const used = count(value);
      if (used < most) return HOLDS;
      const reason = `${used} of at most ${most} ${tasks(most)} of the job are there already`;
      return { score: 1 / (2 + used - most), reason };
    },
  }));
}

/**
 * No value has more than `number` (1 unless told) tasks of the job beyond the one that has fewest. As a wish the values that
 * have fewest score 1 and others at most 0.25, so that no other single wish or fitness of its weight
 * tips the balance.
 */
function balanced(spec: ConstraintSpec): GroupRule {
  const skew = spec.number ?? 1;
  return groupRule(spec, ({ values, count }) => {
    let fewest = Number.POSITIVE_INFINITY;
    for (const value of values) fewest = Math.min(fewest, count(value));
    return {
      judge(value) {
        const surplus = count(value) - fewest;
        const score = surplus <= 0 ? 1 : 0.25 / surplus;
        if (surplus < skew) return { score };
        const reason = `it has ${count(value)} ${tasks(count(value))} of the job, another has ${fewest}`;
        return { score, reason };
      },
    };
  });
}

const EVEN = 1e-9;

/**
 * Each value where a task may go gets its percentage of the job's tasks; values that are not named share
 * what is left to 100 evenly, and the part of one where no task may go falls to the others in proportion.
 * The next task goes where most is missing: `part × (all + 1) − there`. As a wish that value scores 1.
 */
function spread(spec: ConstraintSpec): GroupRule {
  const given = new Map((spec.shares ?? []).map(({ value, percent }) => [value, percent]));
  return groupRule(spec, ({ values, count }) => {
    const parts = partsOf(given, values);
    const all = values.reduce((sum, value) => sum + count(value), 0);
    const missing = (value: string) => (parts.get(value) ?? 0) * (all + 1) - count(value);
    const most = values.reduce((max, value) => Math.max(max, missing(value)), 0);
    return {
      judge(value) {
        const lacks = missing(value);
        const part = parts.get(value) ?? 0;
        if (part > 0 && lacks >= most - EVEN) return HOLDS;
        const score = part > 0 ? 0.25 / (1 + most - lacks) : 0;
        const percent = Math.round(part * 1000) / 10;
        const reason = `its part is ${percent} % and it has ${count(value)} of ${all} ${tasks(all)}`;
        return { score, reason };
      },
    };
  });
}

/** The part of the tasks that each value gets, of 1 in all. */
export function partsOf(
  given: ReadonlyMap<string, number>,
  values: readonly string[],
): ReadonlyMap<string, number> {
  const named = [...given.values()].reduce((sum, percent) => sum + percent, 0);
  const others = values.filter((value) => !given.has(value)).length;
  const rest = others === 0 ? 0 : Math.max(0, 100 - named) / others;
  const percents = values.map((value) => [value, given.get(value) ?? rest] as const);
  const total = percents.reduce((sum, [, percent]) => sum + percent, 0);
  return new Map(percents.map(([value, percent]) => [value, total > 0 ? percent / total : 0]));
}

function withJob(spec: ConstraintSpec): GroupRule {
  return groupRule(spec, ({ count }) => ({
    judge(value) {
      if (count(value) > 0) return HOLDS;
      return { score: 0, reason: `no task of ${spec.job ?? 'the job'} is there` };
    },
  }));
}

function awayFromJob(spec: ConstraintSpec): GroupRule {
  return groupRule(spec, ({ count }) => ({
    judge(value) {
      const there = count(value);
      if (there === 0) return HOLDS;
      const reason = `${there} ${tasks(there)} of ${spec.job ?? 'the job'} are there`;
      return { score: 1 / (1 + there), reason };
    },
  }));
}

function tasks(count: number): string {
  return count === 1 ? 'task' : 'tasks';
}

/** The rules about where the tasks of a job are, by name. */
export const groupRules = {
  Unique: (spec) => atMost(spec, 1),
  MaxPer: (spec) => atMost(spec, spec.number ?? 1),
  Balanced: balanced,
  Spread: spread,
  WithJob: withJob,
  AwayFromJob: awayFromJob,
} as const satisfies Record<string, RuleMaker>;
