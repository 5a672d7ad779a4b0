/** What a job allows of disruptions that nobody is forced to, with every default worked out. */
import { type Amount, amountOf, readAmount } from './amount.ts';
import { type Coordinator, coordinatorFaults, coordinatorOf } from './coordinator.ts';
import { type Duration, parseDuration } from './duration.ts';
import type { Cause } from './error.ts';
import type { Job, JobSpec, JobStatus } from './kinds.gen.ts';
import type { Millis } from './object.ts';
import { isTimeZone, type TimeWindow } from './time-window.ts';
import { MAX_UNAVAILABLE, updateOf } from './update.ts';

type Block = NonNullable<JobSpec['disruptionBudget']>;

/** What is kept of a job's disruptions in one fault domain. */
export type Disruptions = NonNullable<NonNullable<JobStatus['domains']>[number]['disruptions']>;
export type DisruptionEntry = NonNullable<Disruptions['ledger']>[number];
/** Why an instance was disrupted; `Loss`: it was nobody's choice. */
export type DisruptionCause = DisruptionEntry['cause'];
export type HealthProvider = NonNullable<Block['healthProviders']>[number];

export interface DisruptionRate {
  readonly limit: Amount;
  readonly intervalMs: Millis;
}

export interface DisruptionBudget {
  /** How many of so many instances may be down at once; `Infinity` where that is not bounded. */
  mayBeDown(desired: number): number;
  /** Whether the bound is the job's own, and not that of its rollouts. */
  readonly isOwn: boolean;
  readonly relocationLimit: number;
  /** How long the owner has to move a task; `undefined` where Titan moves it. */
  readonly relocationTimeMs: Millis | undefined;
  readonly rate: DisruptionRate | undefined;
  readonly windows: readonly TimeWindow[];
  readonly providers: readonly HealthProvider[];
  /** Who is asked beside; `undefined` where nobody is. */
  readonly coordinator: Coordinator | undefined;
}

const POLICIES = [
  'maxUnavailable',
  'minAvailable',
  'relocationLimit',
  'selfManaged',
  'unlimited',
] as const satisfies readonly (keyof Block)[];

const INTERVAL_MS = 3_600_000;
const INTERVAL_BOUNDS_MS = { least: 60_000, most: 604_800_000 };
const RELOCATION_TIME_MS = 60_000;
/** What Titan keeps to when it moves what the owner has not moved in time (Titus' fallback). */
const SELF_MANAGED = { minAvailable: '90%', rate: { limit: '20%', intervalMs: INTERVAL_MS } };

/** The budget of a job that passed `validateJob`; that of a job that says nothing where it is gone. */
export function budgetOf(job: Job | undefined): DisruptionBudget {
  const block = job?.spec.disruptionBudget ?? {};
  const { rate, selfManaged, relocationLimit, timeWindows = [] } = block;
  const fallback = selfManaged === undefined ? undefined : SELF_MANAGED.rate;
  return {
    mayBeDown: (desired) => downOf(block, job, desired),
    isOwn: POLICIES.some((policy) => block[policy] !== undefined),
    relocationLimit: relocationLimit ?? Number.POSITIVE_INFINITY,
    relocationTimeMs:
      selfManaged === undefined
        ? undefined
        : (read(selfManaged.relocationTime) ?? RELOCATION_TIME_MS),
    rate:
      rate === undefined
        ? fallback
        : { limit: rate.limit, intervalMs: read(rate.interval) ?? INTERVAL_MS },
    windows: timeWindows,
    providers: block.healthProviders ?? ['Readiness'],
    coordinator: coordinatorOf(block.coordinator),
  };
}

/**
 * Titus' arithmetic: one may always be down, of a single instance nothing is asked.
 */
function downOf(block: Block, job: Job | undefined, desired: number): number {
  const { maxUnavailable, selfManaged, unlimited, relocationLimit } = block;
  if (unlimited === true || relocationLimit !== undefined) return Number.POSITIVE_INFINITY;
  const least = selfManaged === undefined ? block.minAvailable : SELF_MANAGED.minAvailable;
  if (least !== undefined) return Math.max(1, desired - amountOf(least, desired));
  const rollouts = job === undefined ? MAX_UNAVAILABLE : updateOf(job).maxUnavailable;
  return Math.max(1, amountOf(maxUnavailable ?? rollouts, desired));
}

/** How many instances a rate lets be disrupted in its interval, rounded down to at least one. */
export function rateLimitOf({ limit }: DisruptionRate, desired: number): number {
  const amount = readAmount(limit) ?? { number: 0 };
  if ('number' in amount) return Math.max(1, amount.number);
  return Math.max(1, Math.floor(Math.round(amount.percent * desired * 1_000) / 100_000));
}

function read(duration: Duration | undefined): Millis | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}

/** What a schema cannot say about the block. */
export function disruptionFaults({ spec }: Job): readonly Cause[] {
  const block = spec.disruptionBudget;
  if (block === undefined) return [];
  const { rate, selfManaged, timeWindows = [] } = block;
  return [
    ...policyFaults(block),
    ...amountFaults('maxUnavailable', block.maxUnavailable),
    ...amountFaults('minAvailable', block.minAvailable),
    ...amountFaults('rate.limit', rate?.limit),
    ...intervalFaults(rate?.interval),
    ...relocationTimeFaults(selfManaged?.relocationTime),
    ...timeWindows.flatMap(({ timeZone }, at) => zoneFaults(at, timeZone)),
    ...livenessFaults(spec),
    ...coordinatorFaults(block.coordinator).map(([field, message]) =>
      fault(`coordinator.${field}`, message),
    ),
  ];
}

function policyFaults(block: Block): readonly Cause[] {
  const [first, ...others] = POLICIES.filter((policy) => block[policy] !== undefined);
  return others.map((policy) =>
    fault(policy, `cannot be with ${first}: keep one of ${POLICIES.join(', ')}`),
  );
}

function amountFaults(field: string, amount: Amount | undefined): readonly Cause[] {
  if (amount === undefined) return [];
  const value = readAmount(amount);
  if (value !== undefined && Object.values(value)[0] !== 0) return [];
  const wanted = 'expected a number of at least 1, or a part such as 25%';
  return [fault(field, `Invalid value: ${JSON.stringify(amount)}: ${wanted}`)];
}

function intervalFaults(interval: Duration | undefined): readonly Cause[] {
  const ms = read(interval) ?? (interval === undefined ? INTERVAL_MS : 0);
  if (ms >= INTERVAL_BOUNDS_MS.least && ms <= INTERVAL_BOUNDS_MS.most) return [];
  const wanted = 'expected seconds or a duration such as 10m or 1h, from 1m to 7d';
  return [fault('rate.interval', `Invalid value: ${JSON.stringify(interval)}: ${wanted}`)];
}

function relocationTimeFaults(time: Duration | undefined): readonly Cause[] {
  if (time === undefined || (parseDuration(time) ?? 0) > 0) return [];
  const wanted = 'expected seconds or a duration such as 90s, 5m or 1h30m, more than 0';
  const text = `Invalid value: ${JSON.stringify(time)}: ${wanted}`;
  return [fault('selfManaged.relocationTime', text)];
}

function zoneFaults(at: number, timeZone: string | undefined): readonly Cause[] {
  if (timeZone === undefined || isTimeZone(timeZone)) return [];
  const text = `Invalid value: ${JSON.stringify(timeZone)}: expected an IANA time zone such as Europe/Berlin or UTC`;
  return [fault(`timeWindows[${at}].timeZone`, text)];
}

/** Without a probe nothing would ever be healthy. */
function livenessFaults({ disruptionBudget, container }: JobSpec): readonly Cause[] {
  const at = disruptionBudget?.healthProviders?.indexOf('Liveness') ?? -1;
  if (at < 0 || container?.livenessProbe !== undefined) return [];
  return [
    fault(`healthProviders[${at}]`, 'needs container.livenessProbe: add one, or take it away'),
  ];
}

function fault(field: string, message: string): Cause {
  return { reason: 'FieldValueInvalid', field: `spec.disruptionBudget.${field}`, message };
}
