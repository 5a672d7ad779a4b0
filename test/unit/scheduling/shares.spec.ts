import { expect } from 'chai';
import fc from 'fast-check';
import { createQueue } from '../../../src/scheduling/queue/queue.ts';
import { amountsFrom } from '../../../src/scheduling/shares/amounts.ts';
import { type GroupTerms, groupTerms } from '../../../src/scheduling/shares/group.ts';
import { createLedger, type Ledger } from '../../../src/scheduling/shares/ledger.ts';
import { explainShare } from '../../../src/scheduling/shares/verdict.ts';
import { anEntry } from '../../support/queue.ts';

/** A ledger of 100 cpus with groups and what they use: `a=40` for 40 cpus, by name. */
function aLedger(groups: readonly Partial<GroupTerms>[], used: Record<string, number>): Ledger {
  const ledger = createLedger();
  ledger.setCapacity(cpus(100));
  for (const [index, terms] of groups.entries()) {
    ledger.declare(groupTerms({ name: 'abcdef'[index] ?? '', ...terms }));
  }
  for (const [group, amount] of Object.entries(used)) {
    ledger.charge({ key: `used-${group}`, group, ask: cpus(amount) });
  }
  return ledger;
}

function cpus(amount: number) {
  return amountsFrom({ cpus: amount });
}

describe('shares', () => {
  const guaranteed40 = { guarantee: cpus(40) };
  const lender = { guarantee: cpus(40), cohort: 'c' };
  const cases: readonly {
    name: string;
    groups: readonly Partial<GroupTerms>[];
    used: Record<string, number>;
    ask: number;
    verdict: string;
  }[] = [
    { name: 'the guarantee', groups: [guaranteed40], used: { a: 30 }, ask: 10, verdict: 'yes' },
    { name: 'what nobody has', groups: [guaranteed40], used: { a: 40 }, ask: 60, verdict: 'yes' },
    {
      name: "not another's guarantee",
      groups: [guaranteed40, guaranteed40],
      used: { a: 40 },
      ask: 21,
      verdict: 'GuaranteedToOthers',
    },
    { name: 'the rest beside it', groups: [{}, guaranteed40], used: {}, ask: 60, verdict: 'yes' },
    {
      name: 'a guarantee that its cohort lends',
      groups: [lender, lender],
      used: { a: 40 },
      ask: 60,
      verdict: 'yes',
    },
    {
      name: 'no more than may be lent',
      groups: [lender, { ...lender, lendingLimit: cpus(10) }],
      used: { a: 40 },
      ask: 31,
      verdict: 'GuaranteedToOthers',
    },
    {
      name: 'what a cohort of another tier lends: nothing',
      groups: [lender, { ...lender, tier: 0 }],
      used: { a: 40 },
      ask: 21,
      verdict: 'GuaranteedToOthers',
    },
    {
      name: 'the guarantee beside a cohort that has borrowed among itself',
      groups: [lender, lender, { guarantee: cpus(20) }],
      used: { a: 80 },
      ask: 20,
      verdict: 'c: yes',
    },
    {
      name: 'no more than it may borrow',
      groups: [{ ...guaranteed40, borrowingLimit: cpus(10) }],
      used: { a: 40 },
      ask: 11,
      verdict: 'BorrowingLimit',
    },
    {
      name: 'no guarantee that it lent, where the rest is guaranteed to others',
      groups: [lender, { guarantee: cpus(0), cohort: 'c' }, { guarantee: cpus(50) }],
      used: { b: 45 },
      ask: 10,
      verdict: 'LentToCohort',
    },
    {
      name: 'a guarantee that it lent, where there is room beside it',
      groups: [lender, { guarantee: cpus(0), cohort: 'c' }, { guarantee: cpus(50) }],
      used: { b: 45 },
      ask: 5,
      verdict: 'yes',
    },
    { name: 'what is there', groups: [{}], used: { a: 95 }, ask: 6, verdict: 'FleetFull' },
    { name: 'nothing, unknown', groups: [], used: {}, ask: 1, verdict: 'UnknownGroup' },
    { name: 'the default group', groups: [], used: {}, ask: 1, verdict: 'default: yes' },
  ];
  for (const { name, groups, used, ask, verdict } of cases) {
    it(`gives a group ${name}`, () => {
      const [expected = '', group = 'a'] = verdict.split(': ').toReversed();
      const found = aLedger(groups, used).judge(group, cpus(ask));
      expect(found.admitted ? 'yes' : found.refusal.lacks).to.equal(expected);
    });
  }

  it('says what is borrowed and what is lent', () => {
    const ledger = aLedger([lender, { ...lender, lendingLimit: cpus(30) }], { a: 55, b: 5 });
    expect(ledger.standing('a')).to.deep.include({ borrowed: cpus(15), lent: cpus(0) });
    expect(ledger.standing('b')).to.deep.include({ borrowed: cpus(0), lent: cpus(15) });
  });

  it('tells a group over its share from a fleet that is full', () => {
    const found = aLedger([{}, guaranteed40], { a: 60_000 }).judge('a', cpus(1_500));
    const refusal = found.admitted ? undefined : found.refusal;
    expect(refusal && explainShare('a', refusal)).to.contain('the agents have 0 cpus left');
  });

  it('keeps its sums true through any changes, charges each task once, and forks without a trace', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 40 }), (steps) => {
        const moved = aLedger([], {});
        for (const step of steps) {
          const trial = moved.fork();
          const before = views(moved);
          change(trial, step);
          expect(views(moved)).to.deep.equal(before);
          change(moved, step);
          expect(views(trial)).to.deep.equal(views(moved));
        }
        const built = aLedger([], {});
        for (const step of lastWord(steps)) change(built, step);
        expect(views(moved)).to.deep.equal(views(built));
      }),
    );
  });

  it('keeps every guarantee: what a group is promised and not lent is there for it', () => {
    const share = fc.record({
      guarantee: fc.nat(25),
      kept: fc.nat(25),
      cohort: fc.constantFrom(undefined, 'x', 'y'),
      asks: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 10 }),
    });
    fc.assert(
      fc.property(fc.array(share, { minLength: 1, maxLength: 4 }), (shares) => {
        const ledger = aLedger(
          shares.map(({ guarantee, kept, cohort }) => ({
            guarantee: cpus(guarantee),
            lendingLimit: cpus(Math.max(0, guarantee - kept)),
            ...(cohort === undefined ? {} : { cohort }),
          })),
          {},
        );
        const queue = createQueue(ledger);
        shares.forEach(({ asks }, index) => {
          asks.forEach((ask, at) => {
            queue.add(anEntry({ key: `${index}-${at}`, group: 'abcdef'[index] ?? '', cpus: ask }));
          });
        });
        const pass = queue.pass(0);
        for (let entry = pass.next(); entry; entry = pass.next()) pass.placed(entry);
        const used = shares.map((_, at) => ledger.standing('abcdef'[at] ?? '').used[0] ?? 0);
        const free = 100 - used.reduce((sum, amount) => sum + amount, 0);
        expect(free).to.be.at.least(0);
        shares.forEach(({ guarantee, kept, cohort }, at) => {
          const promised = cohort === undefined ? guarantee : Math.min(guarantee, kept);
          expect(promised - (used[at] ?? 0)).to.be.at.most(free);
        });
      }),
    );
  });
});

interface Change {
  readonly does: 'charge' | 'release' | 'declare' | 'withdraw';
  readonly key: number;
  readonly group: string;
  readonly cpus: number;
}

const anyChange: fc.Arbitrary<Change> = fc.record({
  does: fc.constantFrom('charge', 'charge', 'release', 'declare', 'withdraw'),
  key: fc.nat(8),
  group: fc.constantFrom('a', 'b', 'c'),
  cpus: fc.nat(50),
});

function change(ledger: Ledger, { does, key, group, cpus: amount }: Change): void {
  if (does === 'charge') ledger.charge({ key: `${key}`, group, ask: cpus(amount) });
  if (does === 'release') ledger.release(`${key}`);
  if (does === 'declare') ledger.declare(termsOf(group, key, amount));
  if (does === 'withdraw') ledger.withdraw(group);
}

/** The changes that the others leave of effect: the last of each task and of each group. */
function lastWord(steps: readonly Change[]): Iterable<Change> {
  const last = new Map<string, Change>();
  for (const step of steps) {
    const isOfTask = step.does === 'charge' || step.does === 'release';
    last.set(isOfTask ? `${step.key}` : step.group, step);
  }
  return last.values();
}

function termsOf(name: string, key: number, amount: number): GroupTerms {
  const lendingLimit = cpus(key * 10);
  return groupTerms({ name, cohort: 'c', tier: key % 2, guarantee: cpus(amount), lendingLimit });
}

function views(ledger: Ledger): unknown {
  return ['a', 'b', 'c'].map((group) => [
    ledger.standing(group),
    ledger.ratio(group),
    ...[1, 20, 40, 80].map((ask) => ledger.judge(group, cpus(ask))),
  ]);
}
