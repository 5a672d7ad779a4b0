import type { AgentNode } from '../../src/scheduling/cluster/agent.ts';
import { fits, roomFor } from '../../src/scheduling/cluster/resources.ts';
import { slotScore } from '../../src/scheduling/cluster/slots.ts';
import type { Snapshot } from '../../src/scheduling/cluster/snapshot.ts';
import { createCatalog } from '../../src/scheduling/place/catalog.ts';
import { type Plan, planOf } from '../../src/scheduling/place/plan.ts';
import type { Profile } from '../../src/scheduling/place/profile.ts';

interface Problem {
  readonly name: string;
  readonly kind: 'resource' | 'constraint' | 'agent';
  readonly had: number;
  readonly passes: boolean;
}

/** What keeps a class from agents, agent by agent and with every count made anew. */
export interface PlainExplanation {
  /** By name: how many agents, and the nearest of them. */
  readonly refusals: Readonly<Record<string, { agents: number; had: number; nearest: string }>>;
  readonly wait: { readonly until: number; readonly agent: string } | undefined;
  readonly less: Readonly<Record<string, { readonly to: number; readonly agent: string }>>;
  readonly drop: Readonly<Record<string, string>>;
}

export function plainExplain(profile: Profile, snapshot: Snapshot): PlainExplanation {
  const plan = planOf(profile, { catalog: createCatalog(), snapshot });
  const looks = [...snapshot.agents.values()]
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((node) => ({ node, problems: problemsOf(node, plan, snapshot) }));
  const all = looks.flatMap(({ node, problems }) =>
    problems.map((problem) => ({ ...problem, agent: node.name, alone: problems.length === 1 })),
  );
  const waits = looks.flatMap(({ node, problems }) => {
    if (problems.length === 0 || !problems.every(({ passes }) => passes)) return [];
    const until = endOn(node, plan, snapshot);
    return until === undefined ? [] : [{ until, agent: node.name }];
  });
  const alone = all.filter((problem) => problem.alone).toSorted((a, b) => b.had - a.had);
  return {
    refusals: byName(all, (same) => {
      const [nearest] = same.toSorted((a, b) => b.had - a.had);
      return { agents: same.length, had: nearest?.had ?? 0, nearest: nearest?.agent ?? '' };
    }),
    wait: waits.toSorted((a, b) => a.until - b.until)[0],
    less: byName(
      alone.filter(({ kind, had }) => kind === 'resource' && had > 0),
      ([{ had, agent }]) => ({ to: had, agent }),
    ),
    drop: byName(
      alone.filter(({ kind }) => kind === 'constraint'),
      ([{ agent }]) => agent,
    ),
  };
}

function byName<T extends { readonly name: string }, V>(
  all: readonly T[],
  of: (same: readonly [T, ...T[]]) => V,
): Record<string, V> {
  const groups = Object.groupBy(all, ({ name }) => name);
  return Object.fromEntries(
    Object.entries(groups).map(([name, same = []]) => [name, of(same as [T, ...T[]])]),
  );
}

/** When so many tasks of the agent have ended that nothing keeps the class from it. */
function endOn({ name }: AgentNode, plan: Plan, snapshot: Snapshot): number | undefined {
  const ends = snapshot
    .tasksOn(name)
    .flatMap(({ task }) => (task.endsAt === undefined ? [] : [{ key: task.key, at: task.endsAt }]))
    .toSorted((a, b) => a.at - b.at);
  return snapshot.trial(() => {
    const values = valuesOf(plan, snapshot);
    return ends.find(({ key }) => {
      snapshot.release(key);
      const node = snapshot.agents.get(name) as AgentNode;
      const left = problemsOf(node, plan, snapshot, values);
      return left.every((problem) => problem.name === 'Offer');
    })?.at;
  });
}

type Values = readonly (readonly string[])[];

/** The values of each rule about groups where a task may go. */
function valuesOf(plan: Plan, snapshot: Snapshot): Values {
  const open = [...snapshot.agents.values()].filter(
    (node) =>
      aboutAgents(node, plan).length === 0 &&
      plan.groups.hard.every(({ attribute }) => node.attribute(attribute) !== undefined),
  );
  return plan.groups.hard.map(({ attribute }) => [
    ...new Set(open.map((node) => node.attribute(attribute) ?? '')),
  ]);
}

function aboutAgents(node: AgentNode, { profile, attributes }: Plan): readonly Problem[] {
  const { unschedulable, onlyFor } = node.view;
  const names = [
    ...(profile.agent !== undefined && profile.agent !== node.name ? ['Agent'] : []),
    ...(unschedulable ? ['Unschedulable'] : []),
    ...(onlyFor !== undefined && onlyFor !== profile.role ? ['Reserved'] : []),
  ];
  const refused = attributes.hard.filter((rule) => rule.refuse(node.attribute(rule.attribute)));
  return [
    ...names.map((name) => ({ name, kind: 'agent' as const, had: 0, passes: false })),
    ...refused.map(({ name }) => ({ name, kind: 'constraint' as const, had: 0, passes: false })),
  ];
}

function problemsOf(
  node: AgentNode,
  plan: Plan,
  snapshot: Snapshot,
  values: Values = valuesOf(plan, snapshot),
): readonly Problem[] {
  const { state, view } = node;
  const { profile, needs, slots } = plan;
  const tasksOf = (job = profile.job) =>
    [...snapshot.tasks.values()].filter(({ task }) => task.job === job);
  const groups = plan.groups.hard.filter(({ attribute, job, standing }, index) => {
    const value = node.attribute(attribute);
    const count = (of: string) =>
      tasksOf(job).filter(({ agent }) => snapshot.agents.get(agent)?.attribute(attribute) === of)
        .length;
    if (value === undefined) return true;
    return standing({ values: values[index] ?? [], count }).judge(value).reason !== undefined;
  });
  const hosts = plan.hosts.hard.filter(({ job, standing }) => {
    const there = tasksOf(job).filter(({ agent }) => agent === node.name).length;
    const { reason } = standing({ values: ['host'], count: () => there }).judge('host');
    return reason !== undefined;
  });
  const wantsAlone = plan.exclusive.hard && state.tasks > 0;
  const use = state.exclusive ? ['Exclusive'] : wantsAlone ? ['ExclusiveHost'] : [];
  const full = slots.filter((ask) => slotScore([ask], state.slots, view.slots ?? {}) === 0);
  const found: readonly Problem[] = [
    ...aboutAgents(node, plan),
    ...groups.map(({ name }) => ({ name, kind: 'constraint' as const, had: 0, passes: false })),
    ...hosts.map(({ name }) => ({ name, kind: 'constraint' as const, had: 0, passes: true })),
    ...use.map((name) => ({
      name,
      kind: name === 'Exclusive' ? ('agent' as const) : ('constraint' as const),
      had: 0,
      passes: true,
    })),
    ...full.map(({ set }) => ({ name: set, kind: 'constraint' as const, had: 0, passes: true })),
    ...needs
      .filter((need) => roomFor(need, state.left) < need.amount)
      .map((need) => ({
        name: need.name,
        kind: 'resource' as const,
        had: Math.max(0, roomFor(need, state.left)) / need.unit,
        passes: true,
      })),
  ];
  if (found.length > 0 || fits(needs, state.free)) return found;
  return [{ name: 'Offer', kind: 'agent', had: 0, passes: false }];
}
