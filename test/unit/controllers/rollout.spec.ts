import { expect } from 'chai';
import fc from 'fast-check';
import { gateOf, OPEN } from '../../../controllers/job/rollout/gate.ts';
import { advance, type Rollout } from '../../../controllers/job/rollout/rollout.ts';
import { isUp } from '../../../controllers/job/rollout/view.ts';
import { amountOf } from '../../../src/api/amount.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { parseLocation } from '../../../src/api/location.ts';
import { toTimestamp } from '../../../src/api/object.ts';
import { isMoving } from '../../../src/api/task.ts';
import { updateOf } from '../../../src/api/update.ts';
import { aJob, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';
import {
  aRolloutWorld,
  type Behaviour,
  PROBED,
  type RolloutWorld,
  reaches,
  settledWorld as settled,
  versionsUp as versions,
} from '../../support/rollout-world.ts';

/** Random lives that are played; each takes a few milliseconds. */
const RUNS = 40;

function condition(world: RolloutWorld) {
  const { conditions = [] } = world.job().status ?? {};
  return conditions.find(({ type }) => type === 'RolledOut');
}

describe('a rollout', () => {
  it('replaces a quarter at a time, and waits until each is healthy', () => {
    const world = settled({ location: 'dc1:8' });
    world.apply({ version: '2' });
    let least = 8;
    world.step();
    const done = world.runUntil((each) => {
      least = Math.min(least, each.up());
      return reaches('Complete')(each);
    }, 300);
    expect(done, world.trace.join('\n')).to.equal(true);
    expect(least).to.equal(6);
    expect(versions(world)).to.deep.equal(Array(8).fill('2'));
    expect(condition(world)).to.include({ status: 'True', reason: 'Complete' });
  });

  const broken: readonly {
    readonly is: Behaviour;
    readonly reason: string;
    readonly says: RegExp;
    readonly within: number;
  }[] = [
    {
      is: 'crashes',
      reason: 'TooManyFailures',
      says: /1 instance failed: web-dc1-0-0 on agent-1 ended with exit code 3$/,
      within: 60,
    },
    { is: 'exits', reason: 'TooManyFailures', says: /ended with exit code 0$/, within: 60 },
    {
      is: 'bad image',
      reason: 'TooManyFailures',
      says: /TaskInvalid \(no such image\)$/,
      within: 60,
    },
    {
      is: 'never ready',
      reason: 'NotHealthyInTime',
      says: /not healthy within 300 s: web-dc1-0-0 on agent-1 runs but is not ready, its readiness probe had no answer$/,
      within: 400,
    },
    {
      is: 'no room',
      reason: 'ProgressDeadlineExceeded',
      says: /no instance became healthy for 10 min: web-dc1-0-0 is Pending$/,
      within: 700,
    },
  ];
  for (const { is, reason, says, within } of broken) {
    it(`goes back when the new version ${is}, never below the healthy floor, and says why`, () => {
      const world = settled({}, { 2: is });
      world.apply({ version: '2' });
      let least = 4;
      world.step();
      const back = world.runUntil((each) => {
        least = Math.min(least, each.up());
        return reaches('RolledBack')(each);
      }, within);
      expect(back, world.trace.join('\n')).to.equal(true);
      expect(least).to.equal(3);
      expect(versions(world)).to.deep.equal(Array(4).fill('1'));
      expect(condition(world)).to.include({ status: 'False', reason: 'RolledBack' });
      expect(condition(world)?.message, condition(world)?.message)
        .to.match(says)
        .and.to.match(/^dc1: revision 2 was rolled back: /);
      expect(world.rollout().reason).to.equal(reason);
    });
  }

  it('leaves a failed version where it is, where the job says so', () => {
    const world = settled({ update: { rollback: false } }, { 2: 'crashes' });
    world.apply({ version: '2' });
    world.step();
    expect(world.runUntil(reaches('Failed'), 60)).to.equal(true);
    world.runUntil(() => false, 60);
    expect(world.up()).to.be.at.least(3);
    expect(world.rollout().phase).to.equal('Failed');
  });

  it('bears as many failures as the job says', () => {
    const world = settled({ update: { maxFailures: 1 } });
    world.apply({ version: '2' });
    world.step();
    world.runUntil((each) => versions(each).includes('2'), 60);
    const at = world
      .tasks()
      .filter(({ status }) => status?.phase === 'Running')
      .findIndex(({ spec }) => spec.version === '2');
    world.crash(at);
    expect(world.runUntil(reaches('Complete', 'RollingBack'), 300)).to.equal(true);
    expect(world.rollout()).to.include({ phase: 'Complete', failures: 1 });
  });

  it('gives up on what fails everywhere, however often it may fail', () => {
    const update = { maxFailures: 99, maxUnavailable: '50%' };
    const world = settled({ location: 'dc1:8', update }, { 2: 'crashes' });
    world.apply({ version: '2' });
    world.step();
    expect(world.runUntil(reaches('RolledBack'), 120)).to.equal(true);
    expect(world.rollout()).to.include({ reason: 'FailsEverywhere' });
    expect(world.rollout().message).to.include('ended with exit code 3');
  });

  it('does not count lost agents against a version', () => {
    const world = settled();
    world.apply({ version: '2' });
    for (let second = 0; second < 60; second += 1) {
      world.step();
      if (second % 20 === 5) world.lose(second);
    }
    expect(world.runUntil(reaches('Complete', 'RollingBack'), 300)).to.equal(true);
    expect(world.rollout().phase).to.equal('Complete');
  });

  it('asks a person to promote its canary', () => {
    const world = settled({ update: { canary: 1 } });
    world.apply({ version: '2' });
    world.step();
    expect(world.runUntil(reaches('AwaitingPromotion'), 60)).to.equal(true);
    world.runUntil(() => false, 1_200);
    expect(versions(world)).to.deep.equal(['1', '1', '1', '2']);
    expect(condition(world)).to.include({ status: 'False', reason: 'AwaitingPromotion' });
    world.apply({ update: { canary: 1, promoted: world.rollout().revision } });
    expect(world.runUntil(reaches('Complete'), 300)).to.equal(true);
    expect(versions(world)).to.deep.equal(['2', '2', '2', '2']);
  });

  it('writes nothing while it waits for a person', () => {
    const world = settled({ update: { canary: 1 } });
    world.apply({ version: '2' });
    world.step();
    world.runUntil(reaches('AwaitingPromotion'), 60);
    const before = world.job().status;
    world.runUntil(() => false, 700);
    expect(world.job().status).to.deep.equal(before);
  });

  it('goes back when its canary fails while it waits', () => {
    const world = settled({ update: { canary: '25%' } });
    world.apply({ version: '2' });
    world.step();
    world.runUntil(reaches('AwaitingPromotion'), 60);
    world.crash(
      world
        .tasks()
        .filter(({ status }) => status?.phase === 'Running')
        .findIndex(({ spec }) => spec.version === '2'),
    );
    expect(world.runUntil(reaches('RolledBack'), 100), world.trace.join('\n')).to.equal(true);
    expect(versions(world)).to.deep.equal(['1', '1', '1', '1']);
  });

  it('goes batch by batch', () => {
    const world = settled({
      location: 'dc1:8',
      update: { batches: [1, '50%'], maxUnavailable: '100%' },
    });
    world.apply({ version: '2' });
    const seen = new Set<number>();
    world.step();
    world.runUntil((each) => {
      seen.add(each.rollout().target ?? 0);
      return reaches('Complete')(each);
    }, 300);
    expect([...seen]).to.deep.equal([1, 4, 8]);
  });

  it('holds while it is paused, and goes on', () => {
    const world = settled();
    world.apply({ version: '2', update: { paused: true } });
    world.runUntil(() => false, 1_500);
    expect(world.rollout().phase).to.equal('Paused');
    expect(versions(world)).to.deep.equal(['1', '1', '1', '1']);
    world.lose(0);
    world.runUntil(() => false, 30);
    expect(versions(world)).to.deep.equal(['1', '1', '1', '1']);
    world.apply({ update: {} });
    expect(world.runUntil(reaches('Complete'), 300)).to.equal(true);
    expect(versions(world)).to.deep.equal(['2', '2', '2', '2']);
  });

  it('takes a new apply as its new target, and goes back to what was good before both', () => {
    const world = settled({ location: 'dc1:8' }, { 3: 'crashes' });
    world.apply({ version: '2' });
    world.runUntil((each) => versions(each).includes('2'), 60);
    world.apply({ version: '3' });
    world.step();
    expect(world.runUntil(reaches('RolledBack'), 300), world.trace.join('\n')).to.equal(true);
    expect(versions(world)).to.deep.equal(Array(8).fill('1'));
  });

  const surging = [
    { name: 'rolls out', is: 'well', ends: 'Complete', runs: '2' },
    { name: 'goes back from a crash loop', is: 'crashes', ends: 'RolledBack', runs: '1' },
    {
      name: 'goes back from what is never ready',
      is: 'never ready',
      ends: 'RolledBack',
      runs: '1',
    },
  ] as const;
  for (const { name, is, ends, runs } of surging) {
    it(`${name} with a surge, and every instance up throughout`, () => {
      const world = settled({ update: { surge: 2 } }, { 2: is });
      world.apply({ version: '2' });
      world.step();
      const counts = { least: 4, most: 4 };
      const look = (each: RolloutWorld) => {
        counts.least = Math.min(counts.least, each.up());
        counts.most = Math.max(counts.most, each.instances());
      };
      const done = world.runUntil((each) => {
        look(each);
        return reaches(ends)(each);
      }, 500);
      expect(done, world.trace.join('\n')).to.equal(true);
      world.runUntil((each) => {
        look(each);
        return false;
      }, 20);
      expect(versions(world), world.trace.join('\n')).to.deep.equal(Array(4).fill(runs));
      expect(counts).to.deep.equal({ least: 4, most: 6 });
      expect(world.tasks().some(isMoving)).to.equal(false);
    });
  }

  it('restarts every task when it is asked to', () => {
    const world = settled();
    const before = world.tasks().map(({ metadata }) => metadata.uid);
    world.apply({ restartedAt: '2026-11-22T10:00:00Z' });
    world.step();
    expect(world.runUntil(reaches('Complete'), 300)).to.equal(true);
    expect(world.tasks().some(({ metadata }) => before.includes(metadata.uid))).to.equal(false);
  });

  it('keeps as many old versions as the job says, and what an undo needs', () => {
    const world = settled({ update: { historyLimit: 2 } });
    for (const version of ['2', '3', '4', '5']) {
      world.apply({ version });
      world.step();
      world.runUntil(reaches('Complete'), 300);
    }
    expect(world.revisions().map(({ spec }) => spec.number)).to.deep.equal([3, 4, 5]);
    world.apply({ version: '3' });
    world.step();
    expect(world.runUntil(reaches('Complete'), 300)).to.equal(true);
    expect(world.revisions().map(({ spec }) => spec.template.version)).to.deep.equal([
      '4',
      '5',
      '3',
    ]);
  });

  it('ends whatever people and agents do, with no more tasks than wanted and never below the floor by its own doing', () => {
    const strikes = fc.record({
      does: fc.constantFrom(...(Object.keys(strikesAt) as Strike['does'][])),
      pick: fc.nat(20),
      seconds: fc.nat(40),
    });
    const behaviours = {
      2: 'crashes',
      3: 'never ready',
      4: 'well',
      5: 'bad image',
      6: 'slow',
    } as const;
    const ways = {
      rolling: {},
      surging: { surge: 2 },
      'blue and green': { blueGreen: { keepOldFor: 30 }, promoteAfter: 5 },
    };
    const play = (all: readonly Strike[], count: number, way: keyof typeof ways = 'rolling') => {
      const update = ways[way];
      const world = aRolloutWorld({ ...PROBED, location: `dc1:${count}`, update }, behaviours);
      for (const { does, pick, seconds } of all) {
        strikesAt[does](world, pick);
        for (let second = 0; second < seconds; second += 1) keepsPromises(world);
      }
      setPaused(world, false);
      world.step();
      const ended = world.runUntil((each) => {
        keepsPromises(each);
        return reaches('Complete', 'RolledBack', 'Failed', 'RollbackFailed')(each);
      }, 4_000);
      expect(ended, world.trace.slice(-60).join('\n')).to.equal(true);
      return world.trace;
    };
    const anyCount = fc.integer({ min: 1, max: 6 });
    const anyWay = fc.constantFrom(...(Object.keys(ways) as (keyof typeof ways)[]));
    const anyStrikes = fc.array(strikes, { maxLength: 12 });
    fc.assert(
      fc.property(anyStrikes, anyCount, anyWay, (all, count, way) => {
        play(all, count, way);
      }),
      { numRuns: RUNS },
    );
    const [all = [], count = 1] =
      fc.sample(fc.tuple(anyStrikes, anyCount), { numRuns: 1, seed: 3 })[0] ?? [];
    expect(play(all, count)).to.deep.equal(play(all, count));
  });
});

interface Strike {
  readonly does: keyof typeof strikesAt;
  readonly pick: number;
  readonly seconds: number;
}

function setPaused(world: RolloutWorld, paused: boolean): void {
  world.apply({ update: { ...world.job().spec.update, paused } });
}

const strikesAt = {
  apply: (world: RolloutWorld, pick: number) => world.apply({ version: String(1 + (pick % 6)) }),
  undo: (world: RolloutWorld) => world.apply({ version: '1' }),
  scale: (world: RolloutWorld, pick: number) => world.apply({ location: `dc1:${1 + (pick % 6)}` }),
  pause: (world: RolloutWorld) => setPaused(world, true),
  resume: (world: RolloutWorld) => setPaused(world, false),
  lose: (world: RolloutWorld, pick: number) => world.lose(pick),
  crash: (world: RolloutWorld, pick: number) => world.crash(pick),
  wait: () => undefined,
} as const;

/** Instances with a task that is of use: two of one count once. */
function instancesUp(world: RolloutWorld): number {
  const tasks = world.tasks().filter(isUp);
  return new Set(tasks.map(({ spec }) => spec.slot)).size;
}

/** One second: what stops must leave as many up as the floor asks, and there are never too many. */
function keepsPromises(world: RolloutWorld): void {
  const before = instancesUp(world);
  const from = world.trace.length;
  world.step();
  const job = world.job();
  const count = Number(job.spec.location.split(':')[1]);
  const { maxUnavailable, surge } = updateOf(job);
  const most = amountOf(surge, count);
  const floor = count - Math.max(most > 0 ? 0 : 1, amountOf(maxUnavailable, count));
  const done = world.trace.slice(from);
  const rolled = done.filter((line) => /stop .* (NewRevision|RolledBack)/.test(line)).length;
  const scaled = done.some((line) => /ScaledDown/.test(line));
  const ends = done.some((line) => / (Failed|Lost|Succeeded)$/.test(line));
  if (rolled > 0 && !scaled && !ends && before >= floor) {
    expect(instancesUp(world), done.join('\n')).to.be.at.least(floor);
  }
  if (!scaled && done.some((line) => / make /.test(line))) {
    expect(world.instances(), done.join('\n')).to.be.at.most(count + most);
  }
}

describe('a rollback whose instances come and go', () => {
  it('has its deadline all the same', () => {
    const world = {
      revision: 'new',
      number: 2,
      update: updateOf(aJob({})),
      isBlind: false,
      frozen: false,
      heldBy: undefined,
      isService: true,
      gate: OPEN,
      knows: () => true,
    };
    const at = toTimestamp(START);
    const known = { revision: 'new', stable: 'old', number: 2, startedAt: at, progressAt: at };
    const look = (before: Rollout, second: number, up: boolean) => {
      const lines = [
        up ? '0#0 Running ran=100 rev=old' : '0#0 Killing rev=old deleting',
        '1#0 Pending rev=old',
      ];
      const slots = lines.map((line) => [aTask(line)]);
      return advance(before, { ...world, slots, now: START + second * 1_000 }).rollout;
    };
    let rollout: Rollout = { ...known, phase: 'RollingBack', healthy: 0 };
    for (let second = 1_000; second < 1_600; second += 10) {
      rollout = look(rollout, second - 999, second % 20 === 0);
    }
    expect(rollout).to.include({ phase: 'RollingBack', progressAt: toTimestamp(START + 1_000) });
    expect(look(rollout, 602, true).phase).to.equal('RollbackFailed');
  });
});

describe('a rollout over fault domains in order', () => {
  type Domains = NonNullable<NonNullable<Job['spec']['update']>['domains']>;

  /** Version 2 is applied in two domains, where it behaves so; ends when neither moves for a while. */
  function play(
    domains: Domains,
    behaviour: { readonly dc1?: Behaviour; readonly dc2?: Behaviour },
  ) {
    const spec = { ...PROBED, location: 'dc1:2,dc2:2', update: { domains } };
    const worlds = (['dc1', 'dc2'] as const).map((name) =>
      aRolloutWorld(spec, { 2: behaviour[name] ?? 'well' }, name),
    );
    const [first, second] = worlds as [RolloutWorld, RolloutWorld];
    let together = 0;
    const seconds = (count: number) => {
      for (let second_ = 0; second_ < count; second_ += 1) {
        for (const world of worlds) world.step();
        first.hear(second);
        second.hear(first);
        const busy = worlds.filter((world) => world.rollout().phase === 'Progressing');
        if (busy.length === 2 && busy.every((world) => world.rollout().number === 2)) together += 1;
      }
    };
    seconds(60);
    for (const world of worlds) world.apply({ version: '2' });
    seconds(200);
    return { phases: worlds.map((world) => world.rollout().phase), worlds, together };
  }

  const cases = [
    { name: 'goes one after the other', domains: {}, is: {}, phases: ['Complete', 'Complete'] },
    {
      name: 'does not begin where it failed before',
      domains: {},
      is: { dc1: 'crashes' },
      phases: ['RolledBack', 'RolledBack'],
    },
    {
      name: 'leaves those alone that were done',
      domains: {},
      is: { dc2: 'crashes' },
      phases: ['Complete', 'RolledBack'],
    },
    {
      name: 'takes those back that were done, where the job says so',
      domains: { onFailure: 'RollBack' },
      is: { dc2: 'crashes' },
      phases: ['RolledBack', 'RolledBack'],
    },
    {
      name: 'goes on where the job says so',
      domains: { onFailure: 'GoOn' },
      is: { dc1: 'crashes' },
      phases: ['RolledBack', 'Complete'],
    },
    {
      name: 'takes the order that it is given',
      domains: { order: ['dc2'], onFailure: 'Hold' },
      is: { dc2: 'crashes' },
      phases: ['RolledBack', 'RolledBack'],
    },
  ] as const;
  for (const { name, domains, is, phases } of cases) {
    it(name, () => {
      const played = play(domains as Domains, is);
      expect(
        played.phases,
        played.worlds.map(({ trace }) => trace.join('\n')).join('\n\n'),
      ).to.deep.equal(phases);
      expect(played.together).to.equal(0);
    });
  }

  it('takes back one after the other, the last to change first', () => {
    const job = aJob({
      location: 'dc1:2,dc2:2,dc5:2',
      update: { domains: { onFailure: 'RollBack' } },
    });
    const phases = (dc2: Rollout['phase'], dc5: Rollout['phase']): Job => {
      const told = {
        revision: 'r',
        number: 2,
        startedAt: '',
        progressAt: '',
        message: 'it crashed',
      };
      const domains = Object.entries({ dc2, dc5 }).map(([name, phase]) => ({
        name,
        observedGeneration: job.metadata.generation,
        rollout: { ...told, phase },
      }));
      return { ...job, status: { domains } };
    };
    const parsed = parseLocation(job.spec.location);
    const locations = parsed.ok ? parsed.locations : [];
    const full = (dc2: Rollout['phase'], dc5: Rollout['phase']) =>
      gateOf(phases(dc2, dc5), 'r', { home: 'dc1', locations, exists: () => true }).isReturnFull;
    expect(full('Complete', 'RollingBack')).to.equal(true);
    expect(full('RollingBack', 'RolledBack')).to.equal(true);
    expect(full('RolledBack', 'RolledBack')).to.equal(false);
  });

  it('never starts a task of a version that failed before', () => {
    const { worlds } = play({}, { dc1: 'crashes' });
    expect(worlds[1]?.trace.some((line) => / make .* v2/.test(line))).to.equal(false);
    expect(worlds[1]?.rollout().message).to.match(/^it failed in dc1: 1 instance failed: /);
  });

  it('changes as many at once as it may', () => {
    expect(play({ maxParallel: 2 }, {}).together).to.be.above(0);
  });
});
