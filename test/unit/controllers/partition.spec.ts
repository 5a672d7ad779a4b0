import { expect } from 'chai';
import { massLossCondition } from '../../../controllers/faultdomain/mass-loss.ts';
import { type JobWorld, planJob } from '../../../controllers/job/plan.ts';
import { planTask } from '../../../controllers/task/plan.ts';
import { MASS_LOSS, MASS_LOSS_RELEASE_ANNOTATION } from '../../../src/api/guard.ts';
import { validateJob } from '../../../src/api/job.ts';
import type { Agent, FaultDomain, Job } from '../../../src/api/kinds.gen.ts';
import { toTimestamp } from '../../../src/api/object.ts';
import { partitionOf, STOP_ON_AGENT_ATTRIBUTE } from '../../../src/api/partition.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { isLost } from '../../../src/api/task.ts';
import { createRateLimit } from '../../../src/runtime/rate-limit.ts';
import { aDomain, aJob, anAgent, aTask } from '../../support/builders.ts';
import { aWorld, START } from '../../support/clock.ts';
import { AN_EMPTY_WORLD } from '../../support/job-world.ts';

type Block = NonNullable<Job['spec']['partition']>;

function stepsOf(
  job: Job,
  lines: readonly string[],
  more: Partial<JobWorld> = {},
): readonly string[] {
  const plan = planJob(job, {
    ...AN_EMPTY_WORLD,
    now: START + 400_000,
    tasks: lines.map((line) => aTask(line, revisionOf(job))),
    ...more,
  });
  return [
    ...plan.stops.map(({ task, why }) => `stop ${task.spec.slot}#${task.spec.attempt} ${why}`),
    ...plan.creates.map(({ slot, next }) => `create ${slot}#${next.attempt} r=${next.retries}`),
  ];
}

describe('the partition block of a job', () => {
  const refused: readonly (readonly [block: Block, field: string])[] = [
    [{ suspectAfter: 'soon' }, 'suspectAfter'],
    [{ suspectAfter: 'never' }, 'suspectAfter'],
    [{ replaceAfter: '5x' }, 'replaceAfter'],
    [{ replaceAfter: 9 }, 'replaceAfter'],
    [{ suspectAfter: '6m' }, 'suspectAfter'],
    [{ replaceAfter: '10m', giveUpAfter: '9m' }, 'giveUpAfter'],
    [{ exclusive: true, replaceAfter: '5m' }, 'replaceAfter'],
    [{ exclusive: true, giveUpAfter: '5h' }, 'giveUpAfter'],
  ];
  for (const [partition, field] of refused) {
    it(`refuses ${JSON.stringify(partition)}, and says so of ${field}`, () => {
      const faults = validateJob(aJob({ partition }));
      expect(faults.map((fault) => fault.field)).to.include(`spec.partition.${field}`);
    });
  }

  it('takes durations as people write them, and never', () => {
    const partition = { suspectAfter: '1m30s', replaceAfter: 120, giveUpAfter: 'never' } as const;
    expect(validateJob(aJob({ partition }))).to.deep.equal([]);
    expect(partitionOf(aJob({ partition }))).to.include({
      suspectAfterMs: 90_000,
      replaceAfterMs: 120_000,
      giveUpAfterMs: Number.POSITIVE_INFINITY,
    });
  });

  it('is part of what runs only by what the agent must know', () => {
    const plain = revisionOf(aJob());
    expect(revisionOf(aJob({ partition: { replaceAfter: 60 } }))).to.equal(plain);
    expect(revisionOf(aJob({ partition: { stopOnAgentAfter: 60 } }))).to.not.equal(plain);
  });
});

describe('a task that is cut off', () => {
  const cases: readonly {
    readonly block: Block;
    readonly stop?: number;
    readonly second: number;
    readonly does: string;
  }[] = [
    { block: { replaceAfter: 30 }, second: 29, does: 'wait' },
    { block: { replaceAfter: 30 }, second: 30, does: 'let-replace' },
    { block: { replaceAfter: 'never' }, second: 3_599, does: 'wait' },
    { block: { replaceAfter: 'never' }, second: 3_600, does: 'give-up' },
    { block: { exclusive: true }, second: 9_999_999, does: 'wait' },
    // 100 s on the agent, 5 s for clocks that differ, 120 s to stop.
    { block: { exclusive: true, replaceAfter: 10 }, stop: 100, second: 224, does: 'wait' },
    { block: { exclusive: true, replaceAfter: 10 }, stop: 100, second: 225, does: 'let-replace' },
    {
      block: { exclusive: true, replaceAfter: 10, giveUpAfter: 10 },
      stop: 100,
      second: 224,
      does: 'wait',
    },
  ];
  for (const { block, stop, second, does } of cases) {
    it(`${JSON.stringify(block)} after ${second} s: ${does}`, () => {
      const partition = partitionOf(
        aJob({
          partition: { ...block, ...(stop === undefined ? {} : { stopOnAgentAfter: stop }) },
        }),
      );
      const task = aTask('0#0 Unreachable');
      const spec = stop === undefined ? task.spec : { ...task.spec, stopOnAgentAfterSeconds: stop };
      const now = START + second * 1_000;
      const step = planTask({ ...task, spec }, { now, connectedSince: START, partition });
      expect(step.do).to.equal(does);
    });
  }

  it('of an exclusive job is not let go for being deleted, while it may live', () => {
    const partition = partitionOf(aJob({ partition: { exclusive: true } }));
    const now = START + 1e9;
    const task = aTask('0#0 Unreachable deleting');
    expect(planTask(task, { now, connectedSince: START, partition }).do).to.equal('wait');
  });
});

describe('planJob, of tasks that are cut off', () => {
  const kept = (onReturn: Block['onReturn']) =>
    aJob({ partition: { ...(onReturn && { onReturn }) } });

  it('makes another once it may, with the counts of the first, and no third', () => {
    const job = aJob();
    expect(stepsOf(job, ['0#3 Unreachable ran=50 r=2'])).to.deep.equal([]);
    expect(stepsOf(job, ['0#3 Unreachable ran=50 r=2 away'])).to.deep.equal(['create 0#4 r=2']);
    expect(stepsOf(job, ['0#3 Unreachable away', '0#4 Pending'])).to.deep.equal([]);
    expect(stepsOf(job, ['0#3 Unreachable away', '0#4 Unreachable away'])).to.deep.equal([
      'create 0#5 r=0',
    ]);
  });

  it('waits out the back-off of the one that took its place', () => {
    expect(
      stepsOf(aJob(), ['0#3 Unreachable away', '0#4 Failed Program ran=1 @400']),
    ).to.deep.equal([]);
  });

  it('lets go of one whose instance another has ended for good', () => {
    const job = aJob({ restartOnSuccess: false });
    expect(stepsOf(job, ['0#0 Unreachable away', '0#1 Succeeded'])).to.deep.equal([
      'stop 0#0 Surplus',
    ]);
  });

  const returned = ['0#0 Running ran=10 @100', '0#1 Running ran=300 @300'];
  const choices: readonly (readonly [Block['onReturn'], readonly string[], string])[] = [
    ['keepOriginal', returned, 'stop 0#1 Surplus'],
    ['keepReplacement', returned, 'stop 0#0 Surplus'],
    ['longestRunning', returned, 'stop 0#0 Surplus'],
    ['keepReplacement', ['0#0 Running', '0#1 Staging'], 'stop 0#1 Surplus'],
    ['keepOriginal', ['0#0 Running rev=old', '0#1 Running'], 'stop 0#0 NewRevision'],
  ];
  for (const [onReturn, lines, step] of choices) {
    it(`${onReturn} of ${lines.join(' and ')}: ${step}`, () => {
      expect(stepsOf(kept(onReturn), lines)).to.deep.equal([step]);
    });
  }

  it('keeps one that is cut off, ready and not suspect yet until what follows it is ready', () => {
    const job = aJob({ partition: { suspectAfter: 60 }, update: { surge: 1 } });
    const tasks = [
      aTask('0#0 Unreachable ran=300 @399 rev=old moving'),
      aTask('0#1 Running ran=1 @399', revisionOf(job)),
    ].map((task, at) => ({
      ...task,
      spec: {
        ...task.spec,
        readinessProbe: { initialDelaySeconds: 0, periodSeconds: 1, timeoutSeconds: 1 },
      },
      status: { ...task.status, ready: at === 0 },
    }));
    expect(stepsOf(job, [], { tasks })).to.deep.equal([]);
    expect(stepsOf(job, [], { tasks, now: START + 459_000 })).to.deep.equal([
      'stop 0#0 NewRevision',
    ]);
  });

  it('bestScore keeps the one whose agent takes new tasks and is freer', () => {
    const job = kept('bestScore');
    const revision = revisionOf(job);
    const on = (line: string, agentId: string) => {
      const task = aTask(line, revision);
      return { ...task, status: { ...task.status, agentId } };
    };
    const tasks = [on('0#0 Running ran=9', 'a1'), on('0#1 Running ran=1', 'a2')];
    const with_ = (a1: Agent, a2: Agent) => stepsOf(job, [], { tasks, agents: [a1, a2] });
    const busy = anAgent('a1', { used: { cpus: 12 } });
    expect(with_(busy, anAgent('a2', { used: { cpus: 4 } }))).to.deep.equal(['stop 0#0 Surplus']);
    expect(with_(busy, anAgent('a2', {}, { unschedulable: true }))).to.deep.equal([
      'stop 0#1 Surplus',
    ]);
  });

  it('makes nothing where agents would not stop what is cut off, and says which', () => {
    const job = aJob({ partition: { stopOnAgentAfter: 60 } });
    const able = anAgent('a1', { attributes: { [STOP_ON_AGENT_ATTRIBUTE]: 'true' } });
    expect(stepsOf(job, [], { agents: [able] })).to.deep.equal(['create 0#0 r=0']);
    expect(stepsOf(job, [], { agents: [able, anAgent('a2')] })).to.deep.equal([]);
    expect(stepsOf(job, ['0#0 Running'], { agents: [anAgent('a2')] })).to.deep.equal([]);
  });
});

describe('planJob, of tasks that are to move', () => {
  it('makes another first, and stops the first when that runs', () => {
    const job = aJob();
    expect(stepsOf(job, ['0#0 Running moving'])).to.deep.equal(['create 0#1 r=0']);
    expect(stepsOf(job, ['0#0 Running moving', '0#1 Starting'])).to.deep.equal([]);
    expect(stepsOf(job, ['0#0 Running moving', '0#1 Running'])).to.deep.equal(['stop 0#0 Moved']);
    expect(stepsOf(job, ['0#0 Killing deleting moving', '0#1 Running'])).to.deep.equal([]);
  });

  it('stops one of an exclusive job first', () => {
    const job = aJob({ partition: { exclusive: true } });
    expect(stepsOf(job, ['0#0 Running moving'])).to.deep.equal(['stop 0#0 Moved']);
    expect(stepsOf(job, ['0#0 Killing deleting moving'])).to.deep.equal([]);
  });
});

describe('planJob, within bounds', () => {
  const job = aJob({ location: 'dc1:5' });

  it('makes no more than the fault domain may start', () => {
    expect(stepsOf(job, [], { launchesLeft: 2 })).to.have.length(2);
    expect(stepsOf(job, [], { launchesLeft: 0 })).to.have.length(0);
  });

  it('replaces slowly, and scales nothing in, after a mass loss', () => {
    const lost = ['0#0 Lost System @1', '1#0 Lost System @1', '2#0 Unreachable away'];
    const frozen = { frozen: true, replacementsLeft: 1 };
    expect(stepsOf(job, lost, frozen)).to.deep.equal([
      'create 0#1 r=0',
      'create 3#0 r=0',
      'create 4#0 r=0',
    ]);
    const surplus = ['0#0 Running', '5#0 Running'];
    expect(stepsOf(aJob(), surplus, frozen)).to.deep.equal([]);
    expect(stepsOf(aJob(), surplus)).to.deep.equal(['stop 5#0 ScaledDown']);
  });

  it('counts what Mesos cannot run as no loss', () => {
    const task = aTask('0#0 Failed System @1');
    const refused = { ...task, status: { ...task.status, reason: 'TaskInvalid' } };
    expect([isLost(task), isLost(refused)]).to.deep.equal([true, false]);
  });
});

describe('the mass-loss guard', () => {
  const lost = (name: string, second: number, unschedulable = false) =>
    anAgent(
      name,
      { phase: 'Unreachable', lostSince: toTimestamp(START + second * 1_000) },
      { unschedulable },
    );
  const up = (count: number) => Array.from({ length: count }, (_, index) => anAgent(`up-${index}`));
  const now = START + 300_000;
  const seen = (agents: readonly Agent[], domain: FaultDomain = aDomain('dc1')) =>
    massLossCondition(domain, agents, now);

  it('holds when more than its share is lost at once, and not else', () => {
    expect(seen([...up(7), lost('a', 100), lost('b', 200), lost('c', 250)]).status).to.equal(
      'False',
    );
    expect(seen([...up(6), lost('a', 100), lost('b', 200), lost('c', 250)]).status).to.equal(
      'True',
    );
    expect(seen([...up(1), lost('a', 100)]).status).to.equal('False');
    expect(seen([...up(2), lost('a', -9_000), lost('b', 9)]).status).to.equal('False');
    expect(seen([...up(2), lost('a', 100, true), lost('b', 9)]).status).to.equal('False');
  });

  it('holds until agents are back, however long that takes, or a person says otherwise', () => {
    const since = toTimestamp(START - 9_000_000);
    const conditions = [{ type: MASS_LOSS, status: 'True', lastTransitionTime: since }] as const;
    const domain: FaultDomain = { ...aDomain('dc1'), status: { conditions } };
    const agents = [...up(2), lost('a', -9_000), lost('b', -9_000)];
    expect(seen(agents, domain).status).to.equal('True');
    expect(seen(up(4), domain).status).to.equal('False');
    const annotations = { [MASS_LOSS_RELEASE_ANNOTATION]: 'true' };
    const released = { ...domain, metadata: { ...domain.metadata, annotations } };
    expect(seen(agents, released)).to.include({ status: 'False', reason: 'Released' });
  });
});

describe('a rate limit', () => {
  it('lets no 60 seconds have more than its bound, whenever they begin', async () => {
    const { clock } = aWorld();
    const limit = createRateLimit({ clock, perMinute: () => 10 });
    const took: number[] = [];
    for (let step = 0; step < 400; step += 1) {
      if (limit.left() > 0) {
        limit.took();
        took.push(clock.now());
      }
      await clock.advance(700);
    }
    const most = Math.max(
      ...took.map((from) => took.filter((at) => at >= from && at < from + 60_000).length),
    );
    expect(most).to.equal(10);
    expect(took.length).to.be.greaterThan(40);
  });

  it('counts by what has elapsed, whatever somebody sets the clock to', async () => {
    const { clock } = aWorld();
    let skewMs = 0;
    const set = { ...clock, now: () => clock.now() + skewMs };
    const limit = createRateLimit({ clock: set, perMinute: () => 1 });
    limit.took();
    for (skewMs of [3_600_000, -3_600_000, 0]) expect(limit.left()).to.equal(0);
    skewMs = -3_600_000;
    await clock.advance(61_000);
    expect(limit.left()).to.equal(1);
  });

  it('that begins spent lets nothing be done for a minute, as long as there is a bound', async () => {
    const { clock } = aWorld();
    let bound = Number.POSITIVE_INFINITY;
    const limit = createRateLimit({ clock, perMinute: () => bound, beginsSpent: true });
    expect(limit.left()).to.equal(Number.POSITIVE_INFINITY);
    bound = 2;
    await clock.advance(59_999);
    expect(limit.left()).to.equal(0);
    await clock.advance(1);
    expect(limit.left()).to.equal(2);
  });
});
