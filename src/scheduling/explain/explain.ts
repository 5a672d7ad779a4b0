import type { AgentNode } from '../cluster/agent.ts';
import { fits, moved } from '../cluster/resources.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { HeldTask } from '../cluster/task.ts';
import type { Placer } from '../place/placer.ts';
import { type Plan, PluginFailure, planOf } from '../place/plan.ts';
import type { Profile } from '../place/profile.ts';
import { createProber, type Prober, type Problem } from './problems.ts';

/** One reason for which agents refuse, over all that have it. An agent may have several. */
export interface Refusal {
  readonly name: string;
  readonly kind: Problem['kind'];
  /** As the nearest agent has it. */
  readonly reason: string;
  readonly agents: number;
  readonly wanted?: number;
  /** The most that any of these agents has. */
  readonly had?: number;
  /** The agent that has the most. */
  readonly nearest: string;
}

/** One change that alone would let one task of the class be placed, and none smaller of its sort would. */
export type Remedy =
  /** A task that is there ends. */
  | { readonly do: 'wait'; readonly until: number; readonly agent: string }
  /** It asks for this much of one resource, in the unit that people know. */
  | { readonly do: 'less'; readonly name: string; readonly to: number; readonly agent: string }
  | { readonly do: 'drop'; readonly name: string; readonly agent: string }
  /** So many more agents like this one, for all the tasks of the class that wait. */
  | { readonly do: 'add'; readonly like: string; readonly count: number };

export interface Explanation {
  readonly agents: number;
  readonly refusals: readonly Refusal[];
  /** Smallest first; none means that nothing of the sort will help. */
  readonly remedies: readonly Remedy[];
  readonly failure?: { readonly name: string; readonly message: string };
}

/**
 * Why tasks of a class fit nowhere and what would change that. It costs by the agents, once for all
 * tasks of the class. Agents count with what their tasks leave of them, whether they offer it or not.
 *
 * @param pending how many tasks of the class wait
 */
export function explain(
  profile: Profile,
  { snapshot, catalog }: Pick<Placer, 'snapshot' | 'catalog'>,
  pending = 1,
): Explanation {
  const agents = snapshot.agents.size;
  try {
    const plan = planOf(profile, { catalog, snapshot });
    return {
      agents,
      ...probeAll({ plan, snapshot, prober: createProber(plan, snapshot) }, pending),
    };
  } catch (thrown) {
    if (!(thrown instanceof PluginFailure)) throw thrown;
    const failure = { name: thrown.part, message: thrown.message };
    return { agents, refusals: [], remedies: [], failure };
  }
}

interface Probe {
  readonly plan: Plan;
  readonly snapshot: Snapshot;
  readonly prober: Prober;
}

function probeAll(probe: Probe, pending: number): Pick<Explanation, 'refusals' | 'remedies'> {
  const refusals = new Map<string, Refusal>();
  const best: Best = { less: new Map(), drop: new Map() };
  for (const node of probe.snapshot.agents.values()) {
    const problems = probe.prober.problems(node);
    for (const problem of problems) refusals.set(problem.name, added(refusals, problem, node));
    consider(best, { node, problems, probe });
  }
  const sorted = [...refusals.values()].toSorted(
    (a, b) => b.agents - a.agents || order(a.name, b.name),
  );
  return { refusals: sorted, remedies: remediesOf(best, probe, pending) };
}

function added(
  known: ReadonlyMap<string, Refusal>,
  problem: Problem,
  { name: agent }: AgentNode,
): Refusal {
  const before = known.get(problem.name);
  if (before === undefined) return { ...problem, agents: 1, nearest: agent };
  const agents = before.agents + 1;
  const [had, most] = [problem.had ?? 0, before.had ?? 0];
  const isNearer = had > most || (had === most && agent < before.nearest);
  return isNearer ? { ...problem, agents, nearest: agent } : { ...before, agents };
}

/** The best of each sort so far. */
interface Best {
  wait?: { readonly until: number; readonly agent: string };
  readonly less: Map<string, { readonly to: number; readonly agent: string }>;
  readonly drop: Map<string, string>;
}

interface Probed {
  readonly node: AgentNode;
  readonly problems: readonly Problem[];
  readonly probe: Probe;
}

function consider(best: Best, { node, problems, probe }: Probed): void {
  const [only] = problems;
  if (only === undefined) return;
  if (problems.every(({ passes }) => passes)) considerWait(best, { node, problems, probe });
  if (problems.length > 1) return;
  if (only.kind === 'constraint') {
    const known = best.drop.get(only.name);
    if (known === undefined || node.name < known) best.drop.set(only.name, node.name);
  } else if (only.kind === 'resource' && (only.had ?? 0) > 0) {
    const known = best.less.get(only.name);
    const to = only.had ?? 0;
    const isNearer =
      known === undefined || to > known.to || (to === known.to && node.name < known.agent);
    if (isNearer) best.less.set(only.name, { to, agent: node.name });
  }
}

/** When enough of the tasks with a known end have ended. */
function considerWait(best: Best, { node, problems, probe }: Probed): void {
  const { name, state } = node;
  if (state.ends.length === 0) return;
  const ending = probe.snapshot
    .tasksOn(name)
    .flatMap((held) => (held.task.endsAt === undefined ? [] : [{ at: held.task.endsAt, held }]))
    .toSorted((a, b) => a.at - b.at)
    .filter(({ at }) => best.wait === undefined || isSooner(best.wait, at, name));
  const byRoom = problems.every(({ kind }) => kind === 'resource');
  const cure = byRoom ? endThatMakesRoom(ending, node, probe) : endThatCures(ending, node, probe);
  if (cure !== undefined) best.wait = { until: cure, agent: name };
}

type Ending = ReadonlyArray<{ readonly at: number; readonly held: HeldTask }>;

function endThatMakesRoom(
  ending: Ending,
  { state }: AgentNode,
  { plan }: Probe,
): number | undefined {
  let left = state.left;
  for (const { at, held } of ending) {
    left = moved(left, held.amounts, 1);
    if (fits(plan.needs, left)) return at;
  }
  return undefined;
}

function endThatCures(
  ending: Ending,
  node: AgentNode,
  { snapshot, prober }: Probe,
): number | undefined {
  return snapshot.trial(() => {
    const cure = ending.find(({ held }) => {
      snapshot.release(held.task.key);
      return prober.problems(node).length === 0;
    });
    return cure?.at;
  });
}

function isSooner(wait: NonNullable<Best['wait']>, until: number, agent: string): boolean {
  return until < wait.until || (until === wait.until && agent < wait.agent);
}

function remediesOf(best: Best, probe: Probe, pending: number): readonly Remedy[] {
  const wait: readonly Remedy[] = best.wait === undefined ? [] : [{ do: 'wait', ...best.wait }];
  const less = [...best.less]
    .toSorted(([a], [b]) => order(a, b))
    .map(([name, to]): Remedy => ({ do: 'less', name, ...to }));
  const drop = [...best.drop]
    .toSorted(([a], [b]) => order(a, b))
    .map(([name, agent]): Remedy => ({ do: 'drop', name, agent }));
  const add = addition(probe, pending);
  return [...wait, ...less, ...drop, ...(add ? [add] : [])];
}

/** The fewest new agents that would take all; of equal kinds the first by an agent's name. */
function addition({ plan, snapshot, prober }: Probe, pending: number): Remedy | undefined {
  const samples = new Map<unknown, AgentNode>();
  for (const node of snapshot.agents.values()) {
    const known = samples.get(node.kind);
    if (known === undefined || node.name < known.name) samples.set(node.kind, node);
  }
  let best: { readonly like: string; readonly count: number } | undefined;
  for (const node of samples.values()) {
    if (prober.problemsWhenEmpty(node).length > 0) continue;
    const count = Math.ceil(pending / tasksPerAgent(plan, node, pending));
    const isBetter =
      best === undefined || count < best.count || (count === best.count && node.name < best.like);
    if (isBetter) best = { like: node.name, count };
  }
  return best === undefined ? undefined : { do: 'add', ...best };
}

/** How many tasks of the class an empty agent like this one holds, by its resources and by the rules for one agent. */
function tasksPerAgent(
  { needs, hosts, exclusive, profile }: Plan,
  { capacity }: AgentNode,
  most: number,
): number {
  if (exclusive.hard) return 1;
  const byRoom = needs.reduce((least, { index, reserved, amount }) => {
    const room = (capacity[index] ?? 0) + (reserved < 0 ? 0 : (capacity[reserved] ?? 0));
    return Math.min(least, Math.floor(room / amount));
  }, most);
  const own = hosts.hard.filter(({ job }) => job === undefined || job === profile.job);
  for (let count = 1; count < byRoom; count += 1) {
    const refuses = own.some(
      (rule) => rule.standing({ values: ['host'], count: () => count }).judge('host').reason,
    );
    if (refuses) return count;
    if (own.length === 0) break;
  }
  return Math.max(1, byRoom);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
