import { expect } from 'chai';
import { jobRestMs, movedOnMs } from '../../../src/compose/moved-on.ts';
import { aJob, aTask } from '../../support/builders.ts';

describe('a job of many tasks', () => {
  const waitOf = (line: string, count: number) => movedOnMs(aTask(line), { count: () => count });

  it('waits the longer for tasks that move on the more it has, up to a second', () => {
    const waits = [10, 10_000, 1_000_000].map((count) => waitOf('0#0 Starting', count));
    expect(waits).to.deep.equal([0.3, 300, 1_000]);
  });

  it('does not wait where a task may have to be replaced', () => {
    const lines = ['0#0 Failed @90', '0#0 Lost @90'];
    expect(lines.map((line) => waitOf(line, 10_000))).to.deep.equal([0, 0]);
  });

  it('is left alone after a look at it the longer the more it has, up to a quarter of a second', () => {
    const rests = [10, 100, 5_000, 10_000].map((count) =>
      jobRestMs(aJob(), { count: () => count }),
    );
    expect(rests).to.deep.equal([0, 3, 150, 250]);
  });
});
