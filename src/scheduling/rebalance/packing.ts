import type { AgentNode } from '../cluster/agent.ts';
import { CPUS, MEMORY, type Vector } from '../cluster/resources.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { HeldTask } from '../cluster/task.ts';
import { isPlaced, type Placer } from '../place/placer.ts';
import type { Profile } from '../place/profile.ts';
import type { Crew, Move } from './crew.ts';
import { falls, spreadRulesOf } from './deviation.ts';
import { LEAVING, spreadDeviation } from './spread.ts';

/** Agents that one look tries to empty, those with the least in use first, and tasks that one may have for that. */
const SOURCES_MAX = 8;
const TASKS_MAX = 64;
const AGENTS_PER_STEP = 256;

interface PackingOptions {
  readonly placer: Placer;
  readonly most: number;
  /** Whether the task is there because its agent is: it keeps no agent in use. */
  isOfItsAgent(key: string): boolean;
}

/** Moves that empty one agent, all its tasks to others that are in use already. None where not all can go. */
export function* packingMoves(
  crews: readonly Crew[],
  options: PackingOptions,
): Generator<void, readonly Move[]> {
  const { placer, isOfItsAgent } = options;
  const { snapshot } = placer;
  const owners = new Map(
    crews
      .filter(({ profile }) => packs(profile))
      .flatMap((crew) => crew.members.map(({ key }) => [key, crew] as const)),
  );
  const inUse: AgentNode[] = [];
  for (const [at, node] of [...snapshot.agents.values()].entries()) {
    if (tasksOn(node.name, snapshot, isOfItsAgent).length > 0) inUse.push(node);
    if (at % AGENTS_PER_STEP === 0) yield;
  }
  inUse.sort((a, b) => usedShare(a) - usedShare(b) || (a.name < b.name ? -1 : 1));
  for (const source of inUse.slice(0, SOURCES_MAX)) {
    yield;
    const tasks = tasksOn(source.name, snapshot, isOfItsAgent);
    const isOpen = source.view.unschedulable !== true && tasks.length <= TASKS_MAX;
    if (!isOpen || !tasks.every(({ task }) => owners.has(task.key))) continue;
    const moves = emptied(source, tasks, { ...options, owners });
    if (moves.length > 0) return withinBudgets(moves, owners).slice(0, options.most);
  }
  return [];
}

interface Emptying extends PackingOptions {
  readonly owners: ReadonlyMap<string, Crew>;
}

/** All tasks of the agent, each with a new place; none where one of them has none. */
function emptied(
  { view }: AgentNode,
  tasks: readonly HeldTask[],
  world: Emptying,
): readonly Move[] {
  const { snapshot } = world.placer;
  return snapshot.trial(() => {
    snapshot.putAgent({ ...view, unschedulable: true });
    const moves: Move[] = [];
    for (const held of tasks) {
      const move = packed(held, world);
      if (move === undefined) return [];
      moves.push(move);
    }
    return moves;
  });
}

function packed({ task, agent }: HeldTask, world: Emptying): Move | undefined {
  const { placer, owners, isOfItsAgent } = world;
  const { snapshot } = placer;
  const crew = owners.get(task.key);
  if (crew === undefined) return undefined;
  const rules = spreadRulesOf(crew.profile, snapshot);
  const spread = () => spreadDeviation(rules, snapshot.counts.of(crew.job).hosts, snapshot);
  const spreadBefore = spread();
  const opennessOf = (name: string) => opennessIn(snapshot, name, isOfItsAgent);
  const fromBefore = opennessOf(agent);
  const there = snapshot.counts.of(crew.job).hosts.get(agent) ?? 0;
  snapshot.release(task.key);
  const placed = placer.place({ key: `move/${task.key}`, profile: fullestFirst(crew.profile) });
  if (!isPlaced(placed) || crew.avoids.has(placed.agent)) return undefined;
  const toBefore = snapshot.trial(() => {
    snapshot.release(placed.key);
    return opennessOf(placed.agent);
  });
  const together = snapshot.counts.of(crew.job).hosts.get(placed.agent) ?? 0;
  const crowds = spreadsJob(crew.profile) && together > there;
  const deviation = [fromBefore + toBefore, opennessOf(agent) + opennessOf(placed.agent)] as const;
  const isWorse = crowds || falls(spread(), spreadBefore);
  if (toBefore === 0 || isWorse || !falls(...deviation)) return undefined;
  return { key: task.key, job: crew.job, from: agent, to: placed.agent, why: 'Packing', deviation };
}

function withinBudgets(moves: readonly Move[], owners: ReadonlyMap<string, Crew>): readonly Move[] {
  const taken = new Map<string, number>();
  return moves.filter(({ key, job }) => {
    const count = (taken.get(job) ?? 0) + 1;
    if (count > (owners.get(key)?.left ?? 0)) return false;
    taken.set(job, count);
    return true;
  });
}

/** Whether the job wants its tasks on full agents, more than on idle ones. */
function packs({ fitness }: Profile): boolean {
  const weightOf = (matches: (name: string) => boolean) =>
    fitness.reduce((sum, { name, weight }) => sum + (matches(name) ? weight : 0), 0);
  return weightOf((name) => name.startsWith('Pack')) > weightOf((name) => name === 'SpreadLoad');
}

function spreadsJob({ fitness }: Profile): boolean {
  return fitness.some(({ name }) => name === 'SpreadJob');
}

function fullestFirst(profile: Profile): Profile {
  const { goodEnough: _, ...rest } = profile;
  const id = JSON.stringify([profile.id, 'PackAll']);
  return { ...rest, id, fitness: [{ name: 'PackAll', weight: 1 }] };
}

/** Those that keep the agent in use: neither what comes with the agent nor what is about to leave it. */
function tasksOn(
  agent: string,
  snapshot: Snapshot,
  isOfItsAgent: (key: string) => boolean,
): readonly HeldTask[] {
  return snapshot
    .tasksOn(agent)
    .filter(({ task }) => task.job !== LEAVING && !isOfItsAgent(task.key));
}

/**
 * How much of an agent in use lies open: 1 less the square of its share in use; of an idle one nothing.
 * All together it falls when an agent is emptied, and when a task goes to an agent that is fuller than what
 * it leaves behind.
 */
function opennessIn(
  snapshot: Snapshot,
  name: string,
  isOfItsAgent: (key: string) => boolean,
): number {
  const node = snapshot.agents.get(name);
  if (node === undefined || tasksOn(name, snapshot, isOfItsAgent).length === 0) return 0;
  return 1 - usedShare(node) ** 2;
}

/** Of processors and memory together. */
function usedShare({ capacity, state }: AgentNode): number {
  return (shareOf(capacity, state.left, CPUS) + shareOf(capacity, state.left, MEMORY)) / 2;
}

function shareOf(capacity: Vector, left: Vector, at: number): number {
  const all = capacity[at] ?? 0;
  return all <= 0 ? 1 : (all - (left[at] ?? 0)) / all;
}
