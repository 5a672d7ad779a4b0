import { expect } from 'chai';
import fc from 'fast-check';
import { attributeRules } from '../../../src/scheduling/rules/attribute.ts';
import type { AttributeRule, ConstraintSpec } from '../../../src/scheduling/rules/rule.ts';
import { rules } from '../../../src/scheduling/rules/table.ts';
import { compareVersions } from '../../../src/scheduling/rules/version.ts';
import {
  aProfile,
  aSnapshot,
  aView,
  inZone,
  placeIn,
  tasksOf,
  whereIs,
} from '../../support/scheduling.ts';

function madeIn(spec: ConstraintSpec): AttributeRule {
  const made = attributeRules.In(spec);
  if (made.about !== 'attribute') throw new Error('another sort of rule');
  return made;
}

describe('rules about an attribute', () => {
  const cases: readonly (readonly [
    rule: string,
    values: readonly string[] | undefined,
    holds: readonly (string | undefined)[],
    fails: readonly (string | undefined)[],
  ])[] = [
    ['Equals', ['ssd'], ['ssd'], ['hdd', undefined]],
    ['NotEquals', ['ssd'], ['hdd', undefined], ['ssd']],
    ['In', ['a', 'b'], ['a', 'b'], ['c', undefined]],
    ['NotIn', ['a', 'b'], ['c', undefined], ['a', 'b']],
    ['Contains', ['avx', 'sse'], ['sse, avx', 'avx,sse,neon'], ['avx', '', undefined]],
    ['Exists', undefined, ['x', ''], [undefined]],
    ['NotExists', undefined, [undefined], ['x']],
    ['AtLeast', ['2'], ['2', '10', '2.5'], ['1', 'many', '', undefined]],
    ['AtMost', ['2'], ['2', '-1'], ['2.01', 'few', undefined]],
    ['MoreThan', ['2'], ['3'], ['2', '1']],
    ['LessThan', ['2'], ['1'], ['2', '3']],
    ['VersionAtLeast', ['4.9'], ['4.9', '4.10', '5', 'v4.9.1'], ['4.8', '4.9-rc1', 'new']],
    ['VersionAtMost', ['4.9'], ['4.9', '4.9-rc1'], ['4.10', undefined]],
    ['VersionMoreThan', ['4.9'], ['4.9.1'], ['4.9', '4.9.0']],
    ['VersionLessThan', ['4.9'], ['4.9-rc1', '4'], ['4.9']],
    [
      'Matches',
      ['m[45]\\.(large|xlarge)'],
      ['m4.large', 'm5.xlarge'],
      ['m5.large2', 'xm5.large', undefined],
    ],
  ];

  for (const [rule, values, holds, fails] of cases) {
    const spec: ConstraintSpec = { rule, attribute: 'kind', ...(values ? { values } : {}) };

    it(`${rule} ${values ?? ''}`, () => {
      const made = rules[rule as keyof typeof rules](spec);
      if (made.about !== 'attribute') throw new Error('another sort of rule');
      for (const value of holds) expect(made.refuse(value), `${value}`).to.equal(undefined);
      for (const value of fails) expect(made.refuse(value), `${value}`).to.be.a('string');
    });
  }

  it('are all in the table', () => {
    expect(cases.map(([rule]) => rule)).to.have.members(Object.keys(attributeRules));
  });

  it('says what it found and what it wanted', () => {
    const made = madeIn({ rule: 'In', attribute: 'zone', values: ['a', 'b'] });
    expect(made.name).to.equal('In(zone)');
    expect(made.refuse('c')).to.equal('zone is c, not one of a, b');
    expect(made.refuse(undefined)).to.equal('zone is not set, not one of a, b');
  });

  it('orders versions as a chain', () => {
    const chain = [
      '0.9',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-rc.1',
      '1',
      '1.0.1',
      '1.2',
      '1.10',
    ];
    for (const [index, lower] of chain.entries()) {
      for (const [place, other] of chain.entries()) {
        expect(Math.sign(compareVersions(lower, other)), `${lower} ${other}`).to.equal(
          Math.sign(index - place),
        );
      }
    }
    expect(Number.isNaN(compareVersions('1', 'one'))).to.equal(true);
  });
});

describe('rules about where a job is', () => {
  const threeZones = ['a', 'b', 'c'].flatMap((zone) =>
    [1, 2].map((index) => aView(`${zone}${index}`, { cpus: 64 }, inZone(zone))),
  );

  function zonesOf(constraints: readonly ConstraintSpec[], count: number): Record<string, number> {
    const result = placeIn(aSnapshot(threeZones), tasksOf(aProfile({ constraints }), count));
    const zones = Object.values(whereIs(result)).map((agent) => agent.charAt(0));
    const table: Record<string, number> = {};
    for (const zone of zones) table[zone] = (table[zone] ?? 0) + 1;
    return table;
  }

  const cases: readonly {
    readonly name: string;
    readonly constraint: ConstraintSpec;
    readonly count: number;
    readonly zones: Record<string, number>;
  }[] = [
    {
      name: 'none: packed',
      constraint: { rule: 'Exists', attribute: 'zone' },
      count: 9,
      zones: { a: 9 },
    },
    {
      name: 'Balanced',
      constraint: { rule: 'Balanced', attribute: 'zone' },
      count: 10,
      zones: { a: 4, b: 3, c: 3 },
    },
    {
      name: 'Balanced, a wish',
      constraint: { rule: 'Balanced', attribute: 'zone', weight: 1 },
      count: 11,
      zones: { a: 4, b: 4, c: 3 },
    },
    {
      name: 'Balanced by at most 3',
      constraint: { rule: 'Balanced', attribute: 'zone', number: 3 },
      count: 7,
      zones: { a: 3, b: 3, c: 1 },
    },
    {
      name: 'Unique',
      constraint: { rule: 'Unique', attribute: 'zone' },
      count: 5,
      zones: { a: 1, b: 1, c: 1 },
    },
    {
      name: 'Unique by host',
      constraint: { rule: 'Unique', attribute: 'host' },
      count: 9,
      zones: { a: 2, b: 2, c: 2 },
    },
    {
      name: 'MaxPer',
      constraint: { rule: 'MaxPer', attribute: 'zone', number: 2 },
      count: 9,
      zones: { a: 2, b: 2, c: 2 },
    },
    {
      name: 'Spread',
      constraint: { rule: 'Spread', attribute: 'zone', shares: [{ value: 'b', percent: 60 }] },
      count: 10,
      zones: { a: 2, b: 6, c: 2 },
    },
    {
      name: 'Spread over what is there',
      constraint: {
        rule: 'Spread',
        attribute: 'zone',
        shares: [
          { value: 'a', percent: 25 },
          { value: 'b', percent: 25 },
          { value: 'z', percent: 50 },
        ],
      },
      count: 10,
      zones: { a: 5, b: 5 },
    },
    {
      name: 'ExclusiveHost',
      constraint: { rule: 'ExclusiveHost' },
      count: 9,
      zones: { a: 2, b: 2, c: 2 },
    },
    {
      name: 'WithJob of nobody',
      constraint: { rule: 'WithJob', attribute: 'host', job: 'default/db' },
      count: 2,
      zones: {},
    },
  ];
  for (const { name, constraint, count, zones } of cases) {
    it(name, () => {
      expect(zonesOf([constraint], count)).to.deep.equal(zones);
    });
  }

  it('are all in the table, but for AwayFromJob', () => {
    const others = new Set(Object.keys(rules).filter((name) => !(name in attributeRules)));
    const tried = cases.map(({ constraint }) => constraint.rule).filter((name) => others.has(name));
    expect(new Set([...tried, 'AwayFromJob'])).to.deep.equal(others);
  });

  it('WithJob and AwayFromJob follow another job by host and by zone', () => {
    const snapshot = aSnapshot(threeZones);
    const db = aProfile({
      job: 'default/db',
      constraints: [{ rule: 'Equals', attribute: 'host', values: ['b2'] }],
    });
    placeIn(snapshot, tasksOf(db, 1, 100));
    const rule = (name: string, attribute: string, weight?: number) => ({
      constraints: [{ rule: name, attribute, job: 'default/db', ...(weight ? { weight } : {}) }],
    });
    const at = (more: Partial<Parameters<typeof aProfile>[0]>) => {
      snapshot.begin();
      const where = whereIs(placeIn(snapshot, tasksOf(aProfile(more), 1)))[0];
      snapshot.undo();
      return where;
    };
    expect(at(rule('WithJob', 'host'))).to.equal('b2');
    expect(at(rule('WithJob', 'zone', 5))).to.equal('b2');
    expect(at(rule('AwayFromJob', 'zone'))).to.equal('a1');
    expect(
      at({
        constraints: [
          { rule: 'In', attribute: 'zone', values: ['b'] },
          ...rule('AwayFromJob', 'host').constraints,
        ],
      }),
    ).to.equal('b1');
    const inB = { rule: 'In', attribute: 'zone', values: ['b'] };
    const away = rule('AwayFromJob', 'zone').constraints;
    expect(at({ constraints: [inB, ...away] })).to.equal(undefined);
  });

  it('tells agents in the same state apart by whose tasks they run', () => {
    const snapshot = aSnapshot([aView('a'), aView('b')]);
    placeIn(snapshot, tasksOf(aProfile({ agent: 'a' }), 1, 0));
    placeIn(snapshot, tasksOf(aProfile({ agent: 'b', job: 'default/db' }), 1, 1));
    const unique = aProfile({ constraints: [{ rule: 'Unique' }] });
    expect(whereIs(placeIn(snapshot, tasksOf(unique, 2, 2)))).to.deep.equal({ 2: 'b' });
  });

  it('wants of an agent without the attribute nothing, and gives it nothing for a wish', () => {
    const snapshot = aSnapshot([aView('a', { cpus: 2 }), aView('b', { cpus: 64 }, inZone('z'))]);
    const balanced = { rule: 'Balanced', attribute: 'zone' };
    const goes = (constraint: ConstraintSpec) =>
      snapshot.trial(() => {
        const profile = aProfile({ constraints: [constraint] });
        return whereIs(placeIn(snapshot, tasksOf(profile, 1)));
      });
    expect(goes({ ...balanced, weight: 1 })).to.deep.equal({ 0: 'b' });
    expect(goes(balanced)).to.deep.equal({ 0: 'b' });
  });

  it('keeps an agent for one task both ways', () => {
    const snapshot = aSnapshot([aView('a'), aView('b')]);
    const alone = aProfile({ job: 'default/alone', constraints: [{ rule: 'ExclusiveHost' }] });
    expect(whereIs(placeIn(snapshot, tasksOf(aProfile(), 1, 0)))).to.deep.equal({ 0: 'a' });
    expect(whereIs(placeIn(snapshot, tasksOf(alone, 2, 1)))).to.deep.equal({ 1: 'b' });
    const large = aProfile({ sizes: { cpus: 15 } });
    expect(whereIs(placeIn(snapshot, tasksOf(large, 2, 3)))).to.deep.equal({ 3: 'a' });
    snapshot.end('3');
    snapshot.end('1');
    expect(whereIs(placeIn(snapshot, tasksOf(alone, 1, 9)))).to.deep.equal({ 9: 'b' });
    snapshot.end('9');
    expect(
      whereIs(placeIn(snapshot, tasksOf(aProfile({ sizes: { cpus: 16 } }), 1, 4))),
    ).to.deep.equal({ 4: 'b' });
  });

  it('keeps a balance within one and a spread within one task of its part, at every moment', () => {
    const shares = fc
      .tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 49 }))
      .map(([a, b]) => [a, b, 100 - a - b]);
    fc.assert(
      fc.property(shares, fc.integer({ min: 1, max: 60 }), (percents, count) => {
        const spread = zonesOf(
          [
            {
              rule: 'Spread',
              attribute: 'zone',
              shares: percents.map((percent, index) => ({ value: 'abc'[index] ?? '', percent })),
            },
          ],
          count,
        );
        for (const [index, percent] of percents.entries()) {
          const has = spread['abc'[index] ?? ''] ?? 0;
          expect(Math.abs(has - (percent * count) / 100)).to.be.below(1 + 1e-9);
        }
        const balanced = Object.values(zonesOf([{ rule: 'Balanced', attribute: 'zone' }], count));
        expect(Math.max(...balanced) - Math.min(...balanced)).to.be.at.most(count < 3 ? count : 1);
      }),
      { numRuns: 50 },
    );
  });
});
