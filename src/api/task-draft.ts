import { indexOf } from './batch.ts';
import { apiVersionOf } from './kind.ts';
import { JOB, type Job, TASK, type Task } from './kinds.gen.ts';
import type { Draft } from './object.ts';
import { FREE_RESTARTS_ANNOTATION, TASK_FINALIZER, TASK_LABELS, taskName } from './task.ts';
import { taskShape } from './task-shape.ts';

const LABEL_MAX = 63;

/** Which attempt of which instance a task is to be. */
export interface TaskPlace {
  readonly slot: string;
  readonly revision: string;
  /** The only agent that it may run on. */
  readonly agent?: string;
  readonly next: {
    readonly attempt: number;
    readonly retries: number;
    readonly freeRestarts: number;
    readonly agent?: string;
  };
}

/** The task of one attempt of a job as it is, or was. Its name follows from job, domain, slot and attempt, so a second try collides. */
export function taskDraft(
  job: Job,
  { slot, next, revision, agent = next.agent }: TaskPlace,
  domain: string,
): Draft<Task> {
  const { name, namespace = 'default', uid } = job.metadata;
  const owner = { apiVersion: apiVersionOf(JOB), kind: JOB.kind, name, uid };
  const labels = {
    [TASK_LABELS.job]: name,
    [TASK_LABELS.revision]: revision,
    ...(slot.length > LABEL_MAX ? {} : { [TASK_LABELS.slot]: slot }),
  };
  const annotations = { [FREE_RESTARTS_ANNOTATION]: String(next.freeRestarts) };
  const index = indexOf(job, domain, slot);
  return {
    apiVersion: apiVersionOf(TASK),
    kind: TASK.kind,
    metadata: {
      name: taskName(name, domain, slot, next.attempt),
      namespace,
      labels,
      ...(next.freeRestarts > 0 ? { annotations } : {}),
      finalizers: [TASK_FINALIZER],
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      jobName: name,
      slot,
      attempt: next.attempt,
      ...(index === undefined ? {} : { index }),
      retries: next.retries,
      revision,
      ...taskShape(job),
      ...(agent === undefined ? {} : { agent }),
    },
  };
}
