import type { AgentNode, Room } from '../cluster/agent.ts';
import type { Bucket, Kind } from '../cluster/cells.ts';
import { fits } from '../cluster/resources.ts';
import { slotScore } from '../cluster/slots.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Fitness } from '../fitness/fitness.ts';
import type { GroupRule, Verdict } from '../rules/rule.ts';
import { asking, countOn, type Plan, PluginFailure, type Weighed } from './plan.ts';

/** Parts of a score (Fenzo's): resource sets, wishes, fitness. A part that nobody asks for counts in full. */
const SETS = 0.15;
const WISHES = 0.5;
const FITNESS = 0.35;

/** It cannot go there. */
export const REFUSED = -1;

/** Scores agents for one plan. Every score is a pure function of the snapshot. */
export interface Evaluator {
  /** Whether the attributes, the reservation and the state of service let the task in. */
  admits(node: Pick<AgentNode, 'view' | 'attribute'>): boolean;
  /** The weights of the wishes about attributes that hold. */
  wishesOf(node: Pick<AgentNode, 'attribute'>): number;
  /**
   * All of the score but for wishes about groups, or `REFUSED`. `wishes` is what the wishes about
   * attributes give.
   */
  score(node: AgentNode, wishes: number): number;
  /** No agent of the bucket that no counter tells apart scores more. */
  bound(bucket: Bucket, wishes: number): number;
  /** Whether an agent with no task of any job that matters may take one, and what is its score's part. */
  readonly fresh: boolean;
}

export function createEvaluator(plan: Plan, snapshot: Snapshot): Evaluator {
  const { profile, needs, slots, attributes, hosts, exclusive } = plan;
  const rulesHosts = hosts.hard.length + hosts.soft.length > 0;
  const verdicts = new Map<GroupRule, Verdict[]>();
  const readsOwn = plan.fitness.some(({ item }) => item.reads?.includes('jobTasks'));

  function verdictOf(rule: GroupRule, count: number): Verdict {
    const known = verdicts.get(rule) ?? [];
    verdicts.set(rule, known);
    known[count] ??= asking(rule.name, () => hostVerdict(rule, count));
    return known[count];
  }

  function admits(node: Pick<AgentNode, 'view' | 'attribute'>): boolean {
    const { unschedulable = false, onlyFor } = node.view;
    if (unschedulable || (onlyFor !== undefined && onlyFor !== profile.role)) return false;
    return attributes.hard.every((rule) =>
      asking(rule.name, () => rule.refuse(node.attribute(rule.attribute)) === undefined),
    );
  }

  function wishesOf(node: Pick<AgentNode, 'attribute'>): number {
    return attributes.soft.reduce((sum, { item, weight }) => {
      const reason = asking(item.name, () => item.refuse(node.attribute(item.attribute)));
      return reason === undefined ? sum + weight : sum;
    }, 0);
  }

  function hostWishes(node: AgentNode | undefined): number | undefined {
    for (const rule of hosts.hard) {
      if (verdictOf(rule, countFor(rule, node)).reason !== undefined) return undefined;
    }
    let sum = 0;
    for (const { item, weight } of hosts.soft) {
      sum += weight * verdictOf(item, countFor(item, node)).score;
    }
    return sum;
  }

  function countFor(rule: GroupRule, node: AgentNode | undefined): number {
    return node === undefined ? 0 : countOn(node, rule.job ?? profile.job, snapshot);
  }

  function total(wishes: number, fitness: number, sets: number): number {
    const held = plan.wishes === 0 ? 1 : wishes / plan.wishes;
    return SETS * sets + WISHES * held + FITNESS * Math.min(fitness, plan.goodEnough);
  }

  function hasRoom({ state }: AgentNode): boolean {
    if (state.exclusive || (exclusive.hard && state.tasks > 0)) return false;
    return fits(needs, state.free);
  }

  function score(node: AgentNode, wishes: number): number {
    if (!hasRoom(node)) return REFUSED;
    const { state } = node;
    const sets = slots.length === 0 ? 1 : slotScore(slots, state.slots, node.view.slots ?? {});
    if (sets === 0) return REFUSED;
    const byHost = rulesHosts ? hostWishes(node) : 0;
    if (byHost === undefined) return REFUSED;
    const alone = state.tasks === 0 ? exclusive.weight : 0;
    const jobTasks = readsOwn ? countOn(node, profile.job, snapshot) : 0;
    return total(wishes + byHost + alone, fitnessOf(plan, node, jobTasks), sets);
  }

  const freshWishes = hostWishes(undefined);

  return {
    admits,
    wishesOf,
    score,
    fresh: freshWishes !== undefined,
    bound(bucket, wishes) {
      if (!fits(needs, bucket.most)) return REFUSED;
      const most = wishes + (freshWishes ?? 0) + exclusive.weight;
      return total(most, fitnessBound(plan, bucket), 1) + ROUNDING;
    },
  };
}

/** Sums that are equal on paper may differ by less than this. */
const ROUNDING = 1e-12;

function hostVerdict(rule: GroupRule, count: number): Verdict {
  return rule.standing({ values: ['host'], count: () => count }).judge('host');
}

/** The mean of all fitness by their weights; 1 where there is none. */
function fitnessOf({ fitness, task, fitnessWeight }: Plan, room: Room, jobTasks: number): number {
  if (fitnessWeight === 0) return 1;
  let sum = 0;
  for (const { item, weight } of fitness) sum += weight * scored(item, task, room, jobTasks);
  return sum / fitnessWeight;
}

function scored(item: Fitness, task: Plan['task'], room: Room, jobTasks: number): number {
  let score: number;
  try {
    score = item.score(task, room, jobTasks);
  } catch (thrown) {
    throw new PluginFailure(item.name, thrown);
  }
  if (Number.isNaN(score)) throw new PluginFailure(item.name, 'its score is not a number');
  return score < 0 ? 0 : score > 1 ? 1 : score;
}

function fitnessBound({ fitness, task, fitnessWeight }: Plan, bucket: Bucket): number {
  if (fitnessWeight === 0) return 1;
  const sum = fitness.reduce(
    (total, { item, weight }: Weighed<Fitness>) =>
      total + weight * (item.trend === undefined ? 1 : scored(item, task, corner(bucket, item), 0)),
    0,
  );
  return sum / fitnessWeight;
}

/** The state in a bucket that would score most. */
function corner({ kind, least, most }: Bucket, { trend }: Fitness): Room {
  return {
    ...nobody(kind),
    free: trend === 'falls' ? least : most,
  };
}

function nobody({ capacity, attributes, quality }: Kind): Omit<Room, 'free'> {
  return {
    name: '',
    attributes,
    capacity,
    quality,
    lastEnd: undefined,
    tasks: 0,
    holds: () => false,
  };
}
