import { drainWishOf } from '../../api/agent.ts';
import { createHeap } from '../../api/heap.ts';
import type { Agent, Task } from '../../api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis } from '../../api/object.ts';
import type { ScaleInFirst } from '../../api/scale-in.ts';
import { isLive, phaseOf, rankOf } from '../../api/task.ts';
import { type HealthView, isHealthy } from '../disruption/health.ts';

export interface VictimWorld {
  /** The tasks of each instance; those with none may be absent. */
  readonly tasks: ReadonlyMap<string, readonly Task[]>;
  readonly agents: readonly Agent[];
  readonly health: HealthView;
  readonly first: Exclude<ScaleInFirst, 'HighestNumber'>;
}

/** An instance that may be given up. The parts are compared in their order, less goes first. */
interface Candidate {
  readonly slot: string;
  readonly rank: readonly number[];
  readonly agent: string;
  readonly zone: string;
  readonly age: number;
  /** How many instances its agent and its zone had when it was last looked at. */
  crowd: readonly [agent: number, zone: number];
}

/**
 * The instances to give up first, so many of them (Titus' order, with health and drains before it): those that nothing lives in or whose task is
 * being stopped already, which nobody misses and which a second look so finds again; those that are not well; those on agents that are drained; those
 * not bound to an agent, then those not started; then from the agent with most of the job, from the zone with
 * most, and by age. A choice counts for those after it.
 */
export function victimsOf(
  slots: readonly string[],
  count: number,
  world: VictimWorld,
): readonly string[] {
  const read = candidateIn(world);
  const candidates = slots.map(read);
  const agents = countBy(candidates, ({ agent }) => agent);
  const zones = countBy(candidates, ({ zone }) => zone);
  const crowdOf = ({ agent, zone }: Candidate) =>
    [agents.get(agent) ?? 0, zones.get(zone) ?? 0] as const;
  const heap = createHeap<Candidate>((a, b) => compare(a, b) < 0);
  for (const candidate of candidates) {
    candidate.crowd = crowdOf(candidate);
    heap.push(candidate);
  }
  const victims: string[] = [];
  while (victims.length < count) {
    const next = heap.pop();
    if (next === undefined) break;
    const crowd = crowdOf(next);
    if (crowd[0] !== next.crowd[0] || crowd[1] !== next.crowd[1]) {
      next.crowd = crowd;
      heap.push(next);
      continue;
    }
    victims.push(next.slot);
    agents.set(next.agent, crowd[0] - 1);
    zones.set(next.zone, crowd[1] - 1);
  }
  return victims;
}

function compare(a: Candidate, b: Candidate): number {
  for (const [at, rank] of a.rank.entries()) {
    const order = rank - (b.rank[at] ?? 0);
    if (order !== 0) return order;
  }
  const crowd = b.crowd[0] - a.crowd[0] || b.crowd[1] - a.crowd[1];
  return crowd || a.age - b.age || Number(b.slot) - Number(a.slot);
}

function candidateIn({ tasks, agents, health, first }: VictimWorld): (slot: string) => Candidate {
  const byName = new Map(agents.map((agent) => [agent.metadata.name, agent]));
  const rank = (task: Task) => rankOfTask(task, byName.get(task.status?.agent ?? ''), health);
  return (slot) => {
    const live = (tasks.get(slot) ?? []).filter(isLive);
    const ranked = live.map((task) => ({ task, rank: rank(task) }));
    const best = ranked.toSorted((a, b) => comparePart(b.rank, a.rank))[0];
    if (best === undefined) {
      const nothing = tasks.has(slot) ? 1 : 0;
      return { slot, rank: [nothing, 0, 0, 0], agent: '', zone: '', age: 0, crowd: [0, 0] };
    }
    const { agent = '' } = best.task.status ?? {};
    const zone = byName.get(agent)?.status?.attributes?.zone ?? '';
    const made = fromTimestamp(best.task.metadata.creationTimestamp);
    const age = first === 'Oldest' ? made : -made;
    return { slot, rank: best.rank, agent, zone, age, crowd: [0, 0] };
  };
}

function comparePart(a: readonly number[], b: readonly number[]): number {
  return a.map((part, at) => part - (b[at] ?? 0)).find((order) => order !== 0) ?? 0;
}

const LEAVING = 2;
const STAYING = 3;

function rankOfTask(task: Task, agent: Agent | undefined, health: HealthView): readonly number[] {
  if (isDeleting(task)) return [LEAVING, 0, 0, 0];
  const drained = agent !== undefined && isDrained(agent, health.now);
  return [STAYING, Number(isHealthy(task, health)), Number(!drained), startedness(task)];
}

function isDrained(agent: Agent, now: Millis): boolean {
  return agent.status?.drain !== undefined || drainWishOf(agent, now) !== undefined;
}

/** 0: bound to no agent, 1: on its way, 2: it has run. */
function startedness(task: Task): number {
  const rank = rankOf(phaseOf(task));
  if (rank >= rankOf('Running')) return 2;
  return rank > rankOf('Pending') ? 1 : 0;
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}
