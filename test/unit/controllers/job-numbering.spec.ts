import { expect } from 'chai';
import { attemptsToKeep, createNumbering } from '../../../controllers/job/numbering.ts';
import { planJob } from '../../../controllers/job/plan.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { aJob, aTask } from '../../support/builders.ts';
import { AN_EMPTY_WORLD } from '../../support/job-world.ts';

const tasks = (...lines: readonly string[]) => lines.map((line) => aTask(line));

/** The job with what its status keeps. */
function keeping(job: Job, attempts: ReturnType<typeof attemptsToKeep>): Job {
  return { ...job, status: { domains: [{ name: 'dc1', attempts }] } };
}

describe('the numbers of attempts', () => {
  it('go on after the tasks are gone', () => {
    const job = aJob({ location: 'dc1:2' });
    const numbering = createNumbering('dc1');
    numbering.see(job, tasks('0#4 Running', '1#0 Running'));
    const attempts = numbering.see(job, tasks('1#0 Running'));
    const known = { ...AN_EMPTY_WORLD, attempts, tasks: [aTask('1#0 Running', revisionOf(job))] };
    const { creates } = planJob(job, known);
    expect(creates.map(({ slot, next }) => `${slot}#${next.attempt}`)).to.deep.equal(['0#5']);
  });

  it('go on in another life, for what the status kept, and begin anew once the job is gone', () => {
    const job = aJob();
    const first = createNumbering('dc1');
    const seen = first.see(
      job,
      tasks('0#4 Running', '1#2 Killing deleting', '2#1 Failed Program @1'),
    );
    const kept = attemptsToKeep(seen, tasks('1#2 Killing deleting', '2#1 Failed Program @1'));
    expect(kept).to.deep.equal([
      { slot: '0', attempt: 4 },
      { slot: '1', attempt: 2 },
    ]);
    const next = createNumbering('dc1').see(keeping(job, kept), tasks('2#1 Failed Program @1'));
    expect([...next]).to.deep.equal([...[...seen].filter(([slot]) => slot !== '2'), ['2', 1]]);
    first.forget(job);
    expect([...first.see(job, [])]).to.deep.equal([]);
  });

  it('are kept only of instances whose newest task is gone, and of no more than 200', () => {
    const many = new Map(Array.from({ length: 300 }, (_, slot) => [String(slot), slot]));
    const kept = attemptsToKeep(many, tasks('299#299 Running'));
    expect(kept).to.have.length(200);
    expect([kept[0], kept.at(-1)]).to.deep.equal([
      { slot: '298', attempt: 298 },
      { slot: '99', attempt: 99 },
    ]);
  });
});
