import { JOB, type Job, type JobSpec, type Task } from '../../../src/api/kinds.gen.ts';
import { toTimestamp } from '../../../src/api/object.ts';
import type { Random } from '../../../src/runtime/port.ts';
import { aJob, aTask } from '../../support/builders.ts';
import type { Behaviour } from './agents.ts';

type Update = NonNullable<JobSpec['update']>;
type One = <T>(...items: readonly T[]) => T;

const A_PROBE = {
  exec: { command: ['true'] },
  initialDelaySeconds: 0,
  periodSeconds: 1,
  timeoutSeconds: 1,
};

const A_LIVENESS_PROBE = { ...A_PROBE, failureThreshold: 3, gracePeriodSeconds: 10 };

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

const EDGE_UID = 'edge';

/** A job that depends on the one that is played, and the task that it has: people stop both. */
export function aDependent(spec: Partial<JobSpec> = {}): Job {
  const kind = { name: 'edge', namespace: 'default', uid: EDGE_UID, resourceVersion: '0' };
  return {
    ...aJob({ ...spec, dependsOn: [{ job: 'web', condition: 'Ready' }] }, kind),
    kind: JOB.kind,
  };
}

export function aDependentsTask(): Task {
  const task = aTask('0#0 Running');
  const { metadata, spec } = task;
  const owner = { apiVersion: task.apiVersion, kind: JOB.kind, name: 'edge', uid: EDGE_UID };
  const meta = { ...metadata, name: 'edge-dc1-0-0', uid: 'edge-0', ownerReferences: [owner] };
  return {
    ...task,
    metadata: meta,
    spec: { ...spec, jobName: 'edge' },
    status: { phase: 'Running' },
  };
}

/** A job with some of what it may say of its work, its rollouts, its budget and its partitions. */
export function drawJob(random: Random): Job {
  const one: One = (...items) => items[Math.floor(random.next() * items.length)] as never;
  const work = one('service', 'service', 'service', 'service', 'batch', 'everywhere');
  const partition = drawPartition(one);
  const preStop = one(undefined, undefined, { ...A_HOOK });
  const readinessProbe = A_PROBE;
  const probes = {
    readinessProbe,
    ...(random.next() < 0.3 ? { livenessProbe: A_LIVENESS_PROBE } : {}),
  };
  const count = 1 + Math.floor(random.next() * 7);
  const isAlone = work === 'everywhere' || partition?.exclusive === true;
  const update =
    work === 'batch'
      ? { maxUnavailable: one<number | string>(1, '50%') }
      : drawUpdate(one, isAlone);
  const disruptionBudget = drawBudget(one, 'livenessProbe' in probes);
  const kind = { name: 'web', finalizers: [], uid: random.uuid(), resourceVersion: '0' };
  return {
    ...aJob(
      {
        location: `dc1:${work === 'everywhere' ? '*' : count}`,
        version: '1',
        update,
        ...(work === 'batch' ? drawBatch(one, count) : {}),
        container: { ...probes, ...(preStop === undefined ? {} : { preStop }) },
        ...(random.next() < 0.2 ? { dependsOn: [{ job: 'db', condition: 'Ready' }] } : {}),
        ...(disruptionBudget === undefined ? {} : { disruptionBudget }),
        ...(partition === undefined ? {} : { partition }),
      },
      { namespace: 'default', ...kind },
    ),
    kind: JOB.kind,
  };
}

/** How a program behaves, more often well than not. */
export function drawBehaviour(random: Random, isBatch: boolean): Behaviour {
  const [usual, all] = isBatch ? (['works', BATCH] as const) : (['well', SERVICE] as const);
  if (random.next() < 0.5) return usual;
  return all[Math.floor(random.next() * all.length)] ?? usual;
}

const SERVICE: readonly Behaviour[] = [
  'well',
  'crashes',
  'crashes later',
  'never ready',
  'exits',
  'bad image',
  'slow',
  'no room',
  'sometimes crashes',
];
const BATCH: readonly Behaviour[] = ['works', 'crashes', 'sometimes crashes', 'overruns'];

function drawUpdate(one: One, isAlone: boolean): Update {
  const common = {
    minHealthySeconds: one(1, 5, 15),
    healthyDeadline: '60s',
    progressDeadline: one('90s', '120s', '240s'),
    maxFailures: one(0, 0, 1, 3),
    rollback: one(true, true, true, false),
    historyLimit: one(2, 10),
    ...one({}, {}, { analysis: AN_ANALYSIS }),
  };
  const paces: readonly Partial<Update>[] = [
    {},
    { maxUnavailable: 1 },
    { maxUnavailable: '50%' },
    { surge: 1 },
    { surge: '50%' },
    { surge: 2, maxUnavailable: 1 },
  ];
  const steps: readonly Partial<Update>[] = [
    {},
    {},
    { canary: 1 },
    { canary: '25%', promoteAfter: '60s' },
    { canary: 1, autoPromote: true },
    { batches: ['25%', '50%'] },
    { batches: [1, '10%', '50%', '100%'] },
    { canary: 2, batches: [3], autoPromote: true },
  ];
  const second: readonly Partial<Update>[] = [
    { blueGreen: { keepOldFor: '30s' }, autoPromote: true },
    { blueGreen: { keepOldFor: 0 }, promoteAfter: '60s' },
    { blueGreen: { keepOldFor: '2m' } },
  ];
  const isDouble = one(true, false, false, false, false, false) && !isAlone;
  if (isDouble) return { ...common, ...one(...second) };
  const pace = one(...(isAlone ? paces.slice(0, 3) : paces));
  return { ...common, ...pace, ...one(...steps) };
}

const AN_ANALYSIS: NonNullable<Update['analysis']> = {
  interval: '5s',
  count: 2,
  failureLimit: 1,
  timeout: '2s',
  deadline: '60s',
  checks: [{ name: 'state', http: { url: 'http://checks/$(revision)', status: 200 } }],
};

function drawBudget(one: One, isProbed: boolean): JobSpec['disruptionBudget'] {
  const coordinator = { url: 'http://keeper/$(task)', timeout: '5s' };
  const policy = one<JobSpec['disruptionBudget']>(
    undefined,
    undefined,
    { maxUnavailable: 1 },
    { minAvailable: '80%' },
    { minAvailable: 2 },
    { rate: { limit: 2, interval: '4h' } },
    { maxUnavailable: '50%', rate: { limit: '30%', interval: '5m' } },
    { relocationLimit: 2 },
    { unlimited: true },
    { selfManaged: { relocationTime: '20s' } },
    { unlimited: true, coordinator },
    { maxUnavailable: 1, coordinator },
  );
  const timeWindows = one(...[undefined, undefined, undefined, [{ from: '00:04', to: '00:08' }]], [
    { days: ['Friday'] as const, from: '00:00', to: '24:00' },
    { from: '00:02', to: '00:03' },
  ]);
  const healthProviders = isProbed ? one(['Readiness', 'Liveness'] as const, undefined) : undefined;
  const also = {
    ...(timeWindows === undefined ? {} : { timeWindows }),
    ...(healthProviders === undefined ? {} : { healthProviders }),
  };
  return policy === undefined && Object.keys(also).length === 0
    ? undefined
    : { ...policy, ...also };
}

function drawPartition(one: One): JobSpec['partition'] {
  return one<JobSpec['partition']>(
    undefined,
    { suspectAfter: '10s', replaceAfter: '20s', giveUpAfter: '120s' },
    { replaceAfter: '10s', giveUpAfter: '10s' },
    { replaceAfter: '20s', onReturn: 'keepReplacement' },
    { replaceAfter: '20s', onReturn: 'longestRunning' },
    { exclusive: true },
    { exclusive: true, replaceAfter: 'never', giveUpAfter: 'never' },
  );
}

/** Work that ends: how much of it at once, how much in all, and how long it is kept. */
function drawBatch(one: One, count: number): Partial<JobSpec> {
  const parallelism = one(undefined, 1, 2);
  const completions = one(undefined, Math.ceil(count / 2));
  const ttlSecondsAfterFinished = one(undefined, undefined, 60);
  return {
    restartOnSuccess: false,
    restartOnFailure: one(true, true, true, false),
    numRetries: one(1, 3),
    retryOnRuntimeLimit: one(false, false, true),
    ...(parallelism === undefined ? {} : { parallelism }),
    ...(completions === undefined ? {} : { completions }),
    ...(ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished }),
  };
}
