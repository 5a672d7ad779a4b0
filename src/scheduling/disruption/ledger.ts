import { amountOf } from '../../api/amount.ts';
import { type CoordinatorAnswer, standing, standsUntil } from '../../api/coordinator.ts';
import {
  budgetOf,
  type DisruptionBudget,
  type DisruptionCause,
  type Disruptions,
  rateLimitOf,
} from '../../api/disruption.ts';
import { requestOf } from '../../api/disruption-request.ts';
import { durationText } from '../../api/duration.ts';
import type { Job, JobStatus, Task } from '../../api/kinds.gen.ts';
import { type Millis, toTimestamp } from '../../api/object.ts';
import { partitionOf } from '../../api/partition.ts';
import { isOpen, opensAt } from '../../api/time-window.ts';
import { updateOf } from '../../api/update.ts';
import { type Account, openAccount } from './account.ts';
import { type Instance, instanceOf, slotsHeld } from './instances.ts';

/** What can say no to a disruption. */
export type Layer =
  | 'Health'
  | 'Rate'
  | 'TimeWindow'
  | 'RelocationLimit'
  | 'SelfManaged'
  | 'DomainRate'
  | 'MassLoss'
  | 'Coordinator';

type Voluntary = Exclude<DisruptionCause, 'Loss' | 'ScaleIn'>;

export interface Ask {
  readonly task: Task;
  readonly cause: Voluntary;
  /** Since when it is asked for; now unless given. */
  readonly since?: Millis;
  /** Whether the task is stopped before another runs in its place. */
  readonly breaks: boolean;
  /** It is counted, and never refused. */
  readonly forced?: boolean;
  /** How many others of the job are thought of as stopped already. */
  readonly others?: number;
}

export interface Refusal {
  readonly layer: Layer;
  readonly message: string;
  /** When to ask again if nothing else changes; `Infinity` where time alone does not help. */
  readonly againAt: Millis;
}

export interface Ledger {
  /** Why the task may not be disrupted now; `undefined` where it may. Nothing changes by it. */
  ask(ask: Ask): Refusal | undefined;
  /** The same, and where it may be disrupted that is counted from now on. */
  take(ask: Ask): Refusal | undefined;
  /** Counts what happened by nobody's choice, or is no disruption of what is wanted. */
  note(cause: 'Loss' | 'ScaleIn', count: number): void;
  /** What has been taken by causes that the fault domain bounds. */
  readonly taken: number;
  /** How many of those no bound could have held. */
  readonly forced: number;
  /** What is to be kept, and shown to people. */
  sum(): Omit<Disruptions, 'refused'>;
}

export interface LedgerWorld {
  readonly job: Job;
  /** The fault domain. */
  readonly home: string;
  /** The job's own tasks here. */
  readonly tasks: readonly Task[];
  /** The instances that are wanted here; those that tasks hold, unless given. */
  readonly slots?: readonly string[];
  /** The rollout as it is now; as the status of the job has it, unless given. */
  readonly rollout?: NonNullable<JobStatus['domains']>[number]['rollout'];
  /** Whether the fault domain has lost many agents at once. */
  readonly frozen: boolean;
  /** How many may be disrupted now over all jobs; no bound unless given. */
  readonly domainLeft?: number;
  readonly now: Millis;
}

/** What Titan does of itself; all else is the owner's own doing. */
const PLATFORM: ReadonlySet<DisruptionCause> = new Set([
  'Drain',
  'Rebalance',
  'Preemption',
  'Request',
]);
/** What goes on while many agents are lost: a person, or who has waited long, asks for it. */
const IN_A_MASS_LOSS: ReadonlySet<DisruptionCause> = new Set(['Drain', 'Preemption', 'Request']);
const NEVER = Number.POSITIVE_INFINITY;

/**
 * The one account of what a job's tasks here are put through. All that it knows it reads from resources, so
 * that every controller that asks, and the leader that follows this one, comes to the same answer. Trackers,
 * which nothing is used up of, are asked first, then what is spent, and last the coordinator.
 */
export function createLedger(world: LedgerWorld): Ledger {
  const { job, now } = world;
  const budget = budgetOf(job);
  const entry = job.status?.domains?.find(({ name }) => name === world.home);
  const slots = world.slots ?? slotsHeld(world.tasks);
  const desired = Math.max(slots.length, world.slots === undefined ? (entry?.desired ?? 0) : 0);
  const instances = instancesOf(world, budget, slots, entry?.rollout);
  const account = openAccount(entry?.disruptions, { budget, now });
  const { healthy, moving } = countsOf(instances.values());
  const broken = new Set<string>();
  const set = new Set<string>();
  let taken = 0;
  let forced = 0;
  const view: View = {
    world,
    budget,
    desired,
    account,
    instances,
    healthy: () => healthy - broken.size,
    moving: () => moving + set.size,
    domainLeft: () => (world.domainLeft ?? NEVER) - taken,
    answers: standing(entry?.coordinatorAnswers, now),
  };

  function ask(asked: Ask): Refusal | undefined {
    if (asked.forced === true) return undefined;
    for (const layer of LAYERS) {
      const refusal = layer(asked, view);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  function spend({ task, cause, breaks, forced: isForced }: Ask): void {
    const { slot } = task.spec;
    if (!breaks) set.add(slot);
    else if (isLastWell(task, instances.get(slot))) broken.add(slot);
    if (PLATFORM.has(cause)) {
      taken += 1;
      if (isForced === true) forced += 1;
    }
    account.add(cause, 1, slot);
  }

  return {
    ask,
    take(asked) {
      const refusal = ask(asked);
      if (refusal === undefined) spend(asked);
      return refusal;
    },
    note: (cause, number) => account.add(cause, number),
    get taken() {
      return taken;
    },
    get forced() {
      return forced;
    },
    sum() {
      const limit = Math.min(desired, budget.mayBeDown(desired));
      const down = desired - view.healthy();
      return {
        healthy: view.healthy(),
        needed: desired - limit,
        allowed: Math.max(0, limit - down),
        moving: view.moving(),
        ...account.sum(new Set(slots)),
      };
    },
  };
}

function instancesOf(
  { job, tasks, now, rollout }: LedgerWorld,
  budget: DisruptionBudget,
  slots: readonly string[],
  known: LedgerWorld['rollout'],
): ReadonlyMap<string, Instance> {
  const groups = Map.groupBy(tasks, ({ spec }) => spec.slot);
  const view = {
    now,
    budget,
    partition: partitionOf(job),
    update: updateOf(job),
    rollout: rollout ?? known,
    ends: !job.spec.restartOnSuccess,
  };
  const instances = new Map<string, Instance>();
  for (const slot of slots) instances.set(slot, instanceOf(groups.get(slot) ?? [], view));
  return instances;
}

function countsOf(instances: Iterable<Instance>) {
  let [healthy, moving] = [0, 0];
  for (const instance of instances) {
    if (instance.healthy.length > 0 || instance.isDone) healthy += 1;
    if (instance.isMoving) moving += 1;
  }
  return { healthy, moving };
}

function isLastWell(task: Task, instance: Instance | undefined): boolean {
  const { healthy = [] } = instance ?? {};
  return healthy.length === 1 && healthy[0]?.metadata.uid === task.metadata.uid;
}

interface View {
  readonly world: LedgerWorld;
  readonly budget: DisruptionBudget;
  readonly desired: number;
  readonly account: Account;
  readonly instances: ReadonlyMap<string, Instance>;
  healthy(): number;
  moving(): number;
  domainLeft(): number;
  /** What the coordinator has answered of late. */
  readonly answers: readonly CoordinatorAnswer[];
}

type LayerRule = (ask: Ask, view: View) => Refusal | undefined;

const massLoss: LayerRule = ({ cause }, { world }) => {
  if (!world.frozen || IN_A_MASS_LOSS.has(cause)) return undefined;
  const message = 'the fault domain has lost many agents at once (its condition MassLoss)';
  return { layer: 'MassLoss', message, againAt: NEVER };
};

const timeWindow: LayerRule = ({ cause }, { world, budget }) => {
  if (!PLATFORM.has(cause) || isOpen(budget.windows, world.now)) return undefined;
  const againAt = opensAt(budget.windows, world.now);
  const message = `outside the time windows; the next opens at ${toTimestamp(againAt)}`;
  return { layer: 'TimeWindow', message, againAt };
};

/** Preemption cannot wait for an owner; what it takes is bounded by the fallback. */
const selfManaged: LayerRule = ({ cause, since }, { world, budget }) => {
  if (budget.relocationTimeMs === undefined || !PLATFORM.has(cause)) return undefined;
  const againAt = (since ?? world.now) + budget.relocationTimeMs;
  if (cause === 'Preemption' || world.now >= againAt) return undefined;
  const message = `its owner has until ${toTimestamp(againAt)} to move it, by deleting it`;
  return { layer: 'SelfManaged', message, againAt };
};

const relocationLimit: LayerRule = ({ cause, task }, { budget, account }) => {
  const count = account.relocationsOf(task.spec.slot);
  if (!PLATFORM.has(cause) || count < budget.relocationLimit) return undefined;
  const message = `the instance ${task.spec.slot} was stopped or moved ${count} times, at most ${budget.relocationLimit} are allowed`;
  return { layer: 'RelocationLimit', message, againAt: NEVER };
};

/** A task that is not well can be spared; one beside which another is started first is missed by nobody. */
const health: LayerRule = (ask, view) => {
  const { cause, task, breaks, others = 0 } = ask;
  const { desired } = view;
  const limit = limitFor(ask, view);
  const needsRoom = breaks || cause === 'Rebalance';
  const again = { layer: 'Health', againAt: NEVER } as const;
  if (!breaks && view.moving() + 1 > Math.max(1, limit)) {
    const message = `${view.moving()} of ${desired} instances are moving already, and no more than ${limit} may`;
    return { ...again, message };
  }
  if (!needsRoom || !isLastWell(task, view.instances.get(task.spec.slot))) return undefined;
  const onTheWay = cause === 'Rebalance' ? view.moving() : 0;
  const down = desired - view.healthy() + others + onTheWay;
  if (down + 1 <= limit) return undefined;
  const message = `${view.healthy() - others} of ${desired} instances are healthy, and ${desired - limit} must stay so`;
  return { ...again, message };
};

/** How many may be down, or moving, for this cause: a rollout has its own bound beside the budget's. */
function limitFor({ cause, breaks }: Ask, { world, budget, desired }: View): number {
  const limit = budget.mayBeDown(desired);
  if (cause !== 'Rollout') return limit;
  const { maxUnavailable, surge } = updateOf(world.job);
  const beside = amountOf(surge, desired);
  if (!breaks) return beside;
  const own = Math.max(beside > 0 ? 0 : 1, amountOf(maxUnavailable, desired));
  return budget.isOwn ? Math.min(own, limit) : own;
}

const domainRate: LayerRule = ({ cause, others = 0 }, { world, domainLeft }) => {
  if (!PLATFORM.has(cause) || domainLeft() - others > 0) return undefined;
  const message = 'the fault domain has had its spec.limits.disruptionsPerMinute';
  return { layer: 'DomainRate', message, againAt: world.now + 1_000 };
};

const rate: LayerRule = ({ cause, others = 0 }, { budget, account, desired }) => {
  if (budget.rate === undefined || !PLATFORM.has(cause)) return undefined;
  const limit = rateLimitOf(budget.rate, desired);
  const used = account.used();
  if (used + others + 1 <= limit) return undefined;
  const span = durationText(budget.rate.intervalMs);
  const message = `${used} instances were disrupted or lost within ${span}, at most ${limit} may be disrupted`;
  return { layer: 'Rate', message, againAt: account.freesAt() };
};

/** Said of a task about which the coordinator is to be asked. */
export const COORDINATOR_IS_ASKED = 'its coordinator is asked';

/** What has not been asked for yet is not in its way unless it has just said no: it is asked once all others agree. */
const coordinator: LayerRule = ({ cause, task }, { world, budget, answers }) => {
  if (budget.coordinator === undefined || !PLATFORM.has(cause)) return undefined;
  const answer = answers.findLast((each) => each.task === task.metadata.name);
  const layer = 'Coordinator';
  if (answer === undefined) {
    if (requestOf(task) === undefined) return undefined;
    return { layer, message: COORDINATOR_IS_ASKED, againAt: NEVER };
  }
  if (answer.allowed) return undefined;
  const message = `its coordinator does not let it go: ${answer.message ?? 'it gave no reason'}`;
  return { layer, message, againAt: standsUntil(answer, world.now) };
};

const LAYERS: readonly LayerRule[] = [
  massLoss,
  timeWindow,
  selfManaged,
  relocationLimit,
  health,
  domainRate,
  rate,
  coordinator,
];
