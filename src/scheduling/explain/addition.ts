import type { AgentNode } from '../cluster/agent.ts';
import { fits, roomFor } from '../cluster/resources.ts';
import { type Slots, sharesFor, slotScore, withShare } from '../cluster/slots.ts';
import { asking, type Plan } from '../place/plan.ts';
import type { GroupRule } from '../rules/rule.ts';
import { hostRefusal, type Probe } from './probe.ts';

/** So many new agents like one that there is, by its place, take so many of the tasks that wait. */
export interface Addition {
  readonly like: number;
  readonly count: number;
  readonly tasks: number;
}

/**
 * The agents to add for as many of the tasks that wait as agents of one sort can take, and of them the
 * fewest; of equal sorts the first by an agent's name. A new agent has a name that no rule knows.
 */
export function additionFor(probe: Probe, pending: number): Addition | undefined {
  const { plan, survey, counts, barred } = probe;
  if (plan.profile.agent !== undefined || !takesNewNames(plan)) return undefined;
  const { ids, count: sorts } = survey.alike([...counts.keys()].map(({ attribute }) => attribute));
  const seen = new Uint8Array(sorts);
  let best: Addition | undefined;
  for (let like = 0; like < ids.length; like += 1) {
    const sort = ids[like] ?? 0;
    if (barred[like] === 1 || seen[sort] === 1) continue;
    seen[sort] = 1;
    const node = survey.nodes[like] as AgentNode;
    if (!takesOne(plan, node)) continue;
    const tasks = tasksByGroups(node, probe, pending);
    const count = Math.ceil(tasks / tasksPerAgent(plan, node, tasks));
    const isBetter =
      best === undefined || tasks > best.tasks || (tasks === best.tasks && count < best.count);
    if (isBetter) best = { like, count, tasks };
  }
  return best;
}

function takesNewNames({ attributes, hosts }: Plan): boolean {
  const byName = attributes.hard.filter(({ attribute }) => attribute === 'host');
  return (
    byName.every((rule) => asking(rule.name, () => rule.refuse('')) === undefined) &&
    hosts.hard.every((rule) => hostRefusal(rule, 0) === undefined)
  );
}

function takesOne({ needs, slots }: Plan, { capacity, view }: AgentNode): boolean {
  const shapes = view.slots ?? {};
  return fits(needs, capacity) && (slots.length === 0 || slotScore(slots, {}, shapes) > 0);
}

/** How many tasks the rules about groups let go to agents with this one's values, one after another. */
function tasksByGroups(node: AgentNode, { counts }: Probe, pending: number): number {
  let most = pending;
  for (const [rule, { values, count }] of counts) {
    const own = node.attribute(rule.attribute) ?? '';
    most = countUpTo(most, (more) => {
      const then = (value: string) => count(value) + (value === own ? more : 0);
      return asking(rule.name, () => rule.standing({ values, count: then }).judge(own).reason);
    });
  }
  return most;
}

/** How many tasks of the class an empty agent like this one holds: by room, slots and the rules for one agent. */
function tasksPerAgent(plan: Plan, { capacity, view }: AgentNode, most: number): number {
  if (plan.exclusive.hard) return 1;
  const byRoom = plan.needs.reduce(
    (least, need) => Math.min(least, Math.floor(roomFor(need, capacity) / need.amount)),
    most,
  );
  const bySlots = tasksBySlots(plan, view, byRoom);
  return plan.hosts.hard
    .filter((rule) => isOwn(rule, plan))
    .reduce((least, rule) => countUpTo(least, (there) => hostRefusal(rule, there)), bySlots);
}

function isOwn({ job }: GroupRule, { profile }: Plan): boolean {
  return job === undefined || job === profile.job;
}

function tasksBySlots({ slots }: Plan, { slots: shapes = {} }: AgentNode['view'], most: number) {
  if (slots.length === 0) return most;
  let used: Slots = {};
  return countUpTo(most, () => {
    if (slotScore(slots, used, shapes) === 0) return 'full';
    for (const share of sharesFor(slots, used, shapes)) used = withShare(used, share, 1);
    return undefined;
  });
}

/** How many go, one after another, until one is refused; one at least. */
function countUpTo(most: number, refuse: (there: number) => string | undefined): number {
  for (let there = 0; there < most; there += 1) {
    if (refuse(there) !== undefined) return Math.max(1, there);
  }
  return most;
}
