import { expect } from 'chai';
import { type JobWorld, planJob } from '../../../controllers/job/plan.ts';
import { createStillness } from '../../../controllers/job/stillness.ts';
import type { JobRevision } from '../../../src/api/kinds.gen.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { aJob, aTask } from '../../support/builders.ts';
import { AN_EMPTY_WORLD } from '../../support/job-world.ts';

const JOB = aJob();
const TASK = aTask(`0#0 Running rev=${revisionOf(JOB)}`);
const REVISION = planJob(JOB, AN_EMPTY_WORLD).history?.newest as JobRevision;
const STILL: JobWorld = { ...AN_EMPTY_WORLD, tasks: [TASK], revisions: [REVISION] };
const LATER = STILL.now + 1_000;
const UNREADABLE = new Map([['0', { name: 'web-dc1-0-0', error: 'not JSON' }]]);

describe('what is remembered of looks that came to nothing', () => {
  const cases: readonly {
    readonly name: string;
    readonly before?: Partial<JobWorld>;
    readonly now?: Partial<JobWorld>;
    readonly isStill: boolean;
  }[] = [
    { name: 'nothing has changed', isStill: true },
    { name: 'what bounds all jobs has', now: { launchesLeft: 0 }, isStill: true },
    { name: 'the same tasks are in another list', now: { tasks: [TASK] }, isStill: true },
    { name: 'a task is another', now: { tasks: [{ ...TASK }] }, isStill: false },
    { name: 'a task is gone', now: { tasks: [] }, isStill: false },
    { name: 'a revision is another', now: { revisions: [{ ...REVISION }] }, isStill: false },
    { name: 'an agent has changed', now: { around: 1 }, isStill: false },
    { name: 'many agents were lost', now: { frozen: true }, isStill: false },
    { name: 'its group is another', now: { preemptible: true }, isStill: false },
    { name: 'its group has come', now: { hasOwnGroup: true }, isStill: false },
    { name: 'another job goes by it', now: { dependents: [JOB] }, isStill: false },
    { name: 'something was to do', before: { tasks: [] }, now: { tasks: [] }, isStill: false },
    { name: 'a record cannot be read any more', now: { unreadable: UNREADABLE }, isStill: false },
    { name: 'a record could not be read', before: { unreadable: UNREADABLE }, isStill: false },
    { name: 'something is lacking', before: { lack: 'room' }, isStill: false },
  ];

  for (const { name, before = {}, now = {}, isStill } of cases) {
    it(`${isStill ? 'need not be looked again' : 'must be looked again'} where ${name}`, () => {
      const stillness = createStillness();
      const world = { ...STILL, ...before };
      stillness.note(JOB, world, planJob(JOB, world));
      const until = stillness.until(JOB, { ...STILL, now: LATER, ...now });
      expect(until !== undefined).to.equal(isStill);
    });
  }

  it('looks again at a job that is another, or at the moment when time changes something', () => {
    const stillness = createStillness();
    const plan = { ...planJob(JOB, STILL), wakeAt: LATER };
    stillness.note(JOB, STILL, plan);
    expect(stillness.until(JOB, { ...STILL, now: LATER - 1 })).to.equal(LATER);
    expect(stillness.until({ ...JOB }, STILL)).to.equal(undefined);
    expect(stillness.until(JOB, { ...STILL, now: LATER })).to.equal(undefined);
    stillness.forget(JOB);
    expect(stillness.until(JOB, STILL)).to.equal(undefined);
  });
});
