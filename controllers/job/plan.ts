import type { Disruptions } from '../../src/api/disruption.ts';
import type { Job, JobRevision, Task } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis } from '../../src/api/object.ts';
import type { Partition } from '../../src/api/partition.ts';
import { isLive, isMoving } from '../../src/api/task.ts';
import { createLedger, type Ledger } from '../../src/scheduling/disruption/ledger.ts';
import { changesAt } from './availability.ts';
import {
  type Creation,
  creationsOf,
  isReplacement,
  roomFor,
  startsBeside,
  withinLimits,
} from './creations.ts';
import { type DisruptionPlan, planDisruptions, type Refused, refusedTexts } from './disruptions.ts';
import { excessOf, stopsOf } from './excess.ts';
import { expiryOf, type Halt, haltOf } from './halt.ts';
import type { Attempts } from './numbering.ts';
import { type OrderWorld, type StopOrder, startsAfter, stopsAfter } from './order.ts';
import type { HistoryPlan } from './revisions.ts';
import type { Rollout } from './rollout/rollout.ts';
import { type Share, type ShareWorld, shareOf } from './share.ts';
import type { SlotState } from './slots.ts';
import { NO_SURGE, type SurgePlan } from './surge.ts';
import { MENDED_AGAIN_MS, type UnreadableTask } from './unreadable.ts';
import { viewOf } from './view.ts';

export interface JobWorld extends ShareWorld, OrderWorld {
  readonly now: Millis;
  readonly tasks: readonly Task[];
  /** Until when each of them is as it is here: some may be deleted only as far as is known. */
  readonly expectedUntil: Millis;
  /** The job's own tasks whose records cannot be read, by their instance. */
  readonly unreadable: ReadonlyMap<string, UnreadableTask>;
  readonly attempts: Attempts;
  /** Whether the fault domain has lost many agents at once: what runs is then left alone. */
  readonly frozen: boolean;
  /** Tasks that may be made now, whatever the job asks for. */
  readonly launchesLeft: number;
  /** Tasks of one job that may be made in a second of the clock. */
  readonly jobLaunchesPerSecond: number;
  /** Tasks of one job that may be on their way to running at once, unless they start together. */
  readonly jobTasksStarting: number;
  /** How many of them may stand in for tasks that were lost by no fault of their program. */
  readonly replacementsLeft: number;
  /** Tasks that may be disrupted now in the whole fault domain. */
  readonly disruptionsLeft: number;
  /** Whether the job's capacity group lets others take its place. */
  readonly preemptible: boolean;
  /** What the newest version needs and is not there: nothing is stopped for it. Absent: nothing. */
  readonly lack?: string | undefined;
  /** The job's own. */
  readonly revisions: readonly JobRevision[];
}

export type StopReason =
  | 'JobDeleted'
  | 'ScaledDown'
  | Halt
  | 'Surplus'
  | 'Moved'
  | 'Evicted'
  | 'Preempted'
  | 'NewRevision'
  | 'RolledBack';

export interface Stop {
  readonly task: Task;
  readonly why: StopReason;
}

export interface JobPlan {
  /** The fault domain. */
  readonly home: string;
  readonly share: Share;
  /** What the spec asks for. */
  readonly revision: string;
  /** Absent where the job is deleted. */
  readonly history?: HistoryPlan;
  readonly rollout?: Rollout;
  readonly states: readonly SlotState[];
  /** What of the job cannot be read here, also of instances that are wanted no more; none where it is deleted. */
  readonly unreadable: readonly UnreadableTask[];
  readonly creates: readonly Creation[];
  readonly stops: readonly Stop[];
  readonly surge: SurgePlan;
  /** Tasks of which something was asked that need not be done any more. */
  readonly lapsed: readonly Task[];
  /** Absent where the job is deleted; of one that stands still only what is kept. */
  readonly disruptions?: Disruptions;
  /** How many of them the fault domain bounds. */
  readonly disrupted: number;
  /** How many of those no bound holds, as where a drain is over its deadline. */
  readonly forced: number;
  /** What must come about before it starts anything, a phrase each. */
  readonly startsAfter: readonly string[];
  /** The jobs that stop before it does. */
  readonly stopsAfter: readonly string[];
  /** Why it stands still, where it does. */
  readonly halt?: Halt;
  /** Whether it has ended so long ago that it is to be deleted. */
  readonly isExpired: boolean;
  /** How many stops wait until the fault domain has its agents back. */
  readonly held: number;
  /** When the first back-off ends, or anything else changes by itself; `Infinity` where nothing does. */
  readonly wakeAt: Millis;
}

/** When to look again where a bound on launches was met. */
const LAUNCHES_AGAIN_MS = 1_000;
const NEVER = Number.POSITIVE_INFINITY;
const ANY_ORDER: StopOrder = { after: [], untilAt: NEVER };
/** Stops that are put off while the fault domain has lost many agents. */
const WAITS_FOR_AGENTS: ReadonlySet<StopReason> = new Set(['ScaledDown', 'Suspended']);

/**
 * Decides which tasks to make and which to stop so that each wanted slot holds one live task of the
 * job's newest revision, or has ended for good.
 *
 * - A task is made only where its slot holds no live one (one that is being stopped is live, one that
 *   is cut off for long is not in the way), and only while fewer live here than are wanted. One that is
 *   to move lives on until the one that follows it runs; that of an exclusive job ends first.
 * - Where a task returned to a slot that another took, one is kept.
 * - Before the jobs that it depends on are as it says nothing is started; nothing is stopped before those
 *   that depend on it and are to stop.
 * - A job that is suspended, or complete with fewer instances than it has, runs none.
 * - An instance with a task whose record cannot be read is left as it is: for all that is known that task runs, and so it
 *   counts as one that lives, also where the instance is wanted no more.
 * - Slots above the count are given up, whatever is in them, unless the domain has lost many agents.
 * - Which version an instance is to run is the rollout's to say. Tasks of another one are replaced as
 *   the ledger of disruptions lets them go.
 */
export function planJob(job: Job, world: JobWorld): JobPlan {
  const share = shareOf(job, world);
  if (isDeleting(job)) return planDeletion(job, share, world);
  const { now } = world;
  const unreadable = [...world.unreadable.values()];
  const startsOnce = startsAfter(job, world);
  const view = viewOf(job, { world, share, startsOnce });
  const { history, rollout, states, partition, health } = view;
  const halt = haltOf(job, states, world.home.name);
  const isHeld = share.isWithheld || halt !== undefined || startsOnce.length > 0;
  const order = halt === 'Suspended' ? stopsAfter(job, world) : ANY_ORDER;
  const excess = halt === undefined ? excessOf(view) : haltsOf(world, halt, order);
  const due = world.frozen ? excess.filter(({ why }) => !WAITS_FOR_AGENTS.has(why)) : excess;
  const going = new Set(due.map(({ task }) => task));
  const staying =
    going.size === 0 ? world : { ...world, tasks: world.tasks.filter((task) => !going.has(task)) };
  const ledger = ledgerOf(job, { world: staying, share, rollout });
  const room = isHeld ? 0 : roomFor(job, { world, going, instances: share.slots.length });
  const startsLeft = startsBeside(states, { world, room });
  const disrupted = planDisruptions({ ...staying, states, ledger, health, halt, startsLeft });
  const wanted = isHeld ? [] : creationsOf(view, disrupted.moves, now);
  const free = Math.max(0, room - countedAnew(disrupted));
  const creates = withinLimits(wanted.slice(0, free), world);
  ledger.note('ScaleIn', due.filter(({ why }) => why === 'ScaledDown').length);
  ledger.note('Loss', creates.filter(isReplacement).length);
  const expiresAt = expiryOf(job);
  const isCut = creates.length < Math.min(wanted.length, free);
  return {
    home: world.home.name,
    share,
    revision: history.newest.spec.revision,
    history,
    rollout,
    states,
    unreadable,
    creates,
    stops: [...due, ...disrupted.stops],
    surge: disrupted.surge,
    lapsed: disrupted.lapsed,
    disruptions: halt === undefined ? shown(ledger, disrupted.refused) : known(ledger),
    disrupted: ledger.taken,
    forced: ledger.forced,
    startsAfter: startsOnce,
    stopsAfter: order.after,
    ...(halt === undefined ? {} : { halt }),
    isExpired: now >= expiresAt,
    held: excess.length - due.length,
    wakeAt: Math.min(
      world.expectedUntil,
      isCut ? now + LAUNCHES_AGAIN_MS : NEVER,
      unreadable.length > 0 ? now + MENDED_AGAIN_MS : NEVER,
      Math.max(share.handover.wakeAt, now),
      ...disrupted.refused.map(({ againAt }) => againAt),
      Math.max(view.wakeAt, now),
      expiresAt > now ? expiresAt : NEVER,
      nextChange(states, partition, now),
    ),
  };
}

/** Tasks that were to move and so were left out of the room, and that now count like any other until they are gone. */
function countedAnew({ surge, stops }: DisruptionPlan): number {
  return surge.unmarks.length + stops.filter(({ task }) => isMoving(task)).length;
}

/** When the first of them changes by itself. */
function nextChange(states: readonly SlotState[], partition: Partition, now: Millis): Millis {
  let first = NEVER;
  for (const state of states) {
    const at = changesAt(state, partition);
    if (at > now && at < first) first = at;
  }
  return first;
}

function ledgerOf(
  job: Job,
  { world, share, rollout }: { world: JobWorld; share: Share; rollout: Rollout },
): Ledger {
  const { home, tasks, frozen, now, disruptionsLeft: domainLeft } = world;
  const slots = share.slots.map(({ slot }) => slot);
  return createLedger({ job, home: home.name, tasks, slots, rollout, frozen, domainLeft, now });
}

/** What is not to be forgotten while the job stands still. */
function known(ledger: Ledger): Disruptions {
  const { healthy: _, needed: __, allowed: ___, moving: ____, ...kept } = ledger.sum();
  return kept;
}

function shown(ledger: Ledger, refused: readonly Refused[]): Disruptions {
  const texts = refusedTexts(refused);
  return { ...ledger.sum(), ...(texts.length === 0 ? {} : { refused: texts }) };
}

/** All that lives, and is not being stopped, once others have stopped. */
function haltsOf({ tasks }: JobWorld, why: Halt, { after }: StopOrder): readonly Stop[] {
  if (after.length > 0) return [];
  return stopsOf(
    tasks.filter((task) => isLive(task) && !isDeleting(task)),
    why,
  );
}

function planDeletion(job: Job, share: Share, world: JobWorld): JobPlan {
  const { after, untilAt } = stopsAfter(job, world);
  const stops = (after.length > 0 ? [] : world.tasks)
    .filter((task) => !isDeleting(task))
    .map((task): Stop => ({ task, why: 'JobDeleted' }));
  return {
    home: world.home.name,
    share,
    revision: '',
    states: [],
    unreadable: [],
    creates: [],
    stops,
    surge: NO_SURGE,
    lapsed: [],
    disrupted: 0,
    forced: 0,
    startsAfter: [],
    stopsAfter: after,
    isExpired: false,
    held: 0,
    wakeAt: Math.min(untilAt, world.expectedUntil),
  };
}
