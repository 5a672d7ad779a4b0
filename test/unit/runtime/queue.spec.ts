import { expect } from 'chai';
import { TitanError } from '../../../src/api/error.ts';
import { createWorkQueue } from '../../../src/runtime/queue.ts';
import { aWorld } from '../../support/clock.ts';

interface Bench {
  readonly queue: ReturnType<typeof createWorkQueue>;
  readonly clock: ReturnType<typeof aWorld>['clock'];
  readonly worked: string[];
  readonly errors: number[];
}

function aQueue(
  work: (key: string) => Promise<number> = async () => Number.POSITIVE_INFINITY,
  concurrency = 1,
): Bench {
  const { clock, random } = aWorld();
  const worked: string[] = [];
  const errors: number[] = [];
  const queue = createWorkQueue({
    clock,
    random,
    concurrency,
    backoff: { initialMs: 100, limitMs: 400 },
    work(key) {
      worked.push(key);
      return work(key);
    },
    onError: (_key, _error, failures) => errors.push(failures),
  });
  return { queue, clock, worked, errors };
}

describe('a work queue', () => {
  it('holds a key once, and keeps the order', async () => {
    const { queue, clock, worked } = aQueue();
    for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key);
    await clock.settle();
    expect(worked).to.deep.equal(['b', 'a', 'c']);
    expect(queue.idle).to.equal(true);
  });

  it('lets others have their turn, however much waits that needs no waiting for', async () => {
    let now = 0;
    const begun: string[] = [];
    const queue = createWorkQueue({
      ...aWorld(),
      clock: { ...aWorld().clock, elapsed: () => now },
      concurrency: 3,
      async work(key) {
        now += 4;
        begun.push(key);
        return Number.POSITIVE_INFINITY;
      },
      onError: () => undefined,
    });
    for (let key = 0; key < 20; key += 1) queue.add(`${key}`);
    const turns: number[] = [];
    while (!queue.idle && turns.length < 20) {
      await new Promise((resume) => setImmediate(resume));
      turns.push(begun.length);
    }
    expect(begun).to.deep.equal(Array.from({ length: 20 }, (_, key) => `${key}`));
    expect(turns[0]).to.be.below(10);
    expect(turns.length).to.be.above(3);
  });

  it('never works on one key twice at once, and looks again when it was added meanwhile', async () => {
    let atOnce = 0;
    let most = 0;
    const { queue, clock, worked } = aQueue(async () => {
      most = Math.max(most, ++atOnce);
      await clock.sleep(100);
      atOnce -= 1;
      return Number.POSITIVE_INFINITY;
    }, 4);
    queue.add('a');
    await clock.advance(10);
    queue.add('a');
    queue.add('a');
    await clock.advance(1_000);
    expect(worked).to.deep.equal(['a', 'a']);
    expect(most).to.equal(1);
  });

  it('works on as many keys at once as it may', async () => {
    const { queue, clock, worked } = aQueue(async () => {
      await clock.sleep(100);
      return Number.POSITIVE_INFINITY;
    }, 2);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await clock.advance(50);
    expect(worked).to.deep.equal(['a', 'b']);
    await clock.advance(100);
    expect(worked).to.deep.equal(['a', 'b', 'c']);
  });

  it('keeps the soonest of several wishes', async () => {
    const { queue, clock, worked } = aQueue();
    queue.addAfter('a', 500);
    queue.addAfter('a', 100);
    queue.addAfter('a', 900);
    await clock.advance(99);
    expect(worked).to.deep.equal([]);
    await clock.advance(2_000);
    expect(worked).to.deep.equal(['a']);
  });

  it('looks again when the work says so', async () => {
    const { queue, clock, worked } = aQueue(async () => 1_000);
    queue.add('a');
    await clock.advance(2_500);
    expect(worked).to.have.length(3);
    await queue.stop();
  });

  it('tries again after a failure, later each time up to the bound', async () => {
    const { queue, clock, errors } = aQueue(async () => {
      throw new TitanError('ServiceUnavailable', 'away');
    });
    queue.add('a');
    await clock.advance(100);
    expect(errors).to.deep.equal([1, 2]);
    await clock.advance(4_000);
    expect(errors.length).to.be.within(11, 24);
    await queue.stop();
  });

  it('does not work without end on what brings itself back before it fails', async () => {
    const { queue, clock, worked } = aQueue(async (key) => {
      queue.add(key);
      throw new TitanError('Conflict', 'behind');
    });
    queue.add('a');
    await clock.advance(1_000);
    expect(worked.length).to.be.within(5, 21);
    await queue.stop();
  });

  it('lets a key rest after dear work, and takes it up once for all that came meanwhile', async () => {
    const { clock, random } = aWorld();
    const workedAt: number[] = [];
    const start = clock.now();
    const queue = createWorkQueue({
      clock,
      random,
      restMs: () => 100,
      async work() {
        workedAt.push(clock.now() - start);
        return Number.POSITIVE_INFINITY;
      },
      onError: () => undefined,
    });
    for (let at = 0; at < 200; at += 20) {
      queue.add('a');
      await clock.advance(20);
    }
    await clock.advance(1_000);
    expect(workedAt).to.deep.equal([0, 100, 200]);
    await queue.stop();
  });

  it('lets a key rest no longer where somebody sets the clock back, and waits no longer', async () => {
    const { clock, random } = aWorld();
    let skewMs = 0;
    const workedAt: number[] = [];
    const queue = createWorkQueue({
      clock: { ...clock, now: () => clock.now() + skewMs },
      random,
      restMs: () => 100,
      async work() {
        workedAt.push(clock.elapsed());
        return 1_000;
      },
      onError: () => undefined,
    });
    queue.add('a');
    await clock.settle();
    skewMs = -3_600_000;
    queue.add('a');
    await clock.advance(2_000);
    skewMs = 3_600_000;
    queue.addAfter('a', 10);
    await clock.advance(200);
    expect(workedAt.map((at) => at - (workedAt[0] ?? 0))).to.deep.equal([0, 100, 1_100, 2_010]);
    await queue.stop();
  });

  it('forgets its failures after a success', async () => {
    let failing = true;
    const { queue, clock, errors } = aQueue(async () => {
      if (failing) throw new TitanError('ServiceUnavailable', 'away');
      return Number.POSITIVE_INFINITY;
    });
    queue.add('a');
    await clock.advance(300);
    failing = false;
    await clock.advance(1_000);
    failing = true;
    errors.length = 0;
    queue.add('a');
    await clock.settle();
    expect(errors).to.deep.equal([1]);
    await queue.stop();
  });

  it('takes nothing up after it was stopped, and waits for what is under way', async () => {
    let ended = false;
    const { queue, clock, worked } = aQueue(async () => {
      await clock.sleep(100);
      ended = true;
      return 0;
    });
    queue.add('a');
    await clock.settle();
    const stopped = queue.stop();
    queue.add('b');
    await clock.advance(1_000);
    await stopped;
    expect(ended).to.equal(true);
    expect(worked).to.deep.equal(['a']);
  });
});
