/** What a job says of work that ends, with every default worked out. */
import { type Duration, parseDuration } from './duration.ts';
import type { Cause } from './error.ts';
import type { Job, Task } from './kinds.gen.ts';
import { parseLocation, scaleLocations, sumOf } from './location.ts';
import type { Millis } from './object.ts';

export interface Batch {
  /** How long one task may run. */
  readonly runtimeLimitMs: Millis;
  readonly retryOnRuntimeLimit: boolean;
  /** Instances of a fault domain that run at once; `Infinity`: all. */
  readonly parallelism: number;
  /** How many instances must end well in all; `undefined`: every one. */
  readonly completions: number | undefined;
  /** How long it is kept after its end; `Infinity`: for ever. */
  readonly ttlMs: Millis;
}

const DAY_MS = 86_400_000;
/** Titus' bounds of the runtime of a batch task. */
const RUNTIME_LIMIT_MS = { usual: 5 * DAY_MS, most: 10 * DAY_MS };

/** Why a task failed that ran for longer than it may. */
export const RUNTIME_LIMIT_EXCEEDED = 'RuntimeLimitExceeded';

/** Whether the task is being stopped, or was, because it ran for longer than it may. */
export function hasOverrun({ status }: Pick<Task, 'status'>): boolean {
  return status?.reason === RUNTIME_LIMIT_EXCEEDED;
}

/** Whether its instances are done once they have ended well. */
export function isBatch({ spec }: Job): boolean {
  return !spec.restartOnSuccess;
}

/** That of a job that passed `validateJob`; `undefined` for a service. */
export function batchOf(job: Job): Batch | undefined {
  if (!isBatch(job)) return undefined;
  const { runtimeLimit, retryOnRuntimeLimit = false, parallelism, completions } = job.spec;
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  return {
    runtimeLimitMs: read(runtimeLimit) ?? RUNTIME_LIMIT_MS.usual,
    retryOnRuntimeLimit,
    parallelism: parallelism ?? Number.POSITIVE_INFINITY,
    completions,
    ttlMs: ttl === undefined ? Number.POSITIVE_INFINITY : ttl * 1_000,
  };
}

/**
 * The number of an instance among those of all fault domains, in the order of the location; `undefined`
 * where that follows from how many agents there are, and for services.
 */
export function indexOf(job: Job, domain: string, slot: string): number | undefined {
  const parsed = parseLocation(job.spec.location);
  if (!isBatch(job) || !parsed.ok) return undefined;
  const locations = scaleLocations(parsed.locations, job.spec.replicas);
  const at = locations.findIndex((location) => location.domain === domain);
  const upTo = locations.slice(0, at + 1);
  if (at < 0 || upTo.some(({ count }) => count === '*')) return undefined;
  return sumOf(upTo.slice(0, at)) + Number(slot);
}

function read(duration: Duration | undefined): Millis | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}

const BATCH_FIELDS = [
  'runtimeLimit',
  'retryOnRuntimeLimit',
  'parallelism',
  'completions',
  'ttlSecondsAfterFinished',
] as const satisfies readonly (keyof Job['spec'])[];

/** What a schema cannot say about these fields. */
export function batchFaults(job: Job): readonly Cause[] {
  const { spec } = job;
  if (!isBatch(job)) {
    return BATCH_FIELDS.filter((field) => spec[field] !== undefined).map((field) =>
      fault(field, 'is for batch jobs: take it away, or let restartOnSuccess be false'),
    );
  }
  return [...limitFaults(spec), ...gangFaults(spec), ...completionsFaults(spec)];
}

function limitFaults({ runtimeLimit }: Job['spec']): readonly Cause[] {
  if (runtimeLimit === undefined) return [];
  const limitMs = parseDuration(runtimeLimit) ?? 0;
  if (limitMs > 0 && limitMs <= RUNTIME_LIMIT_MS.most) return [];
  const wanted = 'expected seconds or a duration such as 90m or 2d, more than 0 and at most 10d';
  return [fault('runtimeLimit', `Invalid value: ${JSON.stringify(runtimeLimit)}: ${wanted}`)];
}

function gangFaults({ gang, parallelism }: Job['spec']): readonly Cause[] {
  if (gang === undefined || parallelism === undefined) return [];
  return [fault('parallelism', 'cannot be with gang, whose tasks start together: keep one')];
}

function completionsFaults({ completions, location, replicas }: Job['spec']): readonly Cause[] {
  const parsed = parseLocation(location);
  if (completions === undefined || !parsed.ok) return [];
  if (parsed.locations.some(({ count }) => count === '*')) {
    return [fault('completions', 'cannot be with one task on every agent (*)')];
  }
  const instances = replicas ?? sumOf(parsed.locations);
  if (completions <= instances) return [];
  const text = `Invalid value: ${completions}: the job has ${instances} instances, no more can end well`;
  return [fault('completions', text)];
}

function fault(field: string, message: string): Cause {
  return { reason: 'FieldValueInvalid', field: `spec.${field}`, message };
}
