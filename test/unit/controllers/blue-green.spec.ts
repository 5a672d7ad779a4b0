import { expect } from 'chai';
import type { Rollout } from '../../../controllers/job/rollout/rollout.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { isMoving } from '../../../src/api/task.ts';
import {
  type RolloutWorld,
  reaches,
  settledWorld,
  versionsUp,
} from '../../support/rollout-world.ts';

type BlueGreen = NonNullable<Job['spec']['update']>;

function settled(update: BlueGreen = {}, second: 'well' | 'crashes' = 'well'): RolloutWorld {
  return settledWorld({ update: { blueGreen: {}, ...update } }, { 2: second });
}

function promote(world: RolloutWorld): void {
  const promoted = world.rollout().revision;
  world.apply({ update: { ...world.job().spec.update, promoted } });
  world.step();
}

function goesTo(world: RolloutWorld, ...phases: readonly Rollout['phase'][]): void {
  expect(world.runUntil(reaches(...phases), 1_500), world.trace.join('\n')).to.equal(true);
}

const BOTH = ['1', '1', '1', '1', '2', '2', '2', '2'];
const [OLD, NEW] = [BOTH.slice(0, 4), BOTH.slice(4)];

describe('blue and green', () => {
  it('stands a second set beside the first until a person promotes it, then keeps the first for a while', () => {
    const world = settled({ blueGreen: { keepOldFor: '2m' } });
    world.apply({ version: '2' });
    world.step();
    goesTo(world, 'AwaitingPromotion');
    world.runUntil(() => false, 1_200);
    expect(versionsUp(world)).to.deep.equal(BOTH);
    promote(world);
    expect(world.rollout().phase).to.equal('KeepingOld');
    const until = Date.parse(world.rollout().keepOldUntil ?? '');
    expect(until - world.now()).to.equal(120_000);
    world.runUntil(({ now }) => now() >= until - 1_000, 200);
    expect(versionsUp(world)).to.deep.equal(BOTH);
    goesTo(world, 'Complete');
    world.runUntil(() => false, 10);
    expect(versionsUp(world)).to.deep.equal(NEW);
    expect(world.tasks().some(isMoving)).to.equal(false);
  });

  it('is promoted by itself after the time that it is given', () => {
    const world = settled({ promoteAfter: '5m', blueGreen: { keepOldFor: 0 } });
    world.apply({ version: '2' });
    world.step();
    goesTo(world, 'AwaitingPromotion');
    const from = world.now();
    goesTo(world, 'Complete');
    expect(world.now() - from).to.equal(300_000);
  });

  it('goes back at once while the old set stands: nothing is started', () => {
    const world = settled({ autoPromote: true });
    world.apply({ version: '2' });
    world.step();
    goesTo(world, 'KeepingOld');
    world.crash(world.tasks().findIndex(({ spec }) => spec.version === '2'));
    const from = world.trace.length;
    world.step();
    world.step();
    expect(world.rollout().phase).to.equal('RolledBack');
    expect(versionsUp(world)).to.deep.equal(OLD);
    const made = world.trace.slice(from).filter((line) => / make /.test(line));
    expect(made).to.deep.equal([]);
  });

  it('never lets a broken second set come near the first', () => {
    const world = settled({}, 'crashes');
    world.apply({ version: '2' });
    world.step();
    let least = 4;
    const back = world.runUntil((each) => {
      least = Math.min(least, versionsUp(each).filter((version) => version === '1').length);
      return reaches('RolledBack')(each);
    }, 60);
    expect(back, world.trace.join('\n')).to.equal(true);
    expect(least).to.equal(4);
  });

  for (const after of ['AwaitingPromotion', 'KeepingOld'] as const) {
    it(`takes the first set again at once when a person goes back (${after})`, () => {
      const world = settled({ autoPromote: after === 'KeepingOld' });
      world.apply({ version: '2' });
      world.step();
      goesTo(world, after);
      world.apply({ version: '1' });
      world.step();
      world.step();
      expect(world.rollout().phase, world.trace.join('\n')).to.equal('Complete');
      expect(versionsUp(world)).to.deep.equal(OLD);
    });
  }

  for (const after of ['Progressing', 'AwaitingPromotion', 'KeepingOld'] as const) {
    it(`has never more than two sets when a third version comes (${after})`, () => {
      const world = settled({ autoPromote: after === 'KeepingOld' });
      world.apply({ version: '2' });
      world.step();
      goesTo(world, after);
      world.apply({ version: '3', update: { blueGreen: {} } });
      world.step();
      let most = 0;
      const ready = world.runUntil((each) => {
        most = Math.max(most, each.instances());
        return reaches('AwaitingPromotion')(each);
      }, 300);
      expect(ready, world.trace.join('\n')).to.equal(true);
      const before = after === 'KeepingOld' ? '2' : '1';
      expect(versionsUp(world)).to.deep.equal([...Array(4).fill(before), ...Array(4).fill('3')]);
      expect(most).to.equal(8);
    });
  }

  it('starts what is lost of the new set again, and leaves the old one alone', () => {
    const world = settled({ autoPromote: true });
    world.apply({ version: '2' });
    world.step();
    goesTo(world, 'KeepingOld');
    for (const version of ['1', '2']) {
      const running = world.tasks().filter(({ status }) => status?.phase === 'Running');
      world.lose(running.findIndex(({ spec }) => spec.version === version));
    }
    world.runUntil(() => false, 30);
    expect(versionsUp(world)).to.deep.equal(BOTH.slice(1));
  });
});
