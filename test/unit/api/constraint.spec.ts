import { expect } from 'chai';
import { type Constraint, FITNESS, RULES } from '../../../src/api/constraint.ts';
import { validateJob } from '../../../src/api/job.ts';
import { taskShape } from '../../../src/api/task-shape.ts';
import { createCatalog } from '../../../src/scheduling/place/catalog.ts';
import { aJob } from '../../support/builders.ts';

describe('the constraints of a job', () => {
  const good: readonly Constraint[] = [
    { rule: 'Equals', attribute: 'zone', values: ['a'] },
    { rule: 'In', attribute: 'host', values: ['a', 'b'], weight: 3 },
    { rule: 'Exists', attribute: 'gpu' },
    { rule: 'AtLeast', attribute: 'generation', values: ['2.5'] },
    { rule: 'VersionLessThan', attribute: 'kernel', values: ['6.1-rc2'] },
    { rule: 'Matches', attribute: 'type', values: ['m[45]\\..*'] },
    { rule: 'Unique' },
    { rule: 'MaxPer', attribute: 'rack', number: 2 },
    { rule: 'Balanced', attribute: 'zone' },
    { rule: 'Spread', attribute: 'zone', shares: [{ value: 'a', percent: 60 }] },
    { rule: 'ExclusiveHost' },
    { rule: 'WithJob', job: 'db' },
  ];
  for (const constraint of good) {
    it('takes the rules and fitness that plugins bring, with whatever fields', () => {
      const constraints = [{ rule: 'EvenAgent', number: 2 }];
      const placement = { fitness: [{ name: 'LastFirst', weight: 1 }] };
      const plugins = { rules: ['EvenAgent'], fitness: ['LastFirst'] };
      expect(validateJob(aJob({ constraints, placement }), plugins)).to.deep.equal([]);
      expect(validateJob(aJob({ constraints, placement }))).to.have.length(2);
    });

    it(`takes ${JSON.stringify(constraint)}`, () => {
      expect(validateJob(aJob({ constraints: [constraint] }))).to.deep.equal([]);
    });
  }

  const bad: readonly (readonly [constraint: Constraint, field: string, says: RegExp])[] = [
    [{ rule: 'Nearby' }, 'rule', /^Unsupported value: "Nearby": supported values: "Equals", /],
    [{ rule: 'Equals', attribute: 'zone' }, 'values', /Required value: the rule Equals needs it/],
    [{ rule: 'In', values: ['a'] }, 'attribute', /Required/],
    [{ rule: 'Equals', attribute: 'zone', values: ['a', 'b'] }, 'values[1]', /use In for several/],
    [{ rule: 'ExclusiveHost', attribute: 'zone' }, 'attribute', /does not use it; remove it/],
    [{ rule: 'AtLeast', attribute: 'cores', values: ['many'] }, 'values[0]', /must be a number/],
    [
      { rule: 'VersionAtLeast', attribute: 'os', values: ['new'] },
      'values[0]',
      /must be a version/,
    ],
    [{ rule: 'Matches', attribute: 'os', values: ['('] }, 'values[0]', /RE2's syntax/],
    [{ rule: 'Balanced', attribute: 'host' }, 'attribute', /use MaxPer, Unique or the fitness/],
    [{ rule: 'MaxPer' }, 'number', /Required/],
    [{ rule: 'WithJob' }, 'job', /Required/],
    [
      {
        rule: 'Spread',
        attribute: 'zone',
        shares: [
          { value: 'a', percent: 60 },
          { value: 'b', percent: 50 },
        ],
      },
      'shares',
      /must not exceed 100/,
    ],
    [
      {
        rule: 'Spread',
        attribute: 'zone',
        shares: [
          { value: 'a', percent: 20 },
          { value: 'a', percent: 30 },
        ],
      },
      'shares[1].value',
      /named twice/,
    ],
  ];
  for (const [constraint, field, says] of bad) {
    it(`refuses ${JSON.stringify(constraint)}, and says so of ${field}`, () => {
      const [fault, ...others] = validateJob(aJob({ constraints: [constraint] }));
      expect(others).to.deep.equal([]);
      expect(fault?.field).to.equal(`spec.constraints[0].${field}`);
      expect(fault?.message).to.match(says);
    });
  }

  it('refuses a fitness that nobody has', () => {
    const [fault] = validateJob(aJob({ placement: { fitness: [{ name: 'Best', weight: 1 }] } }));
    expect(fault?.field).to.equal('spec.placement.fitness[0].name');
    expect(fault?.message).to.match(/^Unsupported value: "Best": supported values: "PackCpus"/);
  });

  it('names only what the scheduler has', () => {
    const catalog = createCatalog();
    expect(Object.keys(RULES).toSorted()).to.deep.equal([...catalog.rules.keys()].toSorted());
    for (const name of FITNESS) expect(catalog.fitness.has(name), name).to.equal(true);
  });

  it('reach the tasks', () => {
    const spec = { constraints: [{ rule: 'Unique' }], placement: { goodEnough: 0.9 } };
    expect(taskShape(aJob(spec))).to.deep.include(spec);
    expect(taskShape(aJob())).to.not.have.any.keys('constraints', 'placement');
  });
});
