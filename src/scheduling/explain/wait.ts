import { fits } from '../cluster/resources.ts';
import { slotScore, withShare } from '../cluster/slots.ts';
import type { HeldTask } from '../cluster/task.ts';
import { asking, type Plan } from '../place/plan.ts';
import type { Ending } from './endings.ts';
import { hostRefusal, type Probe } from './probe.ts';

/** When an agent can take the task, by its place. */
export interface Wait {
  readonly until: number;
  readonly agent: number;
}

/** Agents that one step looks at here: each may have many tasks that end. */
const STEP_ENDINGS = 64;

/**
 * The soonest time at which tasks of one agent with known ends have ended, so that it can take the task; of
 * agents that can at the same time the first by name. What ends on other agents is not thought of.
 */
export function* soonestEnd(probe: Probe): Generator<void, Wait | undefined> {
  const { survey, refusals } = probe;
  let best: Wait | undefined;
  let looked = 0;
  for (const agent of survey.endings.bySoonest()) {
    const soonest = survey.states[agent]?.ends[0] ?? 0;
    if (best !== undefined && soonest > best.until) break;
    if (refusals.problems[agent] === 0 || (refusals.lasting[agent] ?? 0) > 0) continue;
    const until = endThatCures(agent, probe);
    if (until !== undefined && isSooner(best, until, agent)) best = { until, agent };
    looked += 1;
    if (looked % STEP_ENDINGS === 0) yield;
  }
  return best;
}

function isSooner(best: Wait | undefined, until: number, agent: number): boolean {
  if (best === undefined) return true;
  return until < best.until || (until === best.until && agent < best.agent);
}

function endThatCures(agent: number, probe: Probe): number | undefined {
  const ending = probe.survey.endings.of(agent);
  for (let ended = firstWithRoom(ending, probe.plan); ended < ending.at.length; ended += 1) {
    if (isOpen(agent, ending.tasks.slice(0, ended + 1), probe)) return ending.at[ended];
  }
  return undefined;
}

/** What is left only grows as tasks end. */
function firstWithRoom({ left }: Ending, { needs }: Plan): number {
  let [low, high] = [0, left.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(needs, left[middle] ?? [])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Whether all but the room lets the task in when those tasks have ended. */
function isOpen(agent: number, ended: readonly HeldTask[], probe: Probe): boolean {
  return (
    isUsable(agent, ended, probe) &&
    hasSlots(agent, ended, probe) &&
    hostsAllow(agent, ended, probe) &&
    groupsAllow(agent, ended, probe)
  );
}

function isUsable(agent: number, ended: readonly HeldTask[], { plan, survey }: Probe): boolean {
  const { exclusive = false, tasks = 0 } = survey.states[agent] ?? {};
  if (plan.exclusive.hard && tasks > ended.length) return false;
  if (!exclusive) return true;
  const over = new Set(ended.map(({ task }) => task.key));
  const there = survey.snapshot.tasksOn(survey.nodes[agent]?.name ?? '');
  return there.every(({ task }) => !task.exclusive || over.has(task.key));
}

function hasSlots(agent: number, ended: readonly HeldTask[], { plan, survey }: Probe): boolean {
  if (plan.slots.length === 0) return true;
  const used = ended
    .flatMap(({ given }) => given.slots)
    .reduce((slots, share) => withShare(slots, share, -1), survey.states[agent]?.slots ?? {});
  const shapes = survey.nodes[agent]?.view.slots ?? {};
  return slotScore(plan.slots, used, shapes) > 0;
}

function hostsAllow(agent: number, ended: readonly HeldTask[], { plan, survey }: Probe): boolean {
  const host = survey.nodes[agent]?.name ?? '';
  return plan.hosts.hard.every((rule) => {
    const job = rule.job ?? plan.profile.job;
    const there = survey.snapshot.counts.of(job).hosts.get(host) ?? 0;
    return hostRefusal(rule, there - countOf(job, ended)) === undefined;
  });
}

function groupsAllow(agent: number, ended: readonly HeldTask[], probe: Probe): boolean {
  const { plan, survey, counts } = probe;
  return [...counts].every(([rule, { values, count }]) => {
    const over = countOf(rule.job ?? plan.profile.job, ended);
    if (over === 0) return true;
    const own = survey.nodes[agent]?.attribute(rule.attribute) ?? '';
    const later = (value: string) => count(value) - (value === own ? over : 0);
    const verdict = asking(rule.name, () => rule.standing({ values, count: later }).judge(own));
    return verdict.reason === undefined;
  });
}

function countOf(job: string, ended: readonly HeldTask[]): number {
  return ended.reduce((sum, { task }) => (task.job === job ? sum + 1 : sum), 0);
}
