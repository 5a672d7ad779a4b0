import { fits } from '../cluster/resources.ts';
import { slotScore } from '../cluster/slots.ts';
import { STEP_AGENTS } from '../cluster/steps.ts';
import { asking, type Plan } from '../place/plan.ts';
import type { AttributeRule, GroupRule, ValueCounts } from '../rules/rule.ts';
import { Refusals, type Refusers, type Sort } from './refusals.ts';
import type { Column, Survey } from './survey.ts';

/** What keeps a class from agents, and what a remedy must know of how it was found. */
export interface Probe {
  readonly plan: Plan;
  readonly survey: Survey;
  readonly refusals: Refusals;
  /** Agents that no change of tasks opens: closed, kept for others, or by a rule about attributes or groups. */
  readonly barred: Uint8Array;
  /** How the tasks of each rule's job lie over the values where a task may go. */
  readonly counts: ReadonlyMap<GroupRule, ValueCounts>;
}

/** One look at one agent, by its place. */
type Look = (agent: number) => void;

/**
 * Finds all that keeps tasks of a class from agents, by what the agents' tasks leave of them: column by
 * column, in steps of so many agents.
 *
 * @throws PluginFailure
 */
export function* probing(plan: Plan, survey: Survey): Generator<void, Probe> {
  const refusals = new Refusals(survey.nodes.length);
  const barred = new Uint8Array(survey.nodes.length);
  const known = { plan, survey, refusals, barred };
  const values = valuesOf(plan);
  yield* lookAtAll(survey, [...rulesAboutAgents(known), ...gathering(known, values)]);
  const counts = countsOf(plan, survey, values);
  const probe: Probe = { ...known, counts };
  yield* lookAtAll(survey, [
    ...rulesAboutGroups(probe),
    ...rulesAboutHosts(probe),
    ...rulesAboutUse(probe),
    ...slots(probe),
    ...resources(probe),
    offers(probe),
  ]);
  return probe;
}

function* lookAtAll({ nodes }: Survey, looks: readonly Look[]): Generator<void, void> {
  for (let from = 0; from < nodes.length; from += STEP_AGENTS) {
    const to = Math.min(nodes.length, from + STEP_AGENTS);
    for (const look of looks) for (let agent = from; agent < to; agent += 1) look(agent);
    yield;
  }
}

type Asked = Omit<Probe, 'counts'>;

function rulesAboutAgents({ plan, survey, refusals, barred }: Asked): readonly Look[] {
  const { profile, attributes } = plan;
  const { nodes } = survey;
  const pinned = refusals.sort({ name: 'Agent', kind: 'agent' });
  const closed = refusals.sort({ name: 'Unschedulable', kind: 'agent' });
  const kept = refusals.sort({ name: 'Reserved', kind: 'agent' });
  function look(agent: number): void {
    const node = nodes[agent];
    if (node === undefined) return;
    const { unschedulable, onlyFor } = node.view;
    if (profile.agent !== undefined && profile.agent !== node.name) {
      refusals.add(agent, pinned, 'not the agent that it is for');
    }
    if (unschedulable) refusals.add(agent, closed, 'closed to new tasks');
    const isKept = onlyFor !== undefined && onlyFor !== profile.role;
    if (isKept) refusals.add(agent, kept, `kept for ${onlyFor}`);
    if (unschedulable || isKept) barred[agent] = 1;
  }
  const byRules = attributes.hard.map((rule) =>
    byValue(survey.attribute(rule.attribute), (value) => refusalOf(rule, value), {
      refusals,
      sort: refusals.sort({ name: rule.name, kind: 'constraint' }),
      ...(rule.attribute === 'host' ? {} : { barred }),
    }),
  );
  return [look, ...byRules];
}

function refusalOf(rule: AttributeRule, value: string | undefined): string | undefined {
  return asking(rule.name, () => rule.refuse(value));
}

interface Refusing {
  readonly refusals: Refusals;
  readonly sort: Refusers;
  /** Where to note whom it refuses. */
  readonly barred?: Uint8Array;
}

/** Refuses by the value of an attribute, and asks once for each value. */
function byValue(
  { ids, values }: Column,
  refuse: (value: string | undefined) => string | undefined,
  { refusals, sort, barred }: Refusing,
): Look {
  const reasons = new Map<number, string | undefined>();
  return (agent) => {
    const id = ids[agent] ?? 0;
    let reason = reasons.get(id);
    if (reason === undefined && !reasons.has(id)) {
      reason = refuse(values[id]);
      reasons.set(id, reason);
    }
    if (reason === undefined) return;
    refusals.add(agent, sort, reason);
    if (barred !== undefined) barred[agent] = 1;
  };
}

/** Of each rule about groups the values where a task may go. */
type Values = ReadonlyMap<GroupRule, Set<string>>;

function valuesOf({ groups }: Plan): Values {
  return new Map(groups.hard.map((rule) => [rule, new Set<string>()]));
}

function gathering({ survey, refusals }: Asked, values: Values): readonly Look[] {
  const all = [...values].map(([{ attribute }, found]) => ({
    column: survey.attribute(attribute),
    found,
  }));
  function look(agent: number): void {
    if ((refusals.problems[agent] ?? 0) > 0) return;
    const own = all.map(({ column }) => column.values[column.ids[agent] ?? 0]);
    if (own.includes(undefined)) return;
    for (const [index, value] of own.entries()) all[index]?.found.add(value ?? '');
  }
  return all.length === 0 ? [] : [look];
}

function countsOf({ profile }: Plan, { snapshot }: Survey, values: Values): Probe['counts'] {
  return new Map(
    [...values].map(([rule, found]) => {
      const table = new Map(snapshot.counts.of(rule.job ?? profile.job).by(rule.attribute));
      return [rule, { values: [...found], count: (value: string) => table.get(value) ?? 0 }];
    }),
  );
}

function rulesAboutGroups({ survey, refusals, barred, counts }: Probe): readonly Look[] {
  return [...counts].map(([rule, given]) => {
    const { name, attribute } = rule;
    const standing = asking(name, () => rule.standing(given));
    function refuse(value: string | undefined): string | undefined {
      if (value === undefined) return `${attribute} is not set`;
      const { reason } = asking(name, () => standing.judge(value));
      return reason === undefined ? undefined : `${attribute} ${value}: ${reason}`;
    }
    const sort = refusals.sort({ name, kind: 'constraint' });
    return byValue(survey.attribute(attribute), refuse, { refusals, sort, barred });
  });
}

function rulesAboutHosts({ plan, survey, refusals }: Probe): readonly Look[] {
  return plan.hosts.hard.map((rule) => {
    const there = survey.tasksOf(rule.job ?? plan.profile.job);
    const reasons = new Map<number, string | undefined>();
    const sort = refusals.sort({ name: rule.name, kind: 'constraint', passes: true });
    return (agent) => {
      const count = there[agent] ?? 0;
      if (!reasons.has(count)) reasons.set(count, hostRefusal(rule, count));
      const reason = reasons.get(count);
      if (reason !== undefined) refusals.add(agent, sort, reason);
    };
  });
}

/** Why an agent that runs so many tasks of the rule's job takes none. */
export function hostRefusal(rule: GroupRule, count: number): string | undefined {
  return asking(rule.name, () => {
    const standing = rule.standing({ values: ['host'], count: () => count });
    return standing.judge('host').reason;
  });
}

function rulesAboutUse({ plan, survey, refusals }: Probe): readonly Look[] {
  const held = refusals.sort({ name: 'Exclusive', kind: 'agent', passes: true });
  const alone: Sort = { name: 'ExclusiveHost', kind: 'constraint', passes: true };
  const wanted = plan.exclusive.hard ? refusals.sort(alone) : undefined;
  return [
    (agent) => {
      const { exclusive = false, tasks = 0 } = survey.states[agent] ?? {};
      if (exclusive) refusals.add(agent, held, 'held by a task that wants it alone');
      else if (wanted !== undefined && tasks > 0) refusals.add(agent, wanted, 'runs other tasks');
    },
  ];
}

function slots({ plan, survey, refusals }: Probe): readonly Look[] {
  const asks = plan.slots.map((ask) => ({
    ask,
    sort: refusals.sort({ name: ask.set, kind: 'constraint', passes: true }),
    reason: `no slot of ${ask.set} has room for ${ask.value}`,
  }));
  function look(agent: number): void {
    const shapes = survey.nodes[agent]?.view.slots ?? {};
    const used = survey.states[agent]?.slots ?? {};
    if (slotScore(plan.slots, used, shapes) > 0) return;
    const alone = asks.filter(({ ask }) => slotScore([ask], used, shapes) === 0);
    const lacking = alone.length > 0 ? alone : asks.slice(0, 1);
    for (const { sort, reason } of lacking) refusals.add(agent, sort, reason);
  }
  return asks.length === 0 ? [] : [look];
}

function resources({ plan, survey, refusals }: Probe): readonly Look[] {
  return plan.needs.map((need) => {
    const { name, amount, unit } = need;
    const rooms = survey.room(need);
    const sort = refusals.sort({ name, kind: 'resource', passes: true, wanted: amount / unit });
    const reason = `has too little ${name}`;
    return (agent) => {
      const room = rooms[agent] ?? 0;
      if (amount > room) refusals.add(agent, sort, reason, Math.max(0, room) / unit);
    };
  });
}

function offers({ plan, survey, refusals }: Probe): Look {
  const sort = refusals.sort({ name: 'Offer', kind: 'agent' });
  return (agent) => {
    if ((refusals.problems[agent] ?? 0) > 0) return;
    if (fits(plan.needs, survey.states[agent]?.free ?? [])) return;
    refusals.add(agent, sort, 'with room, but not offered to Titan now');
  };
}
