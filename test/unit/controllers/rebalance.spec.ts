import { expect } from 'chai';
import { crewOf, reasonToStay } from '../../../controllers/rebalance/plan.ts';
import { withMove } from '../../../src/api/disruption-request.ts';
import type { Agent, Job, Task } from '../../../src/api/kinds.gen.ts';
import { aJob, anAgent, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';
import { aProfile } from '../../support/scheduling.ts';

const four = ['0#0 Running', '1#0 Running', '2#0 Running', '3#0 Running'];

function crew(lines: readonly string[], spec: Partial<Job['spec']> = {}, hasOwnScheduler = false) {
  return crewOf(aJob(spec), {
    tasks: lines.map((line) => aTask(line)),
    hasOwnScheduler,
    avoids: new Set(),
    home: 'dc1',
    now: START,
    profile: () => aProfile(),
  });
}

describe('which tasks may be moved', () => {
  it('are those that run, as many as their job can spare', () => {
    expect(crew(four)?.members).to.have.length(4);
    const eight = [...four, ...four.map((line) => line.replace('#', '4#'))];
    expect(crew(eight)?.left).to.equal(2);
    expect(crew([...eight.slice(1), '0#0 Running moving'])).to.include({ left: 1 });
    expect(crew([...eight.slice(1), '0#0 Running moving', '0#1 Pending'])).to.include({ left: 1 });
  });

  const none: readonly [string, ReturnType<typeof crew>][] = [
    ['one is down already', crew([...four.slice(1), '0#1 Pending'])],
    ['one moves already', crew([...four.slice(1), '0#0 Running moving'])],
    ['a rollout is on', crew([...four.slice(1), '0#0 Running rev=older'])],
    ['one is being stopped', crew([...four.slice(1), '0#0 Running deleting'])],
    ['they start together', crew(four, { gang: {} })],
    ['no two may run at once', crew(four, { partition: { exclusive: true } })],
    ['they end by themselves', crew(four, { restartOnSuccess: false })],
    ['a plugin chooses their agents', crew(four, {}, true)],
  ];
  for (const [when, found] of none) {
    it(`are none when ${when}`, () => expect(found).to.equal(undefined));
  }

  it('are none of those that their agents have each', () => {
    const tasks = four.map((line) => {
      const task = aTask(line);
      return { ...task, spec: { ...task.spec, agent: task.spec.slot } };
    });
    const world = {
      tasks,
      hasOwnScheduler: false,
      avoids: new Set<string>(),
      home: 'dc1',
      now: START,
      profile: () => aProfile(),
    };
    expect(crewOf(aJob({ location: 'dc1:*' }), world)).to.equal(undefined);
  });
});

describe('a task that is to move', () => {
  interface View {
    readonly target?: Agent;
    readonly others?: readonly Task[];
    readonly isOff?: boolean;
    readonly afterS?: number;
  }

  function why({ afterS = 0, ...view }: View): string | undefined {
    const task = withMove(aTask('0#0 Running'), {
      why: 'for this test',
      cause: 'Rebalance',
      since: START,
      to: 'a2',
    });
    const now = START + afterS * 1_000;
    return reasonToStay(task, { others: [], target: anAgent('a2'), isOff: false, ...view, now });
  }

  const rows: readonly [string, View, string | undefined][] = [
    ['nothing follows yet', {}, undefined],
    ['the next waits a little', { others: [aTask('0#1 Pending')], afterS: 59 }, undefined],
    ['the next waits long', { others: [aTask('0#1 Pending')], afterS: 60 }, 'had no room'],
    ['the next starts', { others: [aTask('0#1 Starting')], afterS: 299 }, undefined],
    ['the next starts for long', { others: [aTask('0#1 Starting')], afterS: 300 }, 'come up'],
    ['the next runs', { others: [aTask('0#1 Running')], afterS: 900 }, undefined],
    ['the next ended', { others: [aTask('0#1 Failed Program ran=1 @1')] }, 'ended on a2'],
    ['an older one ended', { others: [aTask('0#0 Failed Program ran=1 @1')] }, undefined],
    ['the target is cordoned', { target: anAgent('a2', {}, { unschedulable: true }) }, 'no tasks'],
    ['the target is lost', { target: anAgent('a2', { phase: 'Unreachable' }) }, 'no tasks'],
    ['nothing is moved any more', { isOff: true }, 'switched off'],
  ];
  for (const [when, view, expected] of rows) {
    it(`${expected === undefined ? 'goes on' : 'stays'} when ${when}`, () => {
      if (expected === undefined) expect(why(view)).to.equal(undefined);
      else expect(why(view)).to.include(expected);
    });
  }
});
