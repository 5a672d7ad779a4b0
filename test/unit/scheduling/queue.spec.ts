import { expect } from 'chai';
import fc from 'fast-check';
import type { Entry } from '../../../src/scheduling/queue/entry.ts';
import { assembleGang } from '../../../src/scheduling/queue/gang.ts';
import { createQueue, type Queue } from '../../../src/scheduling/queue/queue.ts';
import { amountsFrom } from '../../../src/scheduling/shares/amounts.ts';
import { type GroupTerms, groupTerms } from '../../../src/scheduling/shares/group.ts';
import { createLedger, type Ledger } from '../../../src/scheduling/shares/ledger.ts';
import { anEntry } from '../../support/queue.ts';

interface World {
  readonly ledger: Ledger;
  readonly queue: Queue;
}

function aWorld(cpus: number, groups: readonly Partial<GroupTerms>[], entries: Entry[]): World {
  const ledger = createLedger();
  ledger.setCapacity(amountsFrom({ cpus, memory: cpus }));
  for (const [at, terms] of groups.entries()) {
    ledger.declare(groupTerms({ name: 'abcdef'[at] ?? '', ...terms }));
  }
  const queue = createQueue(ledger);
  for (const entry of entries) queue.add(entry);
  return { ledger, queue };
}

interface Driving {
  readonly now?: number;
  fits?(entry: Entry): boolean;
}

/** Drives a pass: what has room goes, in the order in which it was offered. */
function drive(queue: Queue, { now = 0, fits }: Driving = {}) {
  const pass = queue.pass(now);
  const placed: Entry[] = [];
  for (let entry = pass.next(); entry !== undefined; entry = pass.next()) {
    if (fits?.(entry) ?? true) {
      placed.push(entry);
      pass.placed(entry);
    } else pass.refused(entry);
  }
  return { placed, keys: placed.map(({ key }) => key).join(' '), denied: pass.denied };
}

describe('queue', () => {
  const cases: readonly {
    name: string;
    groups?: readonly Partial<GroupTerms>[];
    entries: readonly Partial<Entry>[];
    order: string;
  }[] = [
    {
      name: 'priority, then age, then name inside a group',
      entries: [
        { key: 'young', since: 9 },
        { key: 'b', since: 5 },
        { key: 'a', since: 5 },
        { key: 'urgent', since: 9, priority: 1 },
      ],
      order: 'urgent a b young',
    },
    {
      name: 'equal ones by the names of their tasks, not by what identifies them',
      entries: [
        { key: 'uid-1', name: 'web-1' },
        { key: 'uid-2', name: 'web-0' },
      ],
      order: 'uid-2 uid-1',
    },
    {
      name: 'tier 0 before tier 1, however much it has',
      groups: [{ tier: 1 }, { tier: 0 }],
      entries: [
        { key: 'a1', group: 'a' },
        { key: 'b1', group: 'b' },
        { key: 'b2', group: 'b' },
      ],
      order: 'b1 b2 a1',
    },
    {
      name: 'groups by turns, the lighter less often',
      groups: [{ weight: 2 }, { weight: 1 }],
      entries: ['a1', 'a2', 'a3', 'a4', 'b1', 'b2'].map((key) => ({ key, group: key[0] ?? '' })),
      order: 'a1 b1 a2 a3 b2 a4',
    },
    {
      name: 'who stays within its guarantee before who borrows',
      groups: [{ weight: 100 }, { guarantee: amountsFrom({ cpus: 2, memory: 2 }) }],
      entries: ['a1', 'b1', 'b2', 'b3'].map((key) => ({ key, group: key[0] ?? '' })),
      order: 'b1 b2 a1 b3',
    },
    {
      name: 'nothing that is held out',
      entries: [{ key: 'ready' }, { key: 'later', readyAt: 1 }],
      order: 'ready',
    },
  ];
  for (const { name, groups = [{}], entries, order } of cases) {
    it(`offers ${name}`, () => {
      const { queue } = aWorld(100, groups, entries.map(anEntry));
      expect(drive(queue).keys).to.equal(order);
    });
  }

  it('offers what was held out when its time has come, and says when that is', () => {
    const { queue } = aWorld(9, [{}], [anEntry({ key: 'later', readyAt: 50 })]);
    expect(queue.nextReadyAt).to.equal(50);
    expect(drive(queue, { now: 49 }).keys).to.equal('');
    expect(drive(queue, { now: 50 }).keys).to.equal('later');
    expect([queue.size, queue.nextReadyAt]).to.deep.equal([0, Number.POSITIVE_INFINITY]);
  });

  it('offers a class once in a pass when it has no place, and again in the next', () => {
    const entries = ['a1', 'a2', 'a3'].map((key) => anEntry({ key, class: 'wide' }));
    const { queue } = aWorld(100, [{}], [...entries, anEntry({ key: 'a4', since: 1 })]);
    const offered: string[] = [];
    const fits = ({ key, class: name }: Entry) => offered.push(key) > 0 && name !== 'wide';
    expect(drive(queue, { fits }).keys).to.equal('a4');
    expect(offered).to.deep.equal(['a1', 'a4']);
    expect(drive(queue).keys).to.equal('a1 a2 a3');
  });

  it('forgets what is taken out, and puts an entry in the place of the one with its key', () => {
    const { queue } = aWorld(100, [{}], [anEntry({ key: 'a1' }), anEntry({ key: 'a2' })]);
    queue.remove('a1');
    queue.add(anEntry({ key: 'a2', cpus: 2 }));
    expect([queue.size, queue.get('a2')?.ask[0]]).to.deep.equal([1, 2]);
    expect(drive(queue).keys).to.equal('a2');
  });

  describe('in a strict group', () => {
    const strict = { strictAfterMs: 100 };

    it('lets small ones by a large one for a while, then holds them back until it goes', () => {
      const large = anEntry({ key: 'large', cpus: 8 });
      const { queue, ledger } = aWorld(8, [strict], [large]);
      ledger.charge({ key: 'running', group: 'a', ask: amountsFrom({ cpus: 4 }) });
      queue.add(anEntry({ key: 'small-1', since: 1 }));
      expect(drive(queue, { now: 99 }).keys).to.equal('small-1');
      queue.add(anEntry({ key: 'small-2', since: 2 }));
      expect(drive(queue, { now: 100 }).keys).to.equal('');
      for (const key of ['running', 'small-1']) ledger.release(key);
      expect(drive(queue, { now: 100 }).keys).to.equal('large');
    });

    it('holds nothing back for what the group can never have', () => {
      const never = anEntry({ key: 'never', cpus: 9 });
      const { queue } = aWorld(8, [strict], [never, anEntry({ key: 'small', since: 1 })]);
      expect(drive(queue, { now: 100 }).keys).to.equal('small');
    });
  });

  describe('gangs', () => {
    const members = ['a-0', 'a-1', 'a-2'].map((key) => anEntry({ key, cpus: 2 }));
    const gang = { key: 'gang', size: 3, started: false };

    it('wait until they are complete', () => {
      expect(assembleGang({ ...gang, waiting: members.slice(1) })).to.deep.equal([]);
    });

    it('go whole or not at all, and by their shares too', () => {
      const entries = assembleGang({ ...gang, waiting: members });
      expect(drive(aWorld(5, [{}], [...entries]).queue).placed).to.deep.equal([]);
      const { queue, ledger } = aWorld(6, [{}], [...entries]);
      expect(drive(queue).keys).to.equal('gang');
      expect(ledger.standing('a').used[0]).to.equal(6);
      ledger.release('a-1');
      expect(ledger.standing('a').used[0]).to.equal(4);
    });

    it('take no more than their size at first, and then whoever comes', () => {
      const [whole] = assembleGang({ ...gang, size: 2, waiting: members });
      expect(whole?.members.map(({ key }) => key)).to.deep.equal(['a-0', 'a-1']);
      const later = assembleGang({ ...gang, started: true, waiting: members.slice(2) });
      expect(later).to.deep.equal(members.slice(2));
    });
  });
});

describe('queue, whatever comes', () => {
  interface Drawn {
    readonly group: string;
    readonly cpus: number;
    readonly memory: number;
    readonly priority: number;
    readonly since: number;
  }

  const anyEntry: fc.Arbitrary<Drawn> = fc.record({
    group: fc.constantFrom('a', 'b', 'c'),
    cpus: fc.integer({ min: 1, max: 4 }),
    memory: fc.integer({ min: 1, max: 4 }),
    priority: fc.nat(2),
    since: fc.nat(3),
  });
  const anyEntries = fc.array(anyEntry, { minLength: 1, maxLength: 40 });

  function entriesFrom(drawn: readonly Drawn[]): Entry[] {
    return drawn.map(({ group, cpus, memory, priority, since }, at) =>
      anEntry({ key: `${at}`, group, ask: amountsFrom({ cpus, memory }), priority, since }),
    );
  }

  it('envies nobody: no group that waits has less of its share than another had before its last', () => {
    const weights = fc.tuple(...['a', 'b', 'c'].map(() => fc.integer({ min: 1, max: 3 })));
    fc.assert(
      fc.property(anyEntries, weights, (drawn, weighted) => {
        const groups = weighted.map((weight) => ({ weight }));
        const { queue, ledger } = aWorld(20, groups, entriesFrom(drawn));
        const before = new Map<string, number>();
        const pass = queue.pass(0);
        for (let entry = pass.next(); entry !== undefined; entry = pass.next()) {
          const rivals = ['a', 'b', 'c'].filter((group) => group !== entry.group);
          before.set(entry.group, ledger.ratio(entry.group));
          for (const rival of rivals) {
            const waits = drawn.some(
              ({ group }, at) => group === rival && queue.get(`${at}`) !== undefined,
            );
            const kept = pass.denied.some((denial) => denial.entry.group === rival);
            if (!waits || kept) continue;
            expect(ledger.ratio(entry.group)).to.be.at.most(ledger.ratio(rival));
          }
          pass.placed(entry);
        }
      }),
    );
  });

  it('conserves work: what is left fits nowhere, and what goes never adds up to more than there is', () => {
    fc.assert(
      fc.property(anyEntries, (drawn) => {
        const entries = entriesFrom(drawn);
        const { queue } = aWorld(20, [{}, {}, {}], entries);
        const { placed } = drive(queue);
        const free = [0, 1].map(
          (at) => 20 - placed.reduce((sum, { ask }) => sum + (ask[at] ?? 0), 0),
        );
        expect(free.every((amount) => amount >= 0)).to.equal(true);
        for (const { key, ask } of entries.filter((entry) => queue.get(entry.key))) {
          const fits = free.every((amount, at) => (ask[at] ?? 0) <= amount);
          expect(fits, key).to.equal(false);
        }
      }),
    );
  });

  it('gives the same answer in whatever order the entries came and went', () => {
    fc.assert(
      fc.property(anyEntries, fc.infiniteStream(fc.nat()), (drawn, chance) => {
        const entries = entriesFrom(drawn);
        const shuffled = entries
          .map((entry) => ({ entry, at: chance.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ entry }) => entry);
        const once = aWorld(20, [{}, {}, {}], entries);
        const again = aWorld(20, [{}, {}, {}], shuffled);
        for (const entry of shuffled.slice(0, 5)) {
          again.queue.remove(entry.key);
          again.queue.add(entry);
        }
        expect(drive(once.queue).keys).to.equal(drive(again.queue).keys);
      }),
    );
  });

  /** Runs rounds in which a small task of every group comes, and the one that has run longest ends. */
  function live({ queue, ledger }: World, groups: readonly string[]): void {
    const running: string[] = [];
    for (let round = 0; round < 300; round += 1) {
      for (const group of groups) {
        queue.add(anEntry({ key: `new-${group}-${round}`, group, since: 10 + round }));
      }
      running.push(...drive(queue, { now: round }).placed.map(({ key }) => key));
      const ended = running.shift();
      if (ended !== undefined) ledger.release(ended);
    }
  }

  it('starves no group: whatever others ask for, its tasks all have their turn', () => {
    const small = anyEntries.map((drawn) => drawn.map((each) => ({ ...each, cpus: 1, memory: 1 })));
    fc.assert(
      fc.property(small, (drawn) => {
        const entries = entriesFrom(drawn);
        const world = aWorld(6, [{ weight: 3 }, {}, {}], entries);
        live(world, ['a', 'b', 'c']);
        expect(entries.filter(({ key }) => world.queue.get(key))).to.deep.equal([]);
      }),
      { numRuns: 30 },
    );
  });

  it('starves no task of a strict group: with tasks that end, all that may ever go has gone', () => {
    fc.assert(
      fc.property(anyEntries, (drawn) => {
        const entries = entriesFrom(drawn.map((each) => ({ ...each, group: 'a' })));
        const world = aWorld(6, [{ strictAfterMs: 20 }], entries);
        live(world, ['a']);
        expect(entries.filter(({ key }) => world.queue.get(key))).to.deep.equal([]);
      }),
      { numRuns: 30 },
    );
  });
});
