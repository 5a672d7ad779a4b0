import type { AgentNode } from '../cluster/agent.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { ConstraintSpec } from '../rules/rule.ts';
import type { Plan } from './plan.ts';

/** Which agents a class looks at, and which of them one by one. */
export interface Scope {
  /** Whether agents are looked at by their kinds. */
  readonly kinds: boolean;
  has(node: AgentNode): boolean;
  /** Whether a counter of the class tells the agent from others of its kind and state. */
  isSpecial(node: AgentNode): boolean;
  /** The agents that are looked at one by one from the start. */
  nodes(): Iterable<AgentNode>;
}

/** In steps, as agents may have to be told apart first by attributes that the class reads. */
export function* scopeOf(plan: Plan, snapshot: Snapshot): Generator<void, Scope> {
  const named = namedAgents(plan);
  if (named !== undefined) return namedScope(named, snapshot);
  const reads = new Set(plan.fitness.flatMap(({ item }) => item.reads ?? []));
  let isByKinds = !reads.has('attributes');
  for (const name of attributesOf(plan)) {
    if (isByKinds) isByKinds = yield* snapshot.watching(name);
  }
  return isByKinds ? kindScope(plan, reads, snapshot) : wholeScope(snapshot);
}

function wholeScope({ agents }: Snapshot): Scope {
  return {
    kinds: false,
    has: () => true,
    isSpecial: () => true,
    nodes: () => [...agents.values()],
  };
}

function kindScope(plan: Plan, reads: ReadonlySet<string>, snapshot: Snapshot): Scope {
  const { profile, hosts } = plan;
  const rules = [...hosts.hard, ...hosts.soft.map(({ item }) => item)];
  const jobs = new Set(rules.map(({ job }) => job ?? profile.job));
  if (reads.has('jobTasks')) jobs.add(profile.job);
  const { image } = profile;
  const things = reads.has('holds') && image !== undefined ? [image] : [];
  const { counts, agents } = snapshot;
  const names = [...jobs];

  function* nodes(): Iterable<AgentNode> {
    for (const job of names) {
      for (const host of counts.of(job).hosts.keys()) {
        const node = agents.get(host);
        if (node !== undefined) yield node;
      }
    }
    for (const thing of things) yield* snapshot.holdersOf(thing);
  }

  return {
    kinds: true,
    has: () => true,
    isSpecial: (node) =>
      names.some((job) => counts.of(job).hosts.has(node.name)) ||
      things.some((thing) => node.holds(thing)),
    nodes,
  };
}

/** The few agents that the task or a constraint names. */
function namedAgents({ profile }: Plan): readonly string[] | undefined {
  if (profile.agent !== undefined) return [profile.agent];
  const names = ({ rule, attribute, weight }: ConstraintSpec) =>
    attribute === 'host' && weight === undefined && NAMING.has(rule);
  return profile.constraints.find(names)?.values;
}

const NAMING = new Set(['In', 'Equals']);

function namedScope(names: readonly string[], { agents }: Snapshot): Scope {
  const wanted = new Set(names);
  return {
    kinds: false,
    has: ({ name }) => wanted.has(name),
    isSpecial: () => true,
    nodes: () => [...wanted].flatMap((name) => agents.get(name) ?? []),
  };
}

function attributesOf({ attributes, groups }: Plan): readonly string[] {
  const rules = [
    ...attributes.hard,
    ...attributes.soft.map(({ item }) => item),
    ...groups.hard,
    ...groups.soft.map(({ item }) => item),
  ];
  return [...new Set(rules.map(({ attribute }) => attribute))];
}
