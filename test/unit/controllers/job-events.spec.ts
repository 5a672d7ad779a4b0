import { expect } from 'chai';
import { tellOfPlan } from '../../../controllers/job/events.ts';
import { planJob } from '../../../controllers/job/plan.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import type { EventRecorder } from '../../../src/runtime/events.ts';
import { aDomain, aJob, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';
import { AN_EMPTY_WORLD } from '../../support/job-world.ts';

const JOB = aJob({ location: 'dc1:2' });

/** What is said of a pass over these tasks, ten minutes after the last of them did anything. */
function told(lines: readonly string[]): readonly string[] {
  const events: string[] = [];
  const note = (_: unknown, reason: string, text: string) => void events.push(`${reason}: ${text}`);
  const recorder: EventRecorder = { normal: note, warning: note, flush: async () => undefined };
  const tasks = lines.map((line) => aTask(line, revisionOf(JOB)));
  const world = { ...AN_EMPTY_WORLD, now: START + 600_000, domains: [aDomain('dc1')], tasks };
  tellOfPlan(recorder, JOB, planJob(JOB, world));
  return events;
}

describe('what is told of tasks that are made', () => {
  const cases = [
    { name: 'of the first ones', tasks: [], says: ['TasksCreated: Created 2 tasks'] },
    {
      name: 'of one after a task that was told to go, whose record is there yet',
      tasks: ['0#0 Running', '1#0 Killed deleting'],
      says: ['TasksCreated: Created 1 task'],
    },
    {
      name: 'of one of another version than the task that ended before it',
      tasks: ['0#0 Running', '1#0 Killed rev=older'],
      says: ['TasksCreated: Created 1 task'],
    },
    {
      name: 'of one after a task that failed, once',
      tasks: ['0#0 Running', '1#0 Failed'],
      says: ['TasksReplaced: Replaced 1 task after its back-off (Failed): web-dc1-1-0'],
    },
  ];
  for (const { name, tasks, says } of cases) {
    it(name, () => expect(told(tasks)).to.deep.equal(says));
  }
});
