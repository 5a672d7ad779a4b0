import type { AgentNode } from '../../src/scheduling/cluster/agent.ts';
import { slotScore } from '../../src/scheduling/cluster/slots.ts';
import type { Snapshot } from '../../src/scheduling/cluster/snapshot.ts';
import type { HeldTask } from '../../src/scheduling/cluster/task.ts';
import { createCatalog } from '../../src/scheduling/place/catalog.ts';
import type { Profile } from '../../src/scheduling/place/profile.ts';
import type { Rule } from '../../src/scheduling/rules/rule.ts';

const catalog = createCatalog();

interface Case {
  readonly profile: Profile;
  readonly snapshot: Snapshot;
  readonly held: readonly HeldTask[];
  /** The agents that the task may go to, room or not. */
  readonly open: readonly AgentNode[];
  readonly rules: ReadonlyArray<{ readonly rule: Rule; readonly weight: number | undefined }>;
}

/**
 * The best agent for one task by looking at every agent and every task: no index, no counter, no memory.
 * The rule is that of the documentation: 0.15 × sets + 0.5 × wishes + 0.35 × fitness, ties by name.
 */
export function naiveBest(profile: Profile, snapshot: Snapshot): string | undefined {
  const rules = rulesOf(profile);
  const held = [...snapshot.tasks.values()];
  const open = [...snapshot.agents.values()].filter((node) => isLetIn(profile, node, rules));
  const scored = open.flatMap((node) => {
    const score = scoreOf({ profile, snapshot, held, open, rules }, node);
    return score === undefined ? [] : [{ name: node.name, score }];
  });
  return scored.toSorted(comparing)[0]?.name;
}

function comparing(a: Scored, b: Scored): number {
  if (Math.abs(a.score - b.score) >= 1e-9) return b.score - a.score;
  return a.name < b.name ? -1 : 1;
}

interface Scored {
  readonly name: string;
  readonly score: number;
}

function rulesOf({ constraints }: Profile): Case['rules'] {
  return constraints.map((spec) => {
    const make = catalog.rules.get(spec.rule);
    if (make === undefined) throw new Error(`no rule ${spec.rule}`);
    return { rule: make(spec), weight: spec.weight };
  });
}

function isLetIn(profile: Profile, node: AgentNode, rules: Case['rules']): boolean {
  const { unschedulable, onlyFor } = node.view;
  if (unschedulable || (onlyFor !== undefined && onlyFor !== profile.role)) return false;
  if (profile.agent !== undefined && profile.agent !== node.name) return false;
  return rules.every(({ rule, weight }) => {
    if (weight !== undefined || rule.about === 'exclusive') return true;
    const value = node.attribute(rule.attribute);
    return rule.about === 'attribute' ? rule.refuse(value) === undefined : value !== undefined;
  });
}

function hasRoom({ profile: { ask, role }, snapshot }: Case, { state }: AgentNode): boolean {
  const freeOf = (name: string, of?: string) =>
    state.free[snapshot.dimensions.indexOf(name, of)] ?? 0;
  const counts = Object.entries(ask.counts ?? {});
  return (
    counts.every(([name, amount]) => amount <= freeOf(name)) &&
    Object.entries(ask.scalars).every(
      ([name, amount]) => amount <= freeOf(name) + (role === undefined ? 0 : freeOf(name, role)),
    )
  );
}

function scoreOf(given: Case, node: AgentNode): number | undefined {
  const { profile, held, rules } = given;
  const there = held.filter(({ agent }) => agent === node.name);
  const wantsAlone = rules.some(({ rule, weight }) => rule.about === 'exclusive' && !weight);
  if (there.some(({ task }) => task.exclusive) || (wantsAlone && there.length > 0))
    return undefined;
  const asks = profile.ask.slots ?? [];
  const sets = asks.length === 0 ? 1 : slotScore(asks, node.state.slots, node.view.slots ?? {});
  if (sets === 0 || !hasRoom(given, node)) return undefined;
  const verdicts = rules.map(({ rule, weight }) => ({ weight, ...verdictOf(given, rule, node) }));
  if (verdicts.some(({ weight, reason }) => !weight && reason !== undefined)) return undefined;
  const weights = verdicts.reduce((sum, { weight = 0 }) => sum + weight, 0);
  const wishes = verdicts.reduce((sum, { weight = 0, score }) => sum + weight * score, 0);
  const jobTasks = there.filter(({ task }) => task.job === profile.job).length;
  const fitness = fitnessOf(given, node, jobTasks);
  return 0.15 * sets + 0.5 * (weights === 0 ? 1 : wishes / weights) + 0.35 * fitness;
}

function verdictOf(
  { profile, snapshot, held, open }: Case,
  rule: Rule,
  node: AgentNode,
): { readonly score: number; readonly reason?: string | undefined } {
  if (rule.about === 'exclusive') {
    return { score: held.some(({ agent }) => agent === node.name) ? 0 : 1 };
  }
  const { attribute } = rule;
  const value = node.attribute(attribute);
  if (rule.about === 'attribute') {
    const reason = rule.refuse(value);
    return { score: reason === undefined ? 1 : 0, reason };
  }
  if (value === undefined) return { score: 0, reason: 'is not set' };
  const job = rule.job ?? profile.job;
  const values = new Set(open.flatMap((each) => each.attribute(attribute) ?? []));
  const count = (of: string) =>
    held.filter(
      ({ task, agent }) =>
        task.job === job && snapshot.agents.get(agent)?.attribute(attribute) === of,
    ).length;
  return rule.standing({ values: [...values], count }).judge(value);
}

function fitnessOf({ profile, snapshot }: Case, node: AgentNode, jobTasks: number): number {
  const { ask, endsAt, image, goodEnough = 1 } = profile;
  const asked = [...Object.entries(ask.scalars), ...Object.entries(ask.counts ?? {})];
  const needs = asked
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => {
      const index = snapshot.dimensions.indexOf(name);
      const whole = [index, amount] as const;
      return { name, index, reserved: reservedOf(name), amount, whole, unit: 1 };
    });
  const task = { needs, endsAt, image };
  const total = profile.fitness.reduce((sum, { weight }) => sum + weight, 0);
  const sum = profile.fitness.reduce(
    (all, { name, weight }) =>
      all + weight * (catalog.fitness.get(name)?.score(task, node, jobTasks) ?? 0),
    0,
  );
  return Math.min(goodEnough, total === 0 ? 1 : sum / total);

  function reservedOf(name: string): number {
    const isKept = profile.role !== undefined && name in ask.scalars;
    return isKept ? snapshot.dimensions.indexOf(name, profile.role) : -1;
  }
}
