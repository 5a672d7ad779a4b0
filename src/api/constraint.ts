import type { Cause } from './error.ts';
import type { JobSpec } from './kinds.gen.ts';
import { compilePattern } from './pattern.ts';

export type Constraint = NonNullable<JobSpec['constraints']>[number];

type Field = 'attribute' | 'values' | 'number' | 'shares' | 'job';

/** What a rule takes beside its weight. */
interface Form {
  readonly needs: readonly Field[];
  readonly takes?: readonly Field[];
  /** It compares with one value only. */
  readonly single?: true;
  /** It compares agents' values with one another, so each agent by itself makes no sense. */
  readonly notByHost?: true;
  /** What is wrong with a value. */
  readonly fault?: (value: string) => string | undefined;
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const VERSION = /^v?\d+(\.\d+){0,5}(-[0-9A-Za-z.-]+)?(\+.*)?$/;

const some: Form = { needs: ['attribute', 'values'] };
const one: Form = { ...some, single: true };
const number: Form = {
  ...one,
  fault: (value) => (NUMBER.test(value) ? undefined : 'must be a number, for example 4 or 0.5'),
};
const version: Form = {
  ...one,
  fault: (value) =>
    VERSION.test(value) ? undefined : 'must be a version, for example 4.9 or 1.2.0-rc1',
};

/** The rules that a job may name. */
export const RULES = {
  Equals: one,
  NotEquals: one,
  In: some,
  NotIn: some,
  Contains: some,
  Exists: { needs: ['attribute'] },
  NotExists: { needs: ['attribute'] },
  AtLeast: number,
  AtMost: number,
  MoreThan: number,
  LessThan: number,
  VersionAtLeast: version,
  VersionAtMost: version,
  VersionMoreThan: version,
  VersionLessThan: version,
  Matches: { ...one, fault: patternFault },
  Unique: { needs: [], takes: ['attribute'] },
  MaxPer: { needs: ['number'], takes: ['attribute'] },
  Balanced: { needs: ['attribute'], takes: ['number'], notByHost: true },
  Spread: { needs: ['attribute', 'shares'], notByHost: true },
  ExclusiveHost: { needs: [] },
  WithJob: { needs: ['job'], takes: ['attribute'] },
  AwayFromJob: { needs: ['job'], takes: ['attribute'] },
} as const satisfies Readonly<Record<string, Form>>;

export type RuleName = keyof typeof RULES;

/** The fitness that a job may name. */
export const FITNESS = [
  'PackCpus',
  'PackMemory',
  'PackCpusAndMemory',
  'PackDominant',
  'PackAll',
  'SpreadLoad',
  'SpreadJob',
  'ImageLocality',
  'AgentQuality',
  'LikeEnd',
] as const;

export type FitnessName = (typeof FITNESS)[number];

function patternFault(source: string): string | undefined {
  try {
    compilePattern(source);
    return undefined;
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown);
    return `must be a regular expression of RE2's syntax: ${problem}`;
  }
}

/** Names that plugins bring. A rule of a plugin says itself which fields it needs. */
export interface PluginNames {
  readonly rules: readonly string[];
  readonly fitness: readonly string[];
}

export const NO_PLUGINS: PluginNames = { rules: [], fitness: [] };

/** What the schema cannot say about constraints and placement. */
export function placementFaults(
  { constraints, placement }: JobSpec,
  plugins: PluginNames,
): readonly Cause[] {
  const fitness = [...FITNESS, ...plugins.fitness];
  return [
    ...(constraints ?? []).flatMap((constraint, index) =>
      constraintFaults(constraint, `spec.constraints[${index}]`, plugins),
    ),
    ...(placement?.fitness ?? []).flatMap(({ name }, index) =>
      fitness.includes(name)
        ? []
        : [unsupported(`spec.placement.fitness[${index}].name`, name, fitness)],
    ),
  ];
}

const FIELDS: readonly Field[] = ['attribute', 'values', 'number', 'shares', 'job'];

function constraintFaults(
  constraint: Constraint,
  field: string,
  plugins: PluginNames,
): readonly Cause[] {
  const { rule } = constraint;
  if (plugins.rules.includes(rule)) return [];
  if (!(rule in RULES)) {
    return [unsupported(`${field}.rule`, rule, [...Object.keys(RULES), ...plugins.rules])];
  }
  const form: Form = RULES[rule as RuleName];
  const takes = [...form.needs, ...(form.takes ?? [])];
  const missing = form.needs
    .filter((name) => constraint[name] === undefined)
    .map((name) => required(`${field}.${name}`, `the rule ${rule} needs it`));
  const ignored = FIELDS.filter(
    (name) => constraint[name] !== undefined && !takes.includes(name),
  ).map((name) => forbidden(`${field}.${name}`, `the rule ${rule} does not use it; remove it`));
  const byHost = form.notByHost === true && constraint.attribute === 'host';
  return [
    ...missing,
    ...ignored,
    ...(byHost ? [forbidden(`${field}.attribute`, BY_HOST)] : []),
    ...valueFaults(constraint, form, `${field}.values`),
    ...shareFaults(constraint, `${field}.shares`),
  ];
}

const BY_HOST =
  'tasks are evened out over zones and other attributes; for agents use MaxPer, Unique or the fitness SpreadJob';

function valueFaults(
  { rule, values = [] }: Constraint,
  form: Form,
  field: string,
): readonly Cause[] {
  if (form.single === true && values.length > 1) {
    return [
      forbidden(`${field}[1]`, `the rule ${rule} compares with one value; use In for several`),
    ];
  }
  return values.flatMap((value, index) => {
    const problem = form.fault?.(value);
    return problem === undefined ? [] : [invalid(`${field}[${index}]`, value, problem)];
  });
}

function shareFaults({ shares = [] }: Constraint, field: string): readonly Cause[] {
  const total = shares.reduce((sum, { percent }) => sum + percent, 0);
  const twice = shares.findIndex(({ value }, index) =>
    shares.slice(0, index).some((other) => other.value === value),
  );
  return [
    ...(total > 100 ? [invalid(field, total, 'the percentages must not exceed 100 together')] : []),
    ...(twice < 0
      ? []
      : [invalid(`${field}[${twice}].value`, shares[twice]?.value, 'is named twice')]),
  ];
}

function invalid(field: string, value: unknown, problem: string): Cause {
  const message = `Invalid value: ${JSON.stringify(value)}: ${problem}`;
  return { reason: 'FieldValueInvalid', field, message };
}

function required(field: string, problem: string): Cause {
  return { reason: 'FieldValueRequired', field, message: `Required value: ${problem}` };
}

function forbidden(field: string, problem: string): Cause {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${problem}` };
}

function unsupported(field: string, value: string, supported: readonly string[]): Cause {
  const names = supported.map((name) => `"${name}"`).join(', ');
  const message = `Unsupported value: "${value}": supported values: ${names}`;
  return { reason: 'FieldValueNotSupported', field, message };
}
