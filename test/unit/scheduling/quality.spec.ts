import { expect } from 'chai';
import { createQualityRecord, type Fault } from '../../../src/scheduling/fitness/quality.ts';

const MINUTE = 60_000;

describe('the quality of an agent', () => {
  const cases: readonly {
    readonly name: string;
    readonly faults: readonly (readonly [fault: Fault, minute: number])[];
    readonly at: number;
    readonly quality: number;
  }[] = [
    { name: 'nothing against it', faults: [], at: 0, quality: 1 },
    { name: 'lost before it started', faults: [['LostBeforeStart', 0]], at: 0, quality: 0.7 },
    { name: 'lost later', faults: [['LostAfterStart', 0]], at: 0, quality: 0.9 },
    { name: 'a crash of a minute ago', faults: [['Crash', 0]], at: 1, quality: 0.85 },
    { name: 'a start error, four minutes old', faults: [['StartError', 0]], at: 4, quality: 0.9 },
    {
      name: 'two start errors at once',
      faults: [
        ['StartError', 0],
        ['StartError', 0],
      ],
      at: 0,
      quality: 0,
    },
    {
      name: 'never below nothing',
      faults: [
        ['StartError', 0],
        ['StartError', 0],
        ['Crash', 0],
      ],
      at: 0,
      quality: 0,
    },
    { name: 'forgotten after five minutes', faults: [['StartError', 0]], at: 5, quality: 1 },
  ];
  for (const { name, faults, at, quality } of cases) {
    it(`${name}: ${quality}`, () => {
      const record = createQualityRecord();
      for (const [fault, minute] of faults) record.fault('a', fault, minute * MINUTE);
      expect(record.quality('a', at * MINUTE)).to.be.closeTo(quality, 1e-9);
      expect(record.quality('b', at * MINUTE)).to.equal(1);
      expect(record.marked(at * MINUTE)).to.deep.equal(quality < 1 ? ['a'] : []);
    });
  }

  it('is whole again after one clean start', () => {
    const record = createQualityRecord();
    record.fault('a', 'StartError', 0);
    record.cleanStart('a');
    expect(record.quality('a', 0)).to.equal(1);
  });
});
