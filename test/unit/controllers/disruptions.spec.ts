import { expect } from 'chai';
import fc from 'fast-check';
import { budgetOf } from '../../../src/api/disruption.ts';
import { withEviction, withMove } from '../../../src/api/disruption-request.ts';
import type { Job, Task } from '../../../src/api/kinds.gen.ts';
import { isDeleting } from '../../../src/api/object.ts';
import { holdsSlot, isMoving, isReady, phaseOf } from '../../../src/api/task.ts';
import { aRolloutWorld, type RolloutWorld, settledWorld } from '../../support/rollout-world.ts';

/** Instances that have a task which runs well, at most as many as are wanted. */
function upIn(world: RolloutWorld, desired: number): number {
  const up = world
    .tasks()
    .filter((task) => phaseOf(task) === 'Running' && isReady(task) && !isDeleting(task));
  return Math.min(desired, new Set(up.map(({ spec }) => spec.slot)).size);
}

const anyBudget: fc.Arbitrary<Partial<Job['spec']>> = fc.oneof(
  fc.constant({}),
  fc.record({ disruptionBudget: fc.record({ maxUnavailable: fc.integer({ min: 1, max: 3 }) }) }),
  fc.record({
    disruptionBudget: fc.record({ minAvailable: fc.constantFrom('50%', '80%', 3) }),
    partition: fc.constantFrom({}, { exclusive: true }),
  }),
  fc.record({
    disruptionBudget: fc.constant({ maxUnavailable: 1 }),
    update: fc.constant({ surge: 1 }),
  }),
);

type Step = readonly [
  'drain' | 'rebalance' | 'preempt' | 'apply' | 'scale' | 'lose' | 'crash' | 'pass',
  number,
];
const anySteps = fc.array(
  fc.tuple(
    fc.constantFrom<Step[0]>(
      'drain',
      'rebalance',
      'preempt',
      'apply',
      'scale',
      'lose',
      'crash',
      'pass',
    ),
    fc.nat(9),
  ),
  { minLength: 5, maxLength: 40 },
);

/** One thing that somebody does, whatever the others do. */
function take(world: RolloutWorld, [what, pick]: Step): void {
  const since = world.now();
  if (what === 'drain') {
    world.ask(pick, (task) => withMove(task, { cause: 'Drain', why: 'drained', since }));
  } else if (what === 'rebalance') {
    world.ask(pick, (task) => withMove(task, { cause: 'Rebalance', why: 'spread', since }));
  } else if (what === 'preempt') {
    world.ask(pick, (task) => {
      return withEviction(task, { cause: 'Preemption', why: 'room', since, forced: false });
    });
  } else if (what === 'apply') world.apply({ version: String(pick) });
  else if (what === 'scale') world.apply({ location: `dc1:${4 + pick}` });
  else if (what === 'lose') world.lose(pick);
  else if (what === 'crash') world.crash(pick);
}

function runsOf(world: RolloutWorld, version: string): readonly Task[] {
  return running(world).filter(({ spec }) => spec.version === version);
}

function running(world: RolloutWorld): readonly Task[] {
  return world.tasks().filter((task) => phaseOf(task) === 'Running' && !isDeleting(task));
}

/** Which of those that run it is. */
function pickOf(world: RolloutWorld, task: Task | undefined): number {
  return running(world).findIndex(({ metadata }) => metadata.uid === task?.metadata.uid);
}

/** Tasks that live, but for those that another follows. */
function staying(world: RolloutWorld): number {
  const live = world.tasks().filter(holdsSlot);
  return live.filter((task) => !isMoving(task) || isDeleting(task)).length;
}

describe('what a job is put through', () => {
  it('never brings it below its floor by choice, whatever is asked for at once', () => {
    fc.assert(
      fc.property(anyBudget, anySteps, (spec, steps) => {
        const update = { ...spec.update, minHealthySeconds: 0 };
        const world = aRolloutWorld({ location: 'dc1:6', ...spec, update });
        for (let second = 0; second < 20; second += 1) world.step();
        for (const step of steps) {
          take(world, step);
          for (let second = 0; second < 1 + (step[1] % 4); second += 1) {
            const job = world.job();
            const desired = Number(job.spec.location.slice('dc1:'.length));
            const before = upIn(world, desired);
            world.step();
            const after = upIn(world, desired);
            const floor = desired - Math.max(1, budgetOf(job).mayBeDown(desired));
            const fell = after < before && after < floor;
            expect(fell, `${before} to ${after}, floor ${floor}: ${world.trace.at(-1)}`).to.equal(
              false,
            );
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('never has a rollback stop at once what runs and is ready, however young it is', () => {
    const update = { minHealthySeconds: 30, maxUnavailable: 2 };
    const world = settledWorld({ location: 'dc1:8', update });
    for (let lost = 0; lost < 8; lost += 1) world.lose(0);
    world.apply({ version: '2' });
    world.runUntil(() => world.up() === 8, 30);
    world.crash(0);
    let least = world.up();
    const isBack = world.runUntil(() => {
      least = Math.min(least, world.up());
      return world.rollout().phase === 'RolledBack';
    }, 300);
    expect([isBack, least >= 6], world.trace.join('\n')).to.deep.equal([true, true]);
  });

  it('counts a task that was to move, and that a rollback stops, like any other', () => {
    const update = { maxUnavailable: '50%', minHealthySeconds: 5 };
    const world = settledWorld({ location: 'dc1:6', update });
    world.apply({ version: '2' });
    world.runUntil(() => runsOf(world, '2').length === 3 && world.up() === 6, 30);
    const [mover, culprit] = runsOf(world, '2');
    const since = world.now();
    world.ask(pickOf(world, mover), (task) => {
      return withMove(task, { cause: 'Rebalance', why: 'spread', since });
    });
    world.runUntil(() => world.instances() > 6, 5);
    world.crash(pickOf(world, culprit));
    const isBack = world.runUntil(() => {
      expect(staying(world), world.trace.join('\n')).to.be.at.most(6);
      return world.rollout().phase === 'RolledBack';
    }, 300);
    expect(isBack, world.trace.join('\n')).to.equal(true);
  });

  it('has an entry for every loss', () => {
    const world = aRolloutWorld({ location: 'dc1:6' });
    for (let second = 0; second < 20; second += 1) world.step();
    world.lose(0);
    world.lose(1);
    for (let second = 0; second < 40; second += 1) world.step();
    const entries = world.job().status?.domains?.[0]?.disruptions?.ledger ?? [];
    const lost = entries.filter(({ cause }) => cause === 'Loss');
    expect(lost.reduce((sum, { count }) => sum + count, 0)).to.equal(2);
  });
});
