import { expect } from 'chai';
import { createExpectations } from '../../../controllers/job/expectations.ts';
import { isDeleting } from '../../../src/api/object.ts';
import { aTask } from '../../support/builders.ts';

const START = 1_000_000;

describe('deletions that a cache does not show yet', () => {
  const [task, other] = [aTask('0#0 Running'), aTask('1#0 Running')];
  const seen = (expectations = createExpectations()) => ({
    expectations,
    at(now: number, tasks = [task, other]) {
      const applied = expectations.applied(tasks, now);
      return { deleting: applied.tasks.map(isDeleting), until: applied.until };
    },
  });

  it('are counted on for a minute, and no longer: what is there still was not deleted', () => {
    const { expectations, at } = seen();
    expectations.deleted(task, START);
    expect(at(START + 1)).to.deep.equal({ deleting: [true, false], until: START + 60_000 });
    expect(at(START + 59_999).deleting).to.deep.equal([true, false]);
    const never = Number.POSITIVE_INFINITY;
    expect(at(START + 60_000)).to.deep.equal({ deleting: [false, false], until: never });
    expect(at(START + 1).deleting, 'once given up').to.deep.equal([false, false]);
  });

  it('are over once the cache shows them', () => {
    const { expectations, at } = seen();
    expectations.deleted(task, START);
    const metadata = { ...task.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    at(START + 1, [{ ...task, metadata }, other]);
    expect(at(START + 2).deleting).to.deep.equal([false, false]);
  });

  it('leave the list as it is where it has none of them', () => {
    const { expectations } = seen();
    const tasks = [other];
    expectations.deleted(task, START);
    expect(expectations.applied(tasks, START).tasks).to.equal(tasks);
  });
});
