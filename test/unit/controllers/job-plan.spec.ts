import { expect } from 'chai';
import fc from 'fast-check';
import { type JobWorld, planJob } from '../../../controllers/job/plan.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { isLive } from '../../../src/api/task.ts';
import { aJob, anAgent, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';
import { AN_EMPTY_WORLD } from '../../support/job-world.ts';

function aWorldOf(job: Job, tasks: readonly string[], atSecond = 100): JobWorld {
  const revision = revisionOf(job);
  return {
    ...AN_EMPTY_WORLD,
    now: START + atSecond * 1000,
    tasks: tasks.map((line) => aTask(line, revision)),
  };
}

/** What the plan does, as lines: `create <slot>#<attempt> r=<retries>` and `stop <slot>#<attempt> <why>`. */
function stepsOf(job: Job, tasks: readonly string[], atSecond = 100): readonly string[] {
  const plan = planJob(job, aWorldOf(job, tasks, atSecond));
  return [
    ...plan.stops.map(({ task, why }) => `stop ${task.spec.slot}#${task.spec.attempt} ${why}`),
    ...plan.creates.map(({ slot, next }) => `create ${slot}#${next.attempt} r=${next.retries}`),
  ];
}

describe('planJob', () => {
  const service = { location: 'dc1:2' };
  const batch = { location: 'dc1:1', restartOnSuccess: false };
  const cases: readonly {
    readonly name: string;
    readonly spec: Partial<Job['spec']>;
    readonly tasks: readonly string[];
    readonly steps: readonly string[];
  }[] = [
    {
      name: 'fills empty slots',
      spec: service,
      tasks: [],
      steps: ['create 0#0 r=0', 'create 1#0 r=0'],
    },
    {
      name: 'leaves live tasks alone, whatever they do',
      spec: service,
      tasks: ['0#0 Running', '1#0 Unreachable'],
      steps: [],
    },
    {
      name: 'stops what is above the count',
      spec: service,
      tasks: ['0#0 Running', '1#0 Running', '2#0 Running', '7#3 Pending'],
      steps: ['stop 2#0 ScaledDown', 'stop 7#3 ScaledDown'],
    },
    {
      name: 'runs only its own share',
      spec: { location: 'dc2:5' },
      tasks: [],
      steps: [],
    },
    {
      name: 'shares replicas in proportion',
      spec: { location: 'dc1:1,dc2:2', replicas: 6 },
      tasks: [],
      steps: ['create 0#0 r=0', 'create 1#0 r=0'],
    },
    {
      name: 'waits for a slot whose task is being stopped',
      spec: service,
      tasks: ['0#0 Running', '1#0 Killing deleting'],
      steps: [],
    },
    {
      name: 'makes nothing while as many live as are wanted, even in other slots',
      spec: { location: 'dc1:1' },
      tasks: ['1#0 Killing deleting'],
      steps: [],
    },
    {
      name: 'stops the younger of two in one slot',
      spec: { location: 'dc1:1' },
      tasks: ['0#0 Running', '0#1 Running'],
      steps: ['stop 0#1 Surplus'],
    },
    {
      name: 'waits out a back-off',
      spec: { location: 'dc1:1' },
      tasks: ['0#2 Failed Program ran=1 @100'],
      steps: [],
    },
    {
      name: 'does not wait for a moment that a clock named which went an hour ahead',
      spec: { location: 'dc1:1' },
      tasks: ['0#2 Failed Program ran=1 @3700'],
      steps: ['create 0#3 r=1'],
    },
    {
      name: 'counts a failure of the program',
      spec: { location: 'dc1:1' },
      tasks: ['0#2 Failed Program ran=1 @90 r=2'],
      steps: ['create 0#3 r=3'],
    },
    {
      name: 'starts at once, and anew, after a run of 300 seconds',
      spec: { location: 'dc1:1' },
      tasks: ['0#2 Failed Program ran=300 @100 r=5'],
      steps: ['create 0#3 r=0'],
    },
    {
      name: 'gives up after numRetries failures in a row',
      spec: { location: 'dc1:1', numRetries: 2 },
      tasks: ['0#2 Failed Program ran=1 @10 r=2'],
      steps: [],
    },
    {
      name: 'never counts a lost task',
      spec: { location: 'dc1:1', numRetries: 0 },
      tasks: ['0#0 Lost System ran=1 @90'],
      steps: ['create 0#1 r=0'],
    },
    {
      name: 'does not restart a failure when told not to',
      spec: { location: 'dc1:1', restartOnFailure: false },
      tasks: ['0#0 Failed Program ran=1 @0'],
      steps: [],
    },
    {
      name: 'restarts what was lost even then',
      spec: { location: 'dc1:1', restartOnFailure: false },
      tasks: ['0#0 Lost System ran=1 @0'],
      steps: ['create 0#1 r=0'],
    },
    {
      name: 'runs as many at once as it may',
      spec: { ...batch, location: 'dc1:4', parallelism: 2 },
      tasks: ['0#0 Succeeded None ran=1 @0', '1#0 Running'],
      steps: ['create 2#0 r=0'],
    },
    {
      name: 'stops the rest once enough have ended well',
      spec: { ...batch, location: 'dc1:3', completions: 1 },
      tasks: ['0#0 Succeeded None ran=1 @0', '1#0 Running', '2#0 Killing deleting'],
      steps: ['stop 1#0 Completed'],
    },
    {
      name: 'runs nothing while it is suspended',
      spec: { location: 'dc1:3', suspend: true },
      tasks: ['0#0 Running', '1#0 Failed Program ran=1 @0', '2#0 Running rev=old'],
      steps: ['stop 0#0 Suspended', 'stop 2#0 Suspended'],
    },
    {
      name: 'leaves what succeeded for ever',
      spec: batch,
      tasks: ['0#0 Succeeded None ran=1 @0'],
      steps: [],
    },
    {
      name: 'starts a service again that ended well',
      spec: { location: 'dc1:1' },
      tasks: ['0#0 Succeeded None ran=1 @90'],
      steps: ['create 0#1 r=0'],
    },
    {
      name: 'runs a batch again with a new revision',
      spec: batch,
      tasks: ['0#0 Succeeded None ran=1 @100 rev=old'],
      steps: ['create 0#1 r=0'],
    },
  ];

  for (const { name, spec, tasks, steps } of cases) {
    it(name, () => {
      expect(stepsOf(aJob(spec), tasks)).to.deep.equal(steps);
    });
  }

  it('replaces a quarter at a time, first what does not run', () => {
    const job = aJob({ location: 'dc1:8' });
    const old = Array.from({ length: 7 }, (_, slot) => `${slot}#0 Running rev=old`);
    const all = stepsOf(job, [...old, '7#0 Staging rev=old']);
    expect(all).to.deep.equal(['stop 7#0 NewRevision', 'stop 0#0 NewRevision']);
    const going = stepsOf(job, [...old, '7#1 Staging', '7#0 Killed rev=old']);
    expect(going).to.deep.equal(['stop 0#0 NewRevision']);
  });

  it('stops the rollout while the new revision does not run', () => {
    const tasks = ['0#1 Failed Program ran=1 @100', '1#0 Running rev=old', '2#0 Running rev=old'];
    expect(stepsOf(aJob({ location: 'dc1:3' }), tasks)).to.deep.equal([]);
  });

  it('says when the first back-off ends', () => {
    const job = aJob({ location: 'dc1:1' });
    const world = aWorldOf(job, ['0#0 Failed Program ran=1 @100']);
    expect(planJob(job, world).wakeAt).to.equal(START + 101_000);
  });

  it('stops and keeps nothing of a deleted job', () => {
    const job = aJob({ location: 'dc1:2' }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    const revision = revisionOf(job);
    const world = {
      ...aWorldOf(job, []),
      tasks: ['0#0 Running', '1#0 Failed'].map((line) => aTask(line, revision)),
    };
    const plan = planJob(job, world);
    expect(plan.stops.map(({ why }) => why)).to.deep.equal(['JobDeleted', 'JobDeleted']);
    expect(plan.creates).to.deep.equal([]);
  });

  it('has at most so many on their way at once, unless they start together', () => {
    const job = aJob({ location: 'dc1:9' });
    const bound = (of: Job) => ({
      ...aWorldOf(of, ['0#0 Starting', '1#0 Running'], 0),
      jobTasksStarting: 4,
    });
    expect(planJob(job, bound(job)).creates).to.have.length(3);
    const gang = aJob({ location: 'dc1:9', gang: {} });
    expect(planJob(gang, bound(gang)).creates).to.have.length(7);
  });

  it('makes no more in a second of the clock than the fault domain allows for one job', () => {
    const job = aJob({ location: 'dc1:9' });
    const world = {
      ...aWorldOf(job, ['0#0 Starting', '1#0 Starting'], 0),
      jobLaunchesPerSecond: 5,
    };
    const plan = planJob(job, world);
    expect([plan.creates.length, plan.wakeAt]).to.deep.equal([3, START + 1_000]);
    expect(planJob(job, { ...world, now: START + 1_000 }).creates).to.have.length(5);
  });

  it('puts one on each agent that takes tasks, and keeps what a closed one has', () => {
    const job = aJob({ location: 'dc1:*' });
    const agents = [
      anAgent('a1'),
      anAgent('a2', {}, { unschedulable: true }),
      anAgent('a3', {}, { unschedulable: true }),
      anAgent('a4', { phase: 'Gone' }),
    ];
    const { creates } = planJob(job, { ...aWorldOf(job, ['a3#0 Running']), agents });
    expect(creates.map(({ slot, agent }) => [slot, agent])).to.deep.equal([['a1', 'a1']]);
    const { stops } = planJob(job, { ...aWorldOf(job, ['a4#0 Running']), agents });
    expect(stops.map(({ task }) => task.spec.slot)).to.deep.equal(['a4']);
  });

  it('names unknown fault domains and wrong regions, and does the rest', () => {
    const job = aJob({ location: 'dc1:1,mars:2,eu:dc1b:1' });
    const { share, creates } = planJob(job, aWorldOf(job, []));
    expect(share.problems.map(({ reason }) => reason)).to.deep.equal([
      'UnknownFaultDomain',
      'UnknownFaultDomain',
    ]);
    expect(creates).to.have.length(1);
    const wrong = aJob({ location: 'eu-west-1:dc1:1' });
    const misplaced = planJob(wrong, aWorldOf(wrong, []));
    expect(misplaced.share.problems[0]?.reason).to.equal('RegionMismatch');
    expect(misplaced.creates).to.deep.equal([]);
  });

  it('never leaves more live than wanted, nor two in a slot, whatever it finds', () => {
    const phases = ['Pending', 'Running', 'Killing', 'Unreachable', 'Failed', 'Lost', 'Succeeded'];
    const anyTask = fc.tuple(fc.nat(5), fc.nat(4), fc.constantFrom(...phases), fc.boolean());
    fc.assert(
      fc.property(fc.nat(6), fc.array(anyTask, { maxLength: 12 }), (count, found) => {
        const lines = found.map(
          ([slot, attempt, phase, leaving]) =>
            `${slot}#${attempt} ${phase}${leaving ? ' deleting' : ''}`,
        );
        const unique = [...new Map(lines.map((line) => [line.split(' ')[0], line])).values()];
        const job = aJob({ location: `dc1:${count}` });
        const world = aWorldOf(job, unique);
        const { creates } = planJob(job, world);
        const live = world.tasks.filter(isLive);
        const held = new Set(live.map(({ spec }) => spec.slot));
        expect(creates.length === 0 || live.length + creates.length <= count).to.equal(true);
        expect(creates.every(({ slot }) => !held.has(slot) && Number(slot) < count)).to.equal(true);
        expect(new Set(creates.map(({ slot }) => slot)).size).to.equal(creates.length);
      }),
    );
  });
});
