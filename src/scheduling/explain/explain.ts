import { atOnce } from '../cluster/steps.ts';
import type { Catalog } from '../place/catalog.ts';
import type { Placer } from '../place/placer.ts';
import { PluginFailure, planOf } from '../place/plan.ts';
import type { Profile } from '../place/profile.ts';
import { type Addition, additionFor } from './addition.ts';
import { type Probe, probing } from './probe.ts';
import type { Refusers, Sort } from './refusals.ts';
import { type Survey, surveyOf } from './survey.ts';
import { soonestEnd } from './wait.ts';

/** One reason for which agents refuse, over all that have it. An agent may have several. */
export interface Refusal extends Omit<Sort, 'passes'> {
  /** As the nearest agent has it. */
  readonly reason: string;
  readonly agents: number;
  /** The most that any of these agents has. */
  readonly had?: number;
  /** What that one has beside that, in use or not, for tasks of a capacity group alone, by the group's name. */
  readonly reserved?: Readonly<Record<string, number>>;
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
  /** So many more agents like this one, for all tasks of the class that wait, or for so many as its rules let go there. */
  | { readonly do: 'add'; readonly like: string; readonly count: number; readonly tasks?: number };

export interface Explanation {
  readonly agents: number;
  /** How many of them refuse nothing. */
  readonly open: number;
  readonly refusals: readonly Refusal[];
  /** Smallest first; none means that nothing of the sort will help. */
  readonly remedies: readonly Remedy[];
  readonly failure?: { readonly name: string; readonly message: string };
}

interface ExplainOptions {
  readonly survey: Survey;
  readonly catalog: Catalog;
  /** How many tasks of the class wait; 1 unless told. */
  readonly pending?: number;
}

/**
 * Why tasks of a class fit nowhere and what would change that, in steps that each look at a bounded number of
 * agents. Agents count with what their tasks leave of them, whether they offer it or not.
 */
export function* explaining(
  profile: Profile,
  { survey, catalog, pending = 1 }: ExplainOptions,
): Generator<void, Explanation> {
  const agents = survey.nodes.length;
  try {
    const plan = planOf(profile, { catalog, snapshot: survey.snapshot });
    const probe = yield* probing(plan, survey);
    const remedies = yield* remediesOf(probe, pending);
    const open = probe.refusals.problems.filter((count) => count === 0).length;
    return { agents, open, refusals: refusalsOf(probe), remedies };
  } catch (thrown) {
    if (!(thrown instanceof PluginFailure)) throw thrown;
    const failure = { name: thrown.part, message: thrown.message };
    return { agents, open: 0, refusals: [], remedies: [], failure };
  }
}

/** The same at once. */
export function explain(
  profile: Profile,
  { snapshot, catalog }: Pick<Placer, 'snapshot' | 'catalog'>,
  pending = 1,
): Explanation {
  const survey = atOnce(surveyOf(snapshot));
  return atOnce(explaining(profile, { survey, catalog, pending }));
}

function refusalsOf(probe: Probe): readonly Refusal[] {
  const { survey, refusals } = probe;
  return refusals.sorts
    .filter(({ agents }) => agents > 0)
    .map(({ name, kind, wanted, had, reason, agents, nearest }) => ({
      name,
      kind,
      reason,
      agents,
      nearest: survey.nodes[nearest]?.name ?? '',
      ...(wanted === undefined ? {} : { wanted, had, ...reservedOn(nearest, name, probe) }),
    }))
    .toSorted((a, b) => b.agents - a.agents || order(a.name, b.name));
}

/** What the agent keeps of the resource for tasks of groups that are not the class's. */
function reservedOn(
  agent: number,
  name: string,
  { survey, plan }: Probe,
): Pick<Refusal, 'reserved'> {
  const { reserved = {} } = survey.nodes[agent]?.view ?? {};
  const { unit = 1 } = plan.needs.find((need) => need.name === name) ?? {};
  const others = Object.entries(reserved).flatMap(([group, { scalars }]) => {
    const amount = scalars[name] ?? 0;
    return group === plan.profile.role || amount === 0 ? [] : [[group, amount / unit] as const];
  });
  return others.length === 0 ? {} : { reserved: Object.fromEntries(others) };
}

function* remediesOf(probe: Probe, pending: number): Generator<void, readonly Remedy[]> {
  const { nodes } = probe.survey;
  const nameOf = (agent: number) => nodes[agent]?.name ?? '';
  const wait = yield* soonestEnd(probe);
  const sorts = probe.refusals.sorts.toSorted((a, b) => order(a.name, b.name));
  const alone = sorts.flatMap((sort) => withoutOne(sort, probe) ?? []);
  const add = additionFor(probe, pending);
  yield;
  return [
    ...(wait ? [{ do: 'wait', until: wait.until, agent: nameOf(wait.agent) } as const] : []),
    ...alone.filter((remedy) => remedy.do === 'less'),
    ...alone.filter((remedy) => remedy.do === 'drop'),
    ...(add ? [addRemedy(add, nameOf(add.like), pending)] : []),
  ];
}

function addRemedy({ count, tasks }: Addition, like: string, pending: number): Remedy {
  return { do: 'add', like, count, ...(tasks < pending ? { tasks } : {}) };
}

/** What it would take for a sort of refusal alone: the agent that is nearest of those that have no other. */
function withoutOne(sort: Refusers, { plan, survey, refusals }: Probe): Remedy | undefined {
  const { name, kind, number } = sort;
  if (kind === 'agent' || sort.agents === 0) return undefined;
  const need = plan.needs.find((each) => kind === 'resource' && each.name === name);
  const room = need && survey.room(need);
  let [nearest, most] = [-1, 0];
  for (let agent = 0; agent < survey.nodes.length; agent += 1) {
    if (!refusals.isOnly(agent, number)) continue;
    const had = room === undefined ? 1 : (room[agent] ?? 0);
    if (had > most) [nearest, most] = [agent, had];
  }
  const agent = survey.nodes[nearest]?.name;
  if (agent === undefined) return undefined;
  if (need === undefined) return { do: 'drop', name, agent };
  return { do: 'less', name, to: most / need.unit, agent };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
