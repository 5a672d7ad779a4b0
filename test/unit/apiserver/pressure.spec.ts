import { expect } from 'chai';
import { hasReason } from '../../../src/api/error.ts';
import { createPressure } from '../../../src/apiserver/access/pressure.ts';
import { DOMAINS } from '../../../src/auth/users.ts';
import type { Clock } from '../../../src/runtime/port.ts';

const get = {
  verb: 'get',
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'a',
  name: 'b',
};

/** A process that is as late as it is told to be. */
function aProcess() {
  let now = 0;
  let fire: (() => void) | undefined;
  const clock: Clock = {
    now: () => now,
    elapsed: () => now,
    after(_, next) {
      fire = next;
      return () => undefined;
    },
    sleep: async () => undefined,
  };
  const pressure = createPressure(clock);
  const ask = (
    name: string,
    more: Partial<typeof get> = {},
    { groups = [], underWay = 0 }: { groups?: readonly string[]; underWay?: number } = {},
  ) => {
    try {
      pressure.admit({ name, groups }, { ...get, ...more }, underWay);
      return true;
    } catch (thrown) {
      expect(hasReason(thrown, 'TooManyRequests')).to.equal(true);
      return false;
    }
  };
  return {
    ask,
    /** How many of so many requests of each user are let through in one tick. */
    flood(count: number, ...users: string[]) {
      const passed = new Map(users.map((user) => [user, 0]));
      for (let each = 0; each < count; each += 1) {
        for (const user of users) if (ask(user)) passed.set(user, (passed.get(user) ?? 0) + 1);
      }
      return users.map((user) => passed.get(user) ?? 0);
    },
    tick(lateMs: number) {
      now += 100 + lateMs;
      const due = fire;
      fire = undefined;
      due?.();
    },
    isTicking: () => fire !== undefined,
  };
}

describe('a process that is asked for more than it can do', () => {
  it('lets everything through while it is in time, or late for a moment, and rests when nobody asks', () => {
    const { flood, tick, isTicking } = aProcess();
    expect(flood(20_000, 'ann')).to.deep.equal([20_000]);
    for (let ticks = 0; ticks < 2; ticks += 1) {
      tick(1_000);
      expect(flood(20_000, 'ann')).to.deep.equal([20_000]);
    }
    tick(100);
    expect(flood(20_000, 'ann')).to.deep.equal([20_000]);
    tick(0);
    tick(0);
    expect(isTicking()).to.equal(false);
  });

  it('lets a quarter fewer through with each tick that is late, and more again after that', () => {
    const { flood, tick } = aProcess();
    const passed = [];
    for (let ticks = 0; ticks < 5; ticks += 1) {
      passed.push(...flood(1_000, 'ann'));
      tick(101);
    }
    expect(passed).to.deep.equal([1_000, 1_000, 1_000, 750, 563]);
    for (let ticks = 0; ticks < 60; ticks += 1) tick(0);
    expect(flood(10_000, 'ann')).to.deep.equal([10_000]);
  });

  it('lets nobody have much under way while it is late, though it be few requests', () => {
    const { ask, tick } = aProcess();
    const asked = (underWay: number) => ask('ann', {}, { underWay });
    expect(asked(100)).to.equal(true);
    for (let ticks = 0; ticks < 3; ticks += 1) {
      asked(0);
      tick(1_000);
    }
    expect([asked(19), asked(20)]).to.deep.equal([true, false]);
    expect(ask('ann', { verb: 'delete' }, { underWay: 100 })).to.equal(true);
    for (let ticks = 0; ticks < 200; ticks += 1) tick(0);
    expect(asked(100)).to.equal(true);
  });

  it('shares what it lets through among those who ask', () => {
    const { flood, tick } = aProcess();
    for (let ticks = 0; ticks < 8; ticks += 1) {
      flood(500, 'ann', 'bob');
      tick(1_000);
    }
    const [ann = 0, bob = 0] = flood(2_000, 'ann', 'bob');
    expect(ann).to.equal(bob);
    expect(ann).to.be.within(21, 499);
  });

  it('lets kills, heartbeats and leases through, whatever else it has to do', () => {
    const { flood, ask, tick } = aProcess();
    for (let ticks = 0; ticks < 30; ticks += 1) {
      flood(100, 'ann');
      tick(1_000);
    }
    expect(flood(100, 'ann')).to.deep.equal([20]);
    expect(ask('ann', { verb: 'delete' })).to.equal(true);
    expect(ask('ann', { verb: 'create', subresource: 'eviction' })).to.equal(true);
    expect(
      ask('ann', { verb: 'update', group: 'coordination.k8s.io', resource: 'leases' }),
    ).to.equal(true);
    expect(ask('dc2', {}, { groups: [DOMAINS] })).to.equal(true);
    expect(ask('ann')).to.equal(false);
  });
});
