/** What a job's constraint says, as the scheduler reads it. Which fields a rule needs is in its table. */
export interface ConstraintSpec {
  readonly rule: string;
  /** `region`, `domain`, `zone`, `host` or an attribute of the agents. */
  readonly attribute?: string;
  readonly values?: readonly string[];
  readonly number?: number;
  readonly shares?: ReadonlyArray<{ readonly value: string; readonly percent: number }>;
  /** The other job, as `namespace/name`. */
  readonly job?: string;
  /** Absent: it must hold. Given: it is a wish of this weight. */
  readonly weight?: number;
}

/** A rule about one attribute of an agent and nothing else. */
export interface AttributeRule {
  readonly about: 'attribute';
  /** Such as `In(zone)`. */
  readonly name: string;
  readonly attribute: string;
  /** @returns why not; `undefined` where it holds */
  refuse(value: string | undefined): string | undefined;
}

/** Tasks of one job by the values of an attribute, over the values where the task may go. */
export interface ValueCounts {
  readonly values: readonly string[];
  count(value: string): number;
}

/** A rule about how the tasks of a job lie over the values of an attribute. */
export interface GroupRule {
  readonly about: 'group';
  readonly name: string;
  /** `host` is each agent by itself; such a rule is given one value only, and must not compare. */
  readonly attribute: string;
  /** Whose tasks count; absent: those of the task's own job. */
  readonly job?: string;
  /** How the values stand now: cost by the number of values, once for each task. */
  standing(counts: ValueCounts): Standing;
}

export interface Standing {
  /** Whether a task may go there, and as a wish how well: 0 to 1. */
  judge(value: string): Verdict;
}

export interface Verdict {
  readonly score: number;
  /** Why not; absent where the rule holds. */
  readonly reason?: string;
}

/** A rule that wants the agent for the task alone. */
export interface ExclusiveRule {
  readonly about: 'exclusive';
  readonly name: string;
}

export type Rule = AttributeRule | GroupRule | ExclusiveRule;

/** Makes rules of specs: what a plugin exports beside a name. */
export type RuleMaker = (spec: ConstraintSpec) => Rule;
