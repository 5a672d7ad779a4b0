import { compilePattern } from '../../api/pattern.ts';
import type { AttributeRule, ConstraintSpec, RuleMaker } from './rule.ts';
import { compareVersions } from './version.ts';

type Test = (value: string | undefined) => string | undefined;

function ruleOf(spec: ConstraintSpec, refuse: Test): AttributeRule {
  const { rule, attribute = 'host' } = spec;
  return { about: 'attribute', name: `${rule}(${attribute})`, attribute, refuse };
}

function listed({ values = [] }: ConstraintSpec): string {
  return values.join(', ');
}

function shown(value: string | undefined): string {
  return value === undefined ? 'is not set' : `is ${value}`;
}

/** A rule that holds where the value is there and passes a test. */
function whereValue(
  wanted: (spec: ConstraintSpec) => string,
  make: (spec: ConstraintSpec) => (value: string) => boolean,
): RuleMaker {
  return (spec) => {
    const passes = make(spec);
    return ruleOf(spec, (value) =>
      value !== undefined && passes(value)
        ? undefined
        : `${spec.attribute} ${shown(value)}, not ${wanted(spec)}`,
    );
  };
}

function numbers(wanted: string, holds: (order: number) => boolean): RuleMaker {
  return whereValue(
    ({ values = [] }) => `a number ${wanted} ${values[0]}`,
    ({ values = [] }) => {
      const limit = Number(values[0]);
      return (value) => value.trim() !== '' && holds(Math.sign(Number(value) - limit));
    },
  );
}

function versions(wanted: string, holds: (order: number) => boolean): RuleMaker {
  return whereValue(
    ({ values = [] }) => `a version ${wanted} ${values[0]}`,
    ({ values: [limit = ''] = [] }) =>
      (value) =>
        holds(compareVersions(value, limit)),
  );
}

function itemsOf(value: string): ReadonlySet<string> {
  return new Set(value.split(',').map((item) => item.trim()));
}

/** The rules about one attribute, by name. A value that is no number or version passes no comparison. */
export const attributeRules = {
  Equals: whereValue(
    listed,
    ({ values: [wanted] = [] }) =>
      (value) =>
        value === wanted,
  ),
  NotEquals: (spec) =>
    ruleOf(spec, (value) =>
      value === spec.values?.[0] ? `${spec.attribute} ${shown(value)}` : undefined,
    ),
  In: whereValue(
    (spec) => `one of ${listed(spec)}`,
    ({ values }) => {
      const wanted = new Set(values);
      return (value) => wanted.has(value);
    },
  ),
  NotIn: (spec) => {
    const unwanted = new Set<string | undefined>(spec.values);
    return ruleOf(spec, (value) =>
      unwanted.has(value) ? `${spec.attribute} ${shown(value)}` : undefined,
    );
  },
  Contains: whereValue(
    (spec) => `a list with ${listed(spec)}`,
    ({ values = [] }) =>
      (value) => {
        const items = itemsOf(value);
        return values.every((wanted) => items.has(wanted));
      },
  ),
  Exists: (spec) =>
    ruleOf(spec, (value) => (value === undefined ? `${spec.attribute} is not set` : undefined)),
  NotExists: (spec) =>
    ruleOf(spec, (value) =>
      value === undefined ? undefined : `${spec.attribute} ${shown(value)}`,
    ),
  AtLeast: numbers('of at least', (order) => order >= 0),
  AtMost: numbers('of at most', (order) => order <= 0),
  MoreThan: numbers('above', (order) => order > 0),
  LessThan: numbers('below', (order) => order < 0),
  VersionAtLeast: versions('of at least', (order) => order >= 0),
  VersionAtMost: versions('of at most', (order) => order <= 0),
  VersionMoreThan: versions('above', (order) => order > 0),
  VersionLessThan: versions('below', (order) => order < 0),
  Matches: whereValue(
    (spec) => `a match of ${listed(spec)}`,
    ({ values: [source = ''] = [] }) => {
      const pattern = compilePattern(`^(?:${source})$`);
      return (value) => value.length <= VALUE_MAX && pattern.test(value);
    },
  ),
} as const satisfies Record<string, RuleMaker>;

/** Longer values match no pattern, so that a match is bounded. */
const VALUE_MAX = 256;
