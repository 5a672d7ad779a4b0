import { expect } from 'chai';
import { type JobWorld, planJob } from '../../../controllers/job/plan.ts';
import { jobStatus } from '../../../controllers/job/status.ts';
import type { TaskStatus } from '../../../src/api/kinds.gen.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { aJob, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';

/** What a job of one instance says of its progress when its task has this status. */
function progressWith(line: string, status: Partial<TaskStatus>) {
  const job = aJob({ location: 'dc1:1' });
  const task = aTask(line, revisionOf(job));
  const world: JobWorld = {
    home: { name: 'dc1', region: 'us-east-1' },
    now: START + 100_000,
    domains: [],
    agents: [],
    frozen: false,
    launchesLeft: Number.POSITIVE_INFINITY,
    replacementsLeft: Number.POSITIVE_INFINITY,
    hasGroup: () => false,
    revisions: [],
    tasks: [{ ...task, status: { ...task.status, ...status } }],
  };
  const { conditions = [] } = jobStatus(job, planJob(job, world), world);
  const found = conditions.find(({ type }) => type === 'Progressing');
  return `${found?.reason}: ${found?.message}`;
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
    expect(said).to.match(/^SecretMissing: .*wait for a Secret: there is no Secret default\/db/);
  });
});
