/** Which instances a job gives up when it is to have fewer. */
import { isBatch } from './batch.ts';
import type { Cause } from './error.ts';
import type { Job } from './kinds.gen.ts';

export type ScaleInFirst = NonNullable<NonNullable<Job['spec']['scaleIn']>['first']>;

/** What goes first among instances that fare alike; `HighestNumber`: whatever they are in. */
export function scaleInFirst(job: Job): ScaleInFirst {
  return job.spec.scaleIn?.first ?? (needsNumbers(job) ? 'HighestNumber' : 'Oldest');
}

/** Whether its instances mean something by their numbers: an index of the work, or data of their own. */
function needsNumbers(job: Job): boolean {
  return isBatch(job) || (job.spec.volumes ?? []).some(({ claim }) => claim?.perInstance === true);
}

/** What a schema cannot say about the block. */
export function scaleInFaults(job: Job): readonly Cause[] {
  const first = job.spec.scaleIn?.first;
  if (first === undefined || first === 'HighestNumber' || !needsNumbers(job)) return [];
  const why = isBatch(job)
    ? 'the instances of a batch job are numbered'
    : 'each instance has a Volume of its own';
  const message = `must be HighestNumber, or be left out: ${why}`;
  return [{ reason: 'FieldValueInvalid', field: 'spec.scaleIn.first', message }];
}
