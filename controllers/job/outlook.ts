import { batchOf, isBatch } from '../../src/api/batch.ts';
import type { Condition } from '../../src/api/condition.ts';
import type { Job } from '../../src/api/kinds.gen.ts';

/** A job with what has become of its instances in all fault domains. */
export interface Outlook {
  readonly job: Job;
  readonly desired: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** Whether a batch job has what it asks for. */
export function isCompleted(outlook: Outlook): boolean {
  const { job, desired, succeeded } = outlook;
  return isBatch(job) && desired > 0 && succeeded >= neededOf(outlook);
}

/** Whether a batch job has ended, well or badly: nothing of it runs, and nothing will. */
export function isFinished(outlook: Outlook): boolean {
  const { job, desired, running, succeeded, failed } = outlook;
  if (!isBatch(job) || desired === 0 || running > 0) return false;
  return isCompleted(outlook) || succeeded + failed >= desired;
}

/** `Complete` and `Failed` of a batch job, and `Suspended` of one that is, or was, to stand still. */
export function outlookConditions(outlook: Outlook): readonly Condition[] {
  const { job } = outlook;
  const batch = isBatch(job) ? [completeCondition(outlook), failedCondition(outlook)] : [];
  const wasSuspended = job.status?.conditions?.some(({ type }) => type === 'Suspended') === true;
  const isTold = job.spec.suspend !== undefined || wasSuspended;
  return [...batch, ...(isTold ? [suspendedCondition(outlook)] : [])];
}

function neededOf({ job, desired }: Outlook): number {
  return batchOf(job)?.completions ?? desired;
}

function completeCondition(outlook: Outlook): Condition {
  const done = isCompleted(outlook);
  const message = `${outlook.succeeded} of ${neededOf(outlook)} tasks have ended well`;
  const reason = done ? 'AllSucceeded' : 'NotAllSucceeded';
  return { type: 'Complete', status: done ? 'True' : 'False', reason, message };
}

/** True as soon as too many have failed for good; the others go on to their ends. */
function failedCondition(outlook: Outlook): Condition {
  const { desired, failed } = outlook;
  const lost = failed > 0 && desired - failed < neededOf(outlook);
  const message = lost
    ? `${failed} of ${desired} instances failed for good, and ${neededOf(outlook)} must end well`
    : `${failed} of ${desired} instances failed for good`;
  const reason = lost ? 'TooManyFailed' : 'NotFailed';
  return { type: 'Failed', status: lost ? 'True' : 'False', reason, message };
}

function suspendedCondition({ job, running }: Outlook): Condition {
  const type = 'Suspended';
  if (job.spec.suspend !== true) {
    return { type, status: 'False', reason: 'NotSuspended', message: 'The job is not suspended' };
  }
  const message =
    running === 0 ? 'Nothing of the job runs (spec.suspend)' : `${running} tasks are being stopped`;
  const reason = running === 0 ? 'Suspended' : 'Suspending';
  return { type, status: running === 0 ? 'True' : 'False', reason, message };
}
