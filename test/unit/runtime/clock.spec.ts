import { expect } from 'chai';
import { seededRandom } from '../../../src/runtime/random.ts';
import { aWorld, START } from '../../support/clock.ts';

describe('a virtual clock', () => {
  it('stands still until it is told to move', async () => {
    const { clock } = aWorld();
    let fired = false;
    clock.after(1, () => {
      fired = true;
    });
    await clock.settle();
    expect([clock.now(), fired]).to.deep.equal([START, false]);
  });

  it('fires each timer at its own moment, equal ones in the order they were set', async () => {
    const { clock } = aWorld();
    const seen: string[] = [];
    for (const [name, delayMs] of [
      ['c', 30],
      ['a', 10],
      ['b', 10],
    ] as const) {
      clock.after(delayMs, () => seen.push(`${name}@${clock.now() - START}`));
    }
    await clock.advance(100);
    expect(seen).to.deep.equal(['a@10', 'b@10', 'c@30']);
    expect(clock.now()).to.equal(START + 100);
  });

  it('runs what follows from a timer before the next one', async () => {
    const { clock } = aWorld();
    const seen: string[] = [];
    const sleeper = async () => {
      await clock.sleep(10);
      seen.push('slept');
      await Promise.resolve();
      seen.push('went on');
    };
    void sleeper();
    clock.after(11, () => seen.push('next'));
    await clock.advance(20);
    expect(seen).to.deep.equal(['slept', 'went on', 'next']);
  });

  it('fires what is left, in order, after most of its timers were taken back', async () => {
    const { clock } = aWorld();
    const fired: number[] = [];
    const stops = Array.from({ length: 5_000 }, (_, at) => clock.after(at, () => fired.push(at)));
    for (const [at, stop] of stops.entries()) if (at % 1_000 !== 7) stop();
    for (const stop of stops.slice(0, 3)) stop();
    expect(clock.nextAt()).to.equal(START + 7);
    await clock.advance(10_000);
    expect(fired).to.deep.equal([7, 1_007, 2_007, 3_007, 4_007]);
    expect(clock.nextAt()).to.equal(Number.POSITIVE_INFINITY);
  });

  it('forgets a timer that was taken back, and wakes a sleeper that was told to stop', async () => {
    const { clock } = aWorld();
    const stop = new AbortController();
    let fired = false;
    let awake = false;
    clock.after(10, () => {
      fired = true;
    })();
    void clock.sleep(1_000_000, stop.signal).then(() => {
      awake = true;
    });
    stop.abort();
    await clock.advance(20);
    expect([fired, awake]).to.deep.equal([false, true]);
    expect(clock.nextAt()).to.equal(Number.POSITIVE_INFINITY);
  });

  it('runs until something holds, or says that it did not come to hold', async () => {
    const { clock } = aWorld();
    let count = 0;
    const tick = () => {
      count += 1;
      clock.after(10, tick);
    };
    tick();
    expect(await clock.runUntil(() => count === 5, 1_000)).to.equal(true);
    expect(clock.now()).to.equal(START + 40);
    expect(await clock.runUntil(() => count === 500, 1_000)).to.equal(false);
  });
});

describe('seeded chance', () => {
  it('is the same for the same seed, and looks like a UUID where it should', () => {
    const [first, again, other] = [seededRandom(1), seededRandom(1), seededRandom(2)];
    const uuid = first.uuid();
    expect(uuid).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(again.uuid()).to.equal(uuid);
    expect(other.uuid()).to.not.equal(uuid);
    expect(first.next()).to.be.within(0, 1);
  });
});
