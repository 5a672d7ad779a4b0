import type { Job, JobRevision, JobSpec } from './kinds.gen.ts';
import { hashText } from './task.ts';
import { shapeText, taskShape } from './task-shape.ts';

/** Fields of a job's spec that say how many tasks there are, where, and what happens to them; not what they run. */
const POLICY = [
  'location',
  'replicas',
  'restartOnFailure',
  'restartOnSuccess',
  'numRetries',
  'killWaitSeconds',
  'capacityGroup',
  'priority',
  'gang',
  'suspend',
  'dependsOn',
  'runtimeLimit',
  'retryOnRuntimeLimit',
  'parallelism',
  'completions',
  'ttlSecondsAfterFinished',
  'update',
  'executorMessage',
  'disruptionBudget',
  'scaleIn',
] as const satisfies readonly (keyof JobSpec)[];

const policy: ReadonlySet<string> = new Set(POLICY);

/** A hash of what a job's tasks run: tasks of another one are replaced. How they are stopped is no part of it. */
export function revisionOf(job: Job): string {
  const { killWaitSeconds: _, ...shape } = taskShape(job);
  const { restartedAt } = job.spec;
  return hashText(`${shapeText(shape)}${restartedAt === undefined ? '' : ` ${restartedAt}`}`);
}

/** The part of a job's spec that a JobRevision keeps. */
export function templateOf({ spec }: Job): JobRevision['spec']['template'] {
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !policy.has(field)));
}

/** The job as it would be with the template of one of its revisions. */
export function jobAt(job: Job, template: JobRevision['spec']['template']): Job {
  const kept = Object.fromEntries(Object.entries(job.spec).filter(([field]) => policy.has(field)));
  return { ...job, spec: { ...kept, ...template } as unknown as JobSpec };
}
