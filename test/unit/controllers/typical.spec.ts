import { expect } from 'chai';
import { typicalSeconds } from '../../../controllers/job/typical.ts';
import { aJob, aTask } from '../../support/builders.ts';

describe('how long a task of a batch job runs', () => {
  const many = Array.from(
    { length: 30 },
    (_, at) => `${at}#0 Succeeded ran=${at < 5 ? 900 : 40} @${1000 + at}`,
  );
  const cases = [
    { name: 'nobody knows before one has ended', tasks: ['0#0 Running'], seconds: undefined },
    {
      name: 'is as long as the one that ended did',
      tasks: ['0#0 Succeeded ran=90 @100'],
      seconds: 90,
    },
    {
      name: 'is the median of those that ended well',
      tasks: ['0#0 Succeeded ran=10 @50', '1#0 Succeeded ran=30 @60', '2#0 Succeeded ran=50 @90'],
      seconds: 30,
    },
    {
      name: 'is not what failures took',
      tasks: ['0#0 Failed Program ran=5 @50'],
      seconds: undefined,
    },
    { name: 'is what it was when they are forgotten', tasks: [], before: 77, seconds: 77 },
    { name: 'is of the last that ended', tasks: many, seconds: 40 },
    {
      name: 'is not asked of a service',
      service: true,
      tasks: ['0#0 Succeeded ran=90 @100'],
      seconds: undefined,
    },
  ];
  for (const { name, tasks, before, service = false, seconds } of cases) {
    it(name, () => {
      const job = aJob({ restartOnSuccess: service });
      const found = typicalSeconds(
        job,
        tasks.map((line) => aTask(line)),
        before,
      );
      expect(found).to.equal(seconds);
    });
  }
});
