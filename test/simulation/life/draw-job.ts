import { JOB, type Job, type JobSpec } from '../../../src/api/kinds.gen.ts';
import { toTimestamp } from '../../../src/api/object.ts';
import type { Random } from '../../../src/runtime/port.ts';
import { aJob } from '../../support/builders.ts';

const A_PROBE = {
  exec: { command: ['true'] },
  initialDelaySeconds: 0,
  periodSeconds: 1,
  timeoutSeconds: 1,
};

const A_HOOK = { exec: { command: ['true'] }, timeoutSeconds: 30, waitSeconds: 5 };

/** The job that others may depend on, ready or not: nobody looks after it but those who strike. */
export function aDependency(isReady: boolean): Job {
  const status = isReady ? 'True' : 'False';
  const condition = { type: 'Ready', status, reason: 'Drawn', message: '' } as const;
  const lastTransitionTime = toTimestamp(0);
  return {
    ...aJob({ location: 'dc1:1' }, { name: 'db', namespace: 'default', resourceVersion: '0' }),
    kind: JOB.kind,
    status: { observedGeneration: 1, conditions: [{ ...condition, lastTransitionTime }] },
  };
}

/** A job with some of what it may say of its rollouts, its budget and its partitions. */
export function drawJob(random: Random): Job {
  const one = <T>(...items: readonly T[]) => items[Math.floor(random.next() * items.length)] as T;
  const update: NonNullable<JobSpec['update']> = {
    minHealthySeconds: one(1, 5, 15),
    healthyDeadline: '60s',
    progressDeadline: '120s',
    maxFailures: one(0, 0, 1, 3),
    rollback: one(true, true, true, false),
    historyLimit: one(2, 10),
    ...one<Partial<NonNullable<JobSpec['update']>>>(
      {},
      {},
      { maxUnavailable: 1 },
      { maxUnavailable: '50%' },
      { surge: 1 },
      { surge: '50%' },
      { surge: 2, maxUnavailable: 1 },
    ),
    ...one<Partial<NonNullable<JobSpec['update']>>>(
      {},
      {},
      { canary: 1 },
      { canary: 1, autoPromote: true },
      { batches: ['25%', '50%'] },
      { canary: 2, batches: [3], autoPromote: true },
    ),
  };
  const disruptionBudget = one<JobSpec['disruptionBudget']>(
    undefined,
    undefined,
    { maxUnavailable: 1 },
    { minAvailable: '80%' },
    { rate: { limit: 2, interval: '4h' } },
    { relocationLimit: 2 },
    { unlimited: true },
    { selfManaged: { relocationTime: '20s' } },
    { unlimited: true, coordinator: { url: 'http://keeper/$(task)', timeout: '5s' } },
    { maxUnavailable: 1, coordinator: { url: 'http://keeper/$(task)', timeout: '5s' } },
  );
  const partition = one<JobSpec['partition']>(
    undefined,
    { suspectAfter: '10s', replaceAfter: '20s', giveUpAfter: '120s' },
    { replaceAfter: '10s', giveUpAfter: '10s' },
    { replaceAfter: '20s', onReturn: 'keepReplacement' },
    { replaceAfter: '20s', onReturn: 'longestRunning' },
    { exclusive: true },
    { exclusive: true, replaceAfter: 'never', giveUpAfter: 'never' },
  );
  const { surge: _, ...withoutSurge } = update;
  const isExclusive = partition?.exclusive === true;
  const preStop = one(undefined, undefined, { ...A_HOOK });
  const kind = { name: 'web', finalizers: [], uid: random.uuid(), resourceVersion: '0' };
  return {
    ...aJob(
      {
        location: `dc1:${1 + Math.floor(random.next() * 7)}`,
        version: '1',
        update: isExclusive ? withoutSurge : update,
        container: { readinessProbe: A_PROBE, ...(preStop === undefined ? {} : { preStop }) },
        ...(random.next() < 0.2 ? { dependsOn: [{ job: 'db', condition: 'Ready' }] } : {}),
        ...(disruptionBudget === undefined ? {} : { disruptionBudget }),
        ...(partition === undefined ? {} : { partition }),
      },
      { namespace: 'default', ...kind },
    ),
    kind: JOB.kind,
  };
}
