import type { AgentNode } from '../cluster/agent.ts';
import { type Need, needsOf, type SlotAsk } from '../cluster/resources.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { TaskView } from '../cluster/task.ts';
import type { Fitness, FitnessTask } from '../fitness/fitness.ts';
import type { AttributeRule, ConstraintSpec, GroupRule, Rule } from '../rules/rule.ts';
import type { Catalog } from './catalog.ts';
import type { Profile } from './profile.ts';

/** Something that counts by its weight. */
export interface Weighed<T> {
  readonly item: T;
  readonly weight: number;
}

interface ByForce<T> {
  readonly hard: readonly T[];
  readonly soft: readonly Weighed<T>[];
}

/** What placing a task of a class takes, worked out once. */
export interface Plan {
  readonly profile: Profile;
  /** A task of the class as its agent would hold it, but for its key and its end. */
  readonly held: Omit<TaskView, 'key' | 'endsAt'>;
  readonly needs: readonly Need[];
  readonly slots: readonly SlotAsk[];
  readonly attributes: ByForce<AttributeRule>;
  /** Rules over the values of an attribute that many agents share. */
  readonly groups: ByForce<GroupRule>;
  /** Rules over how many tasks each agent has. */
  readonly hosts: ByForce<GroupRule>;
  readonly exclusive: { readonly hard: boolean; readonly weight: number };
  readonly fitness: readonly Weighed<Fitness>[];
  readonly task: FitnessTask;
  /** The weights of all wishes together. */
  readonly wishes: number;
  readonly fitnessWeight: number;
  readonly goodEnough: number;
}

/** A rule or fitness threw, or made no sense: the tasks that name it are refused, and nothing else. */
export class PluginFailure extends Error {
  override readonly name = 'PluginFailure';
  readonly part: string;

  constructor(part: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.part = part;
  }
}

interface PlanContext {
  readonly catalog: Catalog;
  readonly snapshot: Snapshot;
}

/** @throws PluginFailure where a name is not known, or its maker throws */
export function planOf(profile: Profile, { catalog, snapshot }: PlanContext): Plan {
  const made = profile.constraints.map((spec) => ({ rule: ruleOf(spec, catalog), spec }));
  const fitness = profile.fitness.map(({ name, weight }) => {
    const found = catalog.fitness.get(name);
    if (found === undefined) throw new PluginFailure(name, 'there is no fitness of this name');
    return { item: { ...found, name }, weight };
  });
  const needs = needsOf(profile.ask, snapshot.dimensions, profile.role);
  const isExclusive = made.some(
    ({ rule, spec }) => rule.about === 'exclusive' && spec.weight === undefined,
  );
  const { endsAt, image, goodEnough = 1 } = profile;
  const sum = (weights: readonly number[]) => weights.reduce((total, each) => total + each, 0);
  return {
    profile,
    held: heldBy(profile, isExclusive),
    needs,
    slots: profile.ask.slots ?? [],
    attributes: byForce(made, (rule) => (rule.about === 'attribute' ? rule : undefined)),
    groups: byForce(made, (rule) =>
      rule.about === 'group' && rule.attribute !== 'host' ? rule : undefined,
    ),
    hosts: byForce(made, (rule) =>
      rule.about === 'group' && rule.attribute === 'host' ? rule : undefined,
    ),
    exclusive: {
      hard: isExclusive,
      weight: sum(
        made.flatMap(({ rule, spec }) => (rule.about === 'exclusive' ? (spec.weight ?? 0) : [])),
      ),
    },
    fitness,
    task: { needs, endsAt, image },
    wishes: sum(profile.constraints.map(({ weight = 0 }) => weight)),
    fitnessWeight: sum(fitness.map(({ weight }) => weight)),
    goodEnough,
  };
}

function heldBy({ job, ask, role }: Profile, isExclusive: boolean): Plan['held'] {
  return {
    job,
    ask,
    ...(role === undefined ? {} : { role }),
    ...(isExclusive ? { exclusive: true } : {}),
  };
}

function ruleOf(spec: ConstraintSpec, { rules }: Catalog): Rule {
  const make = rules.get(spec.rule);
  if (make === undefined) throw new PluginFailure(spec.rule, 'there is no rule of this name');
  return asking(spec.rule, () => make(spec));
}

interface Made {
  readonly rule: Rule;
  readonly spec: ConstraintSpec;
}

function byForce<T>(made: readonly Made[], pick: (rule: Rule) => T | undefined): ByForce<T> {
  const hard: T[] = [];
  const soft: Weighed<T>[] = [];
  for (const { rule, spec } of made) {
    const item = pick(rule);
    if (item === undefined) continue;
    if (spec.weight === undefined) hard.push(item);
    else soft.push({ item, weight: spec.weight });
  }
  return { hard, soft };
}

/** @throws PluginFailure with the name of what was asked, where it throws */
export function asking<T>(part: string, ask: () => T): T {
  try {
    return ask();
  } catch (thrown) {
    throw new PluginFailure(part, thrown);
  }
}

/** How many tasks of the rule's job the agent runs. */
export function countOn(node: AgentNode, job: string, { counts }: Snapshot): number {
  return counts.of(job).hosts.get(node.name) ?? 0;
}
