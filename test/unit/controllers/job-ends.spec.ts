import { expect } from 'chai';
import fc from 'fast-check';
import { ENDS_MAX, endsOf } from '../../../controllers/job/ends.ts';
import type { Task, TaskStatus } from '../../../src/api/kinds.gen.ts';
import { aTask } from '../../support/builders.ts';

function withStatus(task: Task, status: TaskStatus): Task {
  return { ...task, status: { ...task.status, ...status } };
}

describe('the ends that a job keeps', () => {
  it('are those of tasks that failed or were lost, the newest first, with what is known of them', () => {
    const told = { exitCode: 3, stderr: 'x'.repeat(600), outOfMemory: true, peakMemoryMiB: 33 };
    const tasks = [
      aTask('0#0 Lost System ran=1 @10'),
      withStatus(aTask('1#4 Failed Program ran=1 @20'), told),
      aTask('2#0 Succeeded None ran=1 @30'),
      aTask('3#0 Running'),
      aTask('4#0 Killed None @40'),
    ];
    const [last, first, ...others] = endsOf(undefined, tasks);
    expect(others).to.deep.equal([]);
    expect(first?.task).to.equal('web-dc1-0-0');
    const facts = { attempt: 4, exitCode: 3, outOfMemory: true, peakMemoryMiB: 33, version: '1' };
    expect(last).to.include({ ...facts, task: 'web-dc1-1-4', fault: 'Program', agent: 'agent-1' });
    expect(last?.stderr).to.have.length(500);
  });

  it('are in the order of their attempts where all ended in one second', () => {
    const tasks = [0, 1, 2].map((attempt) => aTask(`0#${attempt} Failed Program ran=1 @20`));
    const names = endsOf(undefined, tasks).map(({ task }) => task);
    expect(names).to.deep.equal(['web-dc1-0-2', 'web-dc1-0-1', 'web-dc1-0-0']);
  });

  it('outlive the tasks, learn what comes later, and are never more than may be', () => {
    const anyTasks = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(50)), {
      maxLength: 30,
      selector: ([slot, at]) => 100 * slot + at,
    });
    fc.assert(
      fc.property(anyTasks, anyTasks, (was, is) => {
        const [old, now] = [was, is].map((list) =>
          list.map(([slot, at]) => aTask(`${slot}#${at} Failed Program ran=1 @${at}`)),
        ) as [Task[], Task[]];
        const once = endsOf(endsOf(undefined, old), now);
        expect(once.length).to.be.at.most(ENDS_MAX);
        expect(new Set(once.map(({ task }) => task)).size).to.equal(once.length);
        expect(endsOf(once, now)).to.deep.equal(once);
        const times = once.map(({ finishedAt = '' }) => finishedAt);
        expect(times).to.deep.equal(times.toSorted().toReversed());
        const all = endsOf(undefined, [...old, ...now]);
        expect(once[0]?.finishedAt).to.equal(all[0]?.finishedAt);
        const names = new Set(now.map(({ metadata }) => metadata.name));
        const late = now.map((task) => withStatus(task, { stderr: 'late' }));
        const learnt = endsOf(once, late).filter(({ task }) => names.has(task));
        expect(learnt.every(({ stderr }) => stderr === 'late')).to.equal(true);
      }),
    );
  });
});
