import { batchOf } from '../../src/api/batch.ts';
import type { Job } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis } from '../../src/api/object.ts';
import type { SlotState } from './slots.ts';

/** Why a job starts nothing and stops what runs, though it is not deleted. */
export type Halt = 'Suspended' | 'Completed';

/** Whether a job is to stand still: a person says so, or as many instances as it asks for have ended well. */
export function haltOf(job: Job, states: readonly SlotState[], home: string): Halt | undefined {
  if (job.spec.suspend === true) return 'Suspended';
  const { completions } = batchOf(job) ?? {};
  if (completions === undefined) return undefined;
  const here = states.filter(({ is }) => is === 'succeeded').length;
  return here + succeededElsewhere(job, home) >= completions ? 'Completed' : undefined;
}

/** What a domain said of an older spec counts as nothing. */
function succeededElsewhere({ metadata, status }: Job, home: string): number {
  return (status?.domains ?? [])
    .filter(({ name, observedGeneration }) => {
      return name !== home && observedGeneration === metadata.generation;
    })
    .reduce((sum, { succeeded = 0 }) => sum + succeeded, 0);
}

/** When the job is to be deleted; `Infinity` where it is kept, or has not ended as it is now. */
export function expiryOf(job: Job): Millis {
  const { ttlMs = Number.POSITIVE_INFINITY } = batchOf(job) ?? {};
  const { finishedAt, observedGeneration } = job.status ?? {};
  if (finishedAt === undefined || observedGeneration !== job.metadata.generation) {
    return Number.POSITIVE_INFINITY;
  }
  return fromTimestamp(finishedAt) + ttlMs;
}
