import { type Amount, readAmount } from './amount.ts';
import { analysisFaults } from './analysis.ts';
import { type Duration, parseDuration } from './duration.ts';
import type { Cause } from './error.ts';
import type { Job } from './kinds.gen.ts';
import { parseLocation } from './location.ts';
import { updateOf } from './update.ts';

type Block = NonNullable<Job['spec']['update']>;

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
    ...durationFaults('promoteAfter', update.promoteAfter),
    ...keepFaults(update.blueGreen?.keepOldFor),
    ...batchJobFaults(spec),
    ...domainFaults(spec),
    ...secondSetFaults(spec),
    ...promotionFaults(update),
    ...analysisFaults(update.analysis),
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

/** Tasks beside those that they replace cannot be everywhere, and a whole set of them is one step. */
function secondSetFaults({ location, partition, update = {} }: Job['spec']): readonly Cause[] {
  const field = update.blueGreen === undefined ? 'surge' : 'blueGreen';
  if (update[field] === undefined) return [];
  if (partition?.exclusive === true) {
    return [fault(field, 'cannot be with partition.exclusive: at most one task may run')];
  }
  if (/:\*/.test(location)) return [fault(field, 'cannot be with one task on every agent (*)')];
  if (field === 'surge') return [];
  return (['surge', 'maxUnavailable', 'canary', 'batches'] as const)
    .filter((other) => update[other] !== undefined)
    .map((other) => fault(other, 'cannot be with blueGreen: take one of them away'));
}

function promotionFaults({
  autoPromote,
  promoteAfter,
  canary,
  blueGreen,
}: Block): readonly Cause[] {
  if (promoteAfter === undefined) return [];
  if (autoPromote === true) {
    return [fault('promoteAfter', 'cannot be with autoPromote: take one of them away')];
  }
  const isGated = (canary ?? blueGreen) !== undefined;
  return isGated ? [] : [fault('promoteAfter', 'is for a canary or blueGreen: give one of them')];
}

function durationFaults(field: string, duration: Duration | undefined): readonly Cause[] {
  if (duration === undefined || (parseDuration(duration) ?? 0) > 0) return [];
  const wanted = 'expected seconds or a duration such as 90s, 5m or 1h30m, more than 0';
  return [fault(field, `Invalid value: ${JSON.stringify(duration)}: ${wanted}`)];
}

/** It may be 0: the old set is then stopped at once. */
function keepFaults(duration: Duration | undefined): readonly Cause[] {
  if (duration === undefined || parseDuration(duration) === 0) return [];
  return durationFaults('blueGreen.keepOldFor', duration);
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
