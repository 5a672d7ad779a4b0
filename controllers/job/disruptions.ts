import { budgetOf, type Disruptions } from '../../src/api/disruption.ts';
import {
  type DisruptionRequest,
  type RequestCause,
  requestOf,
} from '../../src/api/disruption-request.ts';
import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis } from '../../src/api/object.ts';
import { holdsSlot, isMovingForRollout, isOfItsAgent } from '../../src/api/task.ts';
import { sameJson } from '../../src/runtime/equal.ts';
import { hasFollower } from '../../src/scheduling/disruption/instances.ts';
import type { Ask, Ledger, Refusal } from '../../src/scheduling/disruption/ledger.ts';
import { type AvailabilityWorld, outdated } from './availability.ts';
import type { JobPlan } from './plan.ts';
import { isDue } from './retry.ts';
import type { SlotState, Successor } from './slots.ts';
import { NO_SURGE, planSurge, type SurgePlan } from './surge.ts';

export interface DisruptionWorld {
  /** The job's own tasks here. */
  readonly tasks: readonly Task[];
  readonly states: readonly SlotState[];
  readonly ledger: Ledger;
  readonly health: Omit<AvailabilityWorld, 'ledger'>;
  /** Whether the job's capacity group lets others take its place, whatever its budget says. */
  readonly preemptible: boolean;
  /** Why the job stands still, where it does: then nothing of it is disrupted. */
  readonly halt: string | undefined;
  /** What the newest version needs and is not there: nothing is stopped for it. Absent: nothing. */
  readonly lack?: string | undefined;
  /** How many tasks may be started now beside others that move. */
  readonly startsLeft: number;
  readonly now: Millis;
}

/** What is done of all that would disrupt the job. */
export interface DisruptionPlan extends Pick<Grants, 'moves' | 'lapsed' | 'refused'> {
  readonly stops: readonly { readonly task: Task; readonly why: DisruptionStop }[];
  readonly surge: SurgePlan;
}

export type DisruptionStop = 'Moved' | 'Evicted' | 'Preempted' | 'NewRevision' | 'RolledBack';

const NOTHING: DisruptionPlan = {
  moves: new Set(),
  lapsed: [],
  refused: [],
  stops: [],
  surge: NO_SURGE,
};

const NONE: ReturnType<typeof outdated> = { tasks: [], refused: undefined };

/** Requests go first, as they end; then the rollout takes what is left. */
export function planDisruptions(world: DisruptionWorld): DisruptionPlan {
  const { states, ledger, health, halt } = world;
  if (halt !== undefined) return NOTHING;
  const grants = grantRequests(world);
  const availability = { ...health, ledger };
  const granted = new Set(grants.stops.map(({ task }) => task));
  const others = states.filter((state) => state.is !== 'held' || !granted.has(state.task));
  const replaced = world.lack === undefined ? outdated(others, availability) : NONE;
  const stopped = new Set([...granted, ...replaced.tasks]);
  const why = isGoingBack(health.rollout?.phase) ? 'RolledBack' : 'NewRevision';
  const { refused } = replaced;
  const isOrdinary = refused?.layer === 'Health' && !health.budget.isOwn;
  return {
    ...grants,
    moves: grants.moves.difference(stopped),
    stops: [...grants.stops, ...replaced.tasks.map((task) => ({ task, why }) as const)],
    surge: planSurge(states, { ...availability, stopped }),
    refused: refused === undefined || isOrdinary ? grants.refused : [...grants.refused, refused],
  };
}

/** Whether a rollout returns, or has returned, to the version before. */
export function isGoingBack(phase: string | undefined): boolean {
  return phase === 'RollingBack' || phase === 'RolledBack' || phase === 'RollbackFailed';
}

/** A refusal, with what it refused. */
export interface Refused extends Refusal {
  readonly task: Task;
  readonly cause: Ask['cause'];
}

/** What comes of what is asked of the job's tasks. */
interface Grants {
  /** Tasks beside which another may be started that takes their place. */
  readonly moves: ReadonlySet<Task>;
  /** Tasks that are to be stopped first. */
  readonly stops: readonly {
    readonly task: Task;
    readonly why: 'Moved' | 'Evicted' | 'Preempted';
  }[];
  /** Tasks of which nothing need be asked any more. */
  readonly lapsed: readonly Task[];
  readonly refused: readonly Refused[];
}

/** Who asked for a preemption looks for another victim after this time. */
const PREEMPTION_LAPSES_MS = 60_000;
const REFUSED_MAX = 5;

/** Who goes first where not all can. */
const RANKS: Readonly<Record<RequestCause, number>> = {
  Preemption: 0,
  Drain: 1,
  Request: 2,
  Rebalance: 3,
};

interface Asked {
  readonly task: Task;
  readonly request: DisruptionRequest;
}

/** Puts every request to the ledger, the oldest of the most urgent cause first. */
function grantRequests(world: DisruptionWorld): Grants {
  const all = requests(world.tasks);
  const states = all.length === 0 ? new Map<Task, SlotState>() : statesByTask(world.states);
  const moves = new Set(surging(world.states));
  const stops: Grants['stops'][number][] = [];
  const lapsed: Task[] = [];
  const refused: Refused[] = [];
  let { startsLeft } = world;
  for (const asked of all) {
    const { task, request } = asked;
    const answer = answerTo(asked, states.get(task), { ...world, startsLeft });
    if (answer === 'lapses') lapsed.push(task);
    else if (answer === 'moves') startsLeft -= addTo(moves, task);
    else if (answer === 'stops') stops.push({ task, why: stopReason(request) });
    else if (answer !== undefined) refused.push({ ...answer, task, cause: request.cause });
  }
  return { moves, stops, lapsed, refused };
}

function statesByTask(states: readonly SlotState[]): ReadonlyMap<Task, SlotState> {
  return new Map(states.flatMap((state) => (state.is === 'held' ? [[state.task, state]] : [])));
}

/** @returns how many it was not yet among */
function addTo(moves: Set<Task>, task: Task): number {
  const before = moves.size;
  return moves.add(task).size - before;
}

/** What is to follow a task that is to move, where nothing follows it yet. */
function successorIn(state: SlotState | undefined): Successor | undefined {
  return state?.is === 'held' && !state.leaving ? state.successor : undefined;
}

function isForced({ task, request: { forced, cause } }: Asked, preemptible: boolean): boolean {
  return (
    forced || (cause === 'Preemption' && preemptible) || (cause === 'Drain' && isOfItsAgent(task))
  );
}

/** What would be started beside it and cannot be yet is not asked for: nothing of a budget is spent on it. */
function answerTo(
  asked: Asked,
  state: SlotState | undefined,
  { tasks, ledger, health, preemptible, startsLeft, now }: DisruptionWorld,
): 'lapses' | 'moves' | 'stops' | Refusal | undefined {
  const { task, request } = asked;
  const { cause, since, evicts } = request;
  const forced = isForced(asked, preemptible);
  if (cause === 'Preemption' && !forced && now >= since + PREEMPTION_LAPSES_MS) return 'lapses';
  const successor = successorIn(state);
  if (!evicts && successor === undefined) return undefined;
  if (!evicts && hasFollower(task, tasks)) return 'moves';
  const breaks = evicts || health.partition.exclusive || task.spec.agent === task.spec.slot;
  const isHeldBack = !breaks && !(startsLeft > 0 && isDue(successor?.dueAt ?? 0, now));
  const ask = { task, cause, since, breaks, forced };
  if (isHeldBack) return ledger.ask(ask);
  const refusal = ledger.take(ask);
  return refusal ?? (breaks ? 'stops' : 'moves');
}

function requests(tasks: readonly Task[]): readonly Asked[] {
  const asked: Asked[] = [];
  for (const task of tasks) {
    const request = holdsSlot(task) && !isDeleting(task) ? requestOf(task) : undefined;
    if (request !== undefined) asked.push({ task, request });
  }
  return asked.toSorted((a, b) => compare(a.request, b.request) || byName(a.task, b.task));
}

function compare(a: DisruptionRequest, b: DisruptionRequest): number {
  return (
    Number(b.forced) - Number(a.forced) || RANKS[a.cause] - RANKS[b.cause] || a.since - b.since
  );
}

function byName(a: Task, b: Task): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** Those that a rollout told to move: it has asked for them. */
function surging(states: readonly SlotState[]): readonly Task[] {
  const found: Task[] = [];
  for (const state of states) {
    if (state.is !== 'held' || state.current) continue;
    if (isMovingForRollout(state.task)) found.push(state.task);
  }
  return found;
}

function stopReason({ evicts, cause }: DisruptionRequest): Grants['stops'][number]['why'] {
  if (!evicts) return 'Moved';
  return cause === 'Preemption' ? 'Preempted' : 'Evicted';
}

/** What people are shown of what was refused; first what the coordinator is to be asked about, which is read from it. */
export function refusedTexts(refused: readonly Refused[]): NonNullable<Disruptions['refused']> {
  const rank = ({ layer }: Refused) => Number(layer !== 'Coordinator');
  return refused
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, REFUSED_MAX)
    .map(({ task, cause, layer, message }) => {
      return { task: task.metadata.name, cause, layer, message };
    });
}

type Intent = Pick<JobPlan, 'home' | 'disruptions' | 'rollout'>;

/**
 * The job with what must be known to whoever leads next before anything is stopped: what this pass spends of a rate
 * or a relocation limit, and that a rollout goes back, which what is stopped for it would hide; `undefined` where there
 * is nothing of the sort.
 */
export function intentOf(job: Job, { home, disruptions, rollout }: Intent): Job | undefined {
  const domains = job.status?.domains ?? [];
  const before = domains.find(({ name }) => name === home);
  if (before === undefined || disruptions === undefined || rollout === undefined) return undefined;
  const begins = rollout.phase === 'RollingBack' && before.rollout?.phase !== 'RollingBack';
  if (!begins && !spends(job, disruptions, before.disruptions)) return undefined;
  const own = { ...before, disruptions, rollout };
  const status = {
    ...job.status,
    domains: domains.map((each) => (each === before ? own : each)),
  };
  return { ...job, status };
}

function spends(job: Job, now: Disruptions, before: Disruptions | undefined): boolean {
  const { rate, relocationLimit } = budgetOf(job);
  if (rate === undefined && relocationLimit === Number.POSITIVE_INFINITY) return false;
  const keptOf = ({ ledger, relocations }: Disruptions) => ({ ledger, relocations });
  return !sameJson(keptOf(now), keptOf(before ?? {}));
}
