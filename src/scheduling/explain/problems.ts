import type { AgentNode } from '../cluster/agent.ts';
import { fits, roomFor, type Vector } from '../cluster/resources.ts';
import { slotScore } from '../cluster/slots.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { createLanes } from '../place/lanes.ts';
import { asking, countOn, type Plan } from '../place/plan.ts';
import type { GroupRule, Standing } from '../rules/rule.ts';

/** One thing for which an agent cannot take a task. */
export interface Problem {
  /** A resource, a constraint such as `In(zone)`, or one of `Agent`, `Unschedulable`, `Reserved`, `Offer`. */
  readonly name: string;
  readonly kind: 'resource' | 'constraint' | 'agent';
  readonly reason: string;
  /** It may pass when a task of the agent ends. */
  readonly passes?: true;
  /** Of a resource, in the unit that people know. */
  readonly wanted?: number;
  readonly had?: number;
}

/** Tells all that keeps tasks of a class from agents, by what the agents' tasks leave of them. */
export interface Prober {
  problems(node: AgentNode): readonly Problem[];
  /** What would keep the task from an agent just like this one, with no task on it. */
  problemsWhenEmpty(node: AgentNode): readonly Problem[];
}

/** @throws PluginFailure */
export function createProber(plan: Plan, snapshot: Snapshot): Prober {
  const lanes = createLanes(plan, snapshot, () => true);
  const byGroups = plan.groups.hard.length > 0;
  if (byGroups) {
    for (const node of snapshot.agents.values()) {
      if (ruleProblems(plan, node).length === 0) lanes.of(node);
    }
  }
  const standings = lanes.standings();

  function common(node: AgentNode): readonly Problem[] {
    const found = ruleProblems(plan, node);
    return [...found, ...groupProblems(standings, node)];
  }

  return {
    problems(node) {
      const found = [
        ...common(node),
        ...hostProblems(plan, (rule) => countOn(node, rule.job ?? plan.profile.job, snapshot)),
        ...useProblems(plan, node),
        ...resourceProblems(plan, node.state.left),
      ];
      if (found.length > 0 || fits(plan.needs, node.state.free)) return found;
      return [{ name: 'Offer', kind: 'agent', reason: 'with room, but not offered to Titan now' }];
    },
    problemsWhenEmpty: (node) => [
      ...common(node),
      ...hostProblems(plan, () => 0),
      ...slotProblems(plan, node, true),
      ...resourceProblems(plan, node.capacity),
    ],
  };
}

function ruleProblems({ profile, attributes }: Plan, node: AgentNode): readonly Problem[] {
  const { unschedulable, onlyFor } = node.view;
  const found: Problem[] = [];
  if (profile.agent !== undefined && profile.agent !== node.name) {
    found.push({ name: 'Agent', kind: 'agent', reason: 'not the agent that it is for' });
  }
  if (unschedulable) {
    found.push({ name: 'Unschedulable', kind: 'agent', reason: 'closed to new tasks' });
  }
  if (onlyFor !== undefined && onlyFor !== profile.role) {
    found.push({ name: 'Reserved', kind: 'agent', reason: `kept for ${onlyFor}` });
  }
  for (const rule of attributes.hard) {
    const reason = asking(rule.name, () => rule.refuse(node.attribute(rule.attribute)));
    if (reason !== undefined) found.push({ name: rule.name, kind: 'constraint', reason });
  }
  return found;
}

function groupProblems(
  standings: ReadonlyMap<GroupRule, Standing>,
  node: AgentNode,
): readonly Problem[] {
  return [...standings].flatMap(([rule, standing]): Problem[] => {
    const { name, attribute } = rule;
    const value = node.attribute(attribute);
    if (value === undefined) {
      return [{ name, kind: 'constraint', reason: `${attribute} is not set` }];
    }
    const { reason } = asking(name, () => standing.judge(value));
    if (reason === undefined) return [];
    return [{ name, kind: 'constraint', reason: `${attribute} ${value}: ${reason}` }];
  });
}

function hostProblems({ hosts }: Plan, count: (rule: GroupRule) => number): readonly Problem[] {
  return hosts.hard.flatMap((rule): Problem[] => {
    const there = count(rule);
    const standing = asking(rule.name, () =>
      rule.standing({ values: ['host'], count: () => there }),
    );
    const { reason } = asking(rule.name, () => standing.judge('host'));
    if (reason === undefined) return [];
    return [{ name: rule.name, kind: 'constraint', reason, passes: true }];
  });
}

function useProblems(plan: Plan, node: AgentNode): readonly Problem[] {
  const { exclusive, tasks } = node.state;
  const found: Problem[] = [];
  if (exclusive) {
    found.push({
      name: 'Exclusive',
      kind: 'agent',
      reason: 'held by a task that wants it alone',
      passes: true,
    });
  } else if (plan.exclusive.hard && tasks > 0) {
    found.push({
      name: 'ExclusiveHost',
      kind: 'constraint',
      reason: 'runs other tasks',
      passes: true,
    });
  }
  return [...found, ...slotProblems(plan, node, false)];
}

function slotProblems(
  { slots }: Plan,
  { state, view }: AgentNode,
  empty: boolean,
): readonly Problem[] {
  return slots
    .filter((ask) => slotScore([ask], empty ? {} : state.slots, view.slots ?? {}) === 0)
    .map(({ set, value }) => ({
      name: set,
      kind: 'constraint',
      reason: `no slot of ${set} has room for ${value}`,
      passes: true,
    }));
}

function resourceProblems({ needs }: Plan, left: Vector): readonly Problem[] {
  return needs
    .filter((need) => need.amount > roomFor(need, left))
    .map((need) => ({
      name: need.name,
      kind: 'resource',
      reason: `has too little ${need.name}`,
      passes: true,
      wanted: need.amount / need.unit,
      had: Math.max(0, roomFor(need, left)) / need.unit,
    }));
}
