import { type Amount, readAmount } from './amount.ts';
import { type Duration, parseDuration } from './duration.ts';
import type { Cause } from './error.ts';
import type { Job } from './kinds.gen.ts';
import { parseLocation } from './location.ts';
import type { Millis } from './object.ts';

/** How a job changes to a new version, with every default worked out. */
export interface Update {
  readonly maxUnavailable: Amount;
  /** How many new tasks may be beside those that they replace; 0: an old one is stopped first. */
  readonly surge: Amount;
  /** How many instances run the new version in each step; the last step is all. */
  readonly steps: readonly Amount[];
  /** Whether the first step waits for a person. */
  readonly gated: boolean;
  readonly promoted: string | undefined;
  readonly paused: boolean;
  readonly minHealthyMs: Millis;
  readonly healthyDeadlineMs: Millis;
  readonly progressDeadlineMs: Millis;
  readonly maxFailures: number;
  readonly rollback: boolean;
  readonly historyLimit: number;
}

const ALL = '100%';
/** How many instances of a job may be down at once unless it says so. */
export const MAX_UNAVAILABLE = '25%';
const MIN_HEALTHY_SECONDS = 10;
const HEALTHY_DEADLINE_MS = 300_000;
const PROGRESS_DEADLINE_MS = 600_000;
const HISTORY_LIMIT = 10;

/** The update of a job that passed `validateJob`. */
export function updateOf({ spec }: Job): Update {
  const block = spec.update ?? {};
  const { canary, batches = [], autoPromote = false } = block;
  const healthyDeadlineMs = read(block.healthyDeadline) ?? HEALTHY_DEADLINE_MS;
  return {
    maxUnavailable: block.maxUnavailable ?? (block.surge === undefined ? MAX_UNAVAILABLE : 0),
    surge: block.surge ?? 0,
    steps: [...(canary === undefined ? [] : [canary]), ...batches, ALL],
    gated: canary !== undefined && !autoPromote,
    promoted: block.promoted,
    paused: block.paused ?? false,
    minHealthyMs: (block.minHealthySeconds ?? MIN_HEALTHY_SECONDS) * 1_000,
    healthyDeadlineMs,
    progressDeadlineMs:
      read(block.progressDeadline) ?? Math.max(PROGRESS_DEADLINE_MS, 2 * healthyDeadlineMs),
    maxFailures: block.maxFailures ?? 0,
    rollback: block.rollback ?? true,
    historyLimit: block.historyLimit ?? HISTORY_LIMIT,
  };
}

function read(duration: Duration | undefined): Millis | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}

/** What a schema cannot say about the block. */
export function updateFaults({ spec }: Job): readonly Cause[] {
  const { update } = spec;
  if (update === undefined) return [];
  const { maxUnavailable, canary, batches = [] } = update;
  const faults = [
    ...(isNone(maxUnavailable) && update.surge !== undefined
      ? []
      : amountFaults('maxUnavailable', maxUnavailable)),
    ...amountFaults('surge', update.surge),
    ...amountFaults('canary', canary),
    ...batches.flatMap((batch, at) => amountFaults(`batches[${at}]`, batch)),
    ...durationFaults('healthyDeadline', update.healthyDeadline),
    ...durationFaults('progressDeadline', update.progressDeadline),
    ...batchJobFaults(spec),
    ...domainFaults(spec),
    ...surgeFaults(spec),
  ];
  return faults.length > 0 ? faults : orderFaults(spec);
}

function amountFaults(field: string, amount: Amount | undefined): readonly Cause[] {
  if (amount === undefined) return [];
  const value = readAmount(amount);
  const isNothing = value === undefined || Object.values(value)[0] === 0;
  const wanted = 'expected a number of at least 1, or a part such as 25%';
  return isNothing ? [fault(field, `Invalid value: ${JSON.stringify(amount)}: ${wanted}`)] : [];
}

function isNone(amount: Amount | undefined): boolean {
  return amount !== undefined && Object.values(readAmount(amount) ?? { unread: 1 })[0] === 0;
}

function surgeFaults({ location, partition, update }: Job['spec']): readonly Cause[] {
  if (update?.surge === undefined) return [];
  if (partition?.exclusive === true) {
    return [fault('surge', 'cannot be with partition.exclusive: at most one task may run')];
  }
  const isEverywhere = /:\*/.test(location);
  return isEverywhere ? [fault('surge', 'cannot be with one task on every agent (*)')] : [];
}

function durationFaults(field: string, duration: Duration | undefined): readonly Cause[] {
  if (duration === undefined || (parseDuration(duration) ?? 0) > 0) return [];
  const wanted = 'expected seconds or a duration such as 90s, 5m or 1h30m, more than 0';
  return [fault(field, `Invalid value: ${JSON.stringify(duration)}: ${wanted}`)];
}

/** Instances of a batch job that have ended are never gone back to, so nothing of it is rolled out. */
function batchJobFaults({ restartOnSuccess, update = {} }: Job['spec']): readonly Cause[] {
  if (restartOnSuccess) return [];
  const allowed = new Set(['maxUnavailable', 'historyLimit', 'paused']);
  return Object.keys(update)
    .filter((field) => !allowed.has(field))
    .map((field) => fault(field, 'is for services: take it away, or let restartOnSuccess be true'));
}

function domainFaults({ location, update }: Job['spec']): readonly Cause[] {
  const parsed = parseLocation(location);
  const named = update?.domains?.order ?? [];
  if (!parsed.ok) return [];
  const known = parsed.locations.map(({ domain }) => domain);
  return named
    .filter((name) => !known.includes(name))
    .map((name) => {
      const text = `Invalid value: "${name}": the location names ${known.join(', ')}`;
      return fault('domains.order', text);
    });
}

function orderFaults(spec: Job['spec']): readonly Cause[] {
  const update = updateOf({ spec } as Job);
  const faults: Cause[] = [];
  const { minHealthyMs, healthyDeadlineMs, progressDeadlineMs } = update;
  if (healthyDeadlineMs <= minHealthyMs) {
    faults.push(fault('healthyDeadline', 'must be longer than minHealthySeconds'));
  }
  if (progressDeadlineMs <= healthyDeadlineMs) {
    faults.push(fault('progressDeadline', 'must be longer than healthyDeadline'));
  }
  return faults;
}

function fault(field: string, message: string): Cause {
  return { reason: 'FieldValueInvalid', field: `spec.update.${field}`, message };
}
