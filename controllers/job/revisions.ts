import { apiVersionOf } from '../../src/api/kind.ts';
import { JOB, JOB_REVISION, type Job, type JobRevision } from '../../src/api/kinds.gen.ts';
import type { Draft } from '../../src/api/object.ts';
import { revisionOf, templateOf } from '../../src/api/revision.ts';
import { TASK_LABELS } from '../../src/api/task.ts';
import { updateOf } from '../../src/api/update.ts';

/** What of a job's history is to be written. */
export interface HistoryPlan {
  /** The newest revision, which the spec asks for; it is there, or about to be. */
  readonly newest: JobRevision | Draft<JobRevision>;
  readonly isNew: boolean;
  /** Old ones that nothing runs, goes back to, or keeps for people. */
  readonly removed: readonly JobRevision[];
}

export interface History {
  readonly revisions: readonly JobRevision[];
  /** Hashes of what runs, or may be gone back to. */
  readonly used: ReadonlySet<string>;
}

/**
 * Makes a revision whenever the spec asks for something else than the newest one, so that going back
 * to an old version is a new number. Of the older ones `update.historyLimit` are kept, and those in use.
 */
export function planHistory(job: Job, { revisions, used }: History): HistoryPlan {
  const byNumber = revisions.toSorted((a, b) => b.spec.number - a.spec.number);
  const [last] = byNumber;
  const revision = revisionOf(job);
  const isNew = last?.spec.revision !== revision;
  const newest =
    last === undefined || isNew ? draftOf(job, (last?.spec.number ?? 0) + 1, revision) : last;
  const older = isNew ? byNumber : byNumber.slice(1);
  const removed = older
    .slice(updateOf(job).historyLimit)
    .filter(({ spec }) => !used.has(spec.revision));
  return { newest, isNew, removed };
}

function draftOf(job: Job, number: number, revision: string): Draft<JobRevision> {
  const { name, namespace = 'default', uid } = job.metadata;
  const owner = { apiVersion: apiVersionOf(JOB), kind: JOB.kind, name, uid };
  return {
    apiVersion: apiVersionOf(JOB_REVISION),
    kind: JOB_REVISION.kind,
    metadata: {
      name: `${name}-${number}`,
      namespace,
      labels: { [TASK_LABELS.job]: name, [TASK_LABELS.revision]: revision },
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec: { jobName: name, number, revision, template: templateOf(job) },
  };
}
