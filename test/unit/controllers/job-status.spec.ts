import { expect } from 'chai';
import { type JobWorld, planJob } from '../../../controllers/job/plan.ts';
import { jobStatus } from '../../../controllers/job/status.ts';
import type { Condition } from '../../../src/api/condition.ts';
import type { Job, Task, TaskStatus } from '../../../src/api/kinds.gen.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { aDomain, aJob, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';
import { AN_EMPTY_WORLD } from '../../support/job-world.ts';

/** A task that says whether it is ready has a probe that does. */
function withProbe(task: Task, { ready }: Partial<TaskStatus>): Task {
  if (ready === undefined) return task;
  const times = { initialDelaySeconds: 0, periodSeconds: 10, timeoutSeconds: 1 };
  const readinessProbe = { ...times, exec: { command: ['true'] } };
  return { ...task, spec: { ...task.spec, readinessProbe } };
}

const UNREADY = { ready: false, probeResult: 'HTTP 503' };
const UNSCHEDULABLE = { reason: 'Unschedulable', message: 'no agent has 4 cpus' };

/** The conditions of a job whose task in dc1 has this status, where dc1 is all it runs in unless told. */
function conditionsWith(
  line: string,
  status: Partial<TaskStatus>,
  spec: Partial<Job['spec']> = {},
): readonly Condition[] {
  const job = aJob({ location: 'dc1:1', ...spec });
  const task = aTask(line, line.includes('rev=') ? undefined : revisionOf(job));
  const world: JobWorld = {
    ...AN_EMPTY_WORLD,
    now: START + 100_000,
    domains: [aDomain('dc1'), aDomain('dc2')],
    tasks: [{ ...withProbe(task, status), status: { ...task.status, ...status } }],
  };
  return jobStatus(job, planJob(job, world), world).conditions ?? [];
}

/** What a job of one instance says of its progress when its task has this status. */
function progressWith(line: string, status: Partial<TaskStatus>) {
  const found = conditionsWith(line, status).find(({ type }) => type === 'Progressing');
  return `${found?.reason}: ${found?.message}`;
}

/** `Ready` and `Stalled`, with the reason of the first. */
function readiness(...args: Parameters<typeof conditionsWith>): string {
  const conditions = conditionsWith(...args);
  const [ready, stalled] = ['Ready', 'Stalled'].map((name) =>
    conditions.find(({ type }) => type === name),
  );
  expect(ready?.observedGeneration).to.equal(1);
  return `${ready?.status} ${stalled?.status} ${ready?.reason}`;
}

describe('what a job says of tasks that do not run', () => {
  it('names what the Mesos of a domain cannot run, in its own words', () => {
    const message = 'Unsupported container image type';
    const said = progressWith('0#0 Failed Program @100', {
      reason: 'ContainerLaunchFailed',
      message,
    });
    expect(said).to.match(/^CannotRun: .*1 task cannot be run here \(Mesos says/);
    expect(said).to.include(message);
  });

  it('calls any other failure a back-off', () => {
    expect(progressWith('0#0 Failed Program @100', { exitCode: 1 })).to.match(/^BackingOff: /);
  });

  it('names the Secret that a task waits for', () => {
    const message = 'there is no Secret default/db';
    const said = progressWith('0#0 Pending', { reason: 'SecretMissing', message });
    expect(said).to.match(
      /^SecretMissing: .*1 task waits for a Secret: there is no Secret default\/db/,
    );
  });
});

/** What kstatus makes of a job follows from its `Ready` and `Stalled`. */
describe('whether a job is ready', () => {
  const batch = { restartOnSuccess: false, restartOnFailure: false };
  const rows: readonly (readonly [string, string, Parameters<typeof readiness>])[] = [
    ['runs', 'True False AllRunning', ['0#0 Running', {}]],
    ['is being started', 'False False Scaling', ['0#0 Pending', {}]],
    ['runs an old version', 'False False Progressing', ['0#0 Running rev=old', {}]],
    ['is not ready', 'False False NotReady', ['0#0 Running', UNREADY]],
    ['waits for an agent', 'False False Unschedulable', ['0#0 Pending', UNSCHEDULABLE]],
    ['waits out a back-off', 'False False BackingOff', ['0#0 Failed Program @100', {}]],
    [
      'cannot be run',
      'False True CannotRun',
      ['0#0 Failed Program @100', { reason: 'TaskInvalid' }],
    ],
    ['has failed for good', 'False True FailedForGood', ['0#0 Failed Program @90', {}, batch]],
    ['has ended well', 'True False AllRunning', ['0#0 Succeeded @90', {}, batch]],
    [
      'names what is not there',
      'False True UnknownFaultDomain',
      ['0#0 Running', {}, { location: 'zz:1' }],
    ],
    [
      'has not run elsewhere yet',
      'False False Scaling',
      ['0#0 Running', {}, { location: 'dc1:1,dc2:1' }],
    ],
  ];
  for (const [what, expected, args] of rows) {
    it(`says ${expected} where its task ${what}`, () => {
      expect(readiness(...args)).to.equal(expected);
    });
  }
});
