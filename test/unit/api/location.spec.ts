import { expect } from 'chai';
import fc from 'fast-check';
import { type Location, parseLocation, scaleLocations, sumOf } from '../../../src/api/location.ts';

function locations(text: string): readonly Location[] {
  const parsed = parseLocation(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.locations;
}

describe('parseLocation', () => {
  it("reads the design's own location", () => {
    expect(locations('dc1:20,us-west-2:dc2:40,dc5:60')).to.deep.equal([
      { domain: 'dc1', count: 20 },
      { region: 'us-west-2', domain: 'dc2', count: 40 },
      { domain: 'dc5', count: 60 },
    ]);
  });

  it('reads one on every agent, and spaces', () => {
    expect(locations(' dc1:* , dc2:0')).to.deep.equal([
      { domain: 'dc1', count: '*' },
      { domain: 'dc2', count: 0 },
    ]);
  });

  const bad = [
    { text: '', problem: /has the entry ""/ },
    { text: 'dc1', problem: /expected \[region:\]faultDomain:count/ },
    { text: 'dc1:', problem: /"" is not a count/ },
    { text: 'dc1:-1', problem: /"-1" is not a count: expected a whole number/ },
    { text: 'dc1:1.5', problem: /"1.5" is not a count/ },
    { text: 'dc1:9999999', problem: /"9999999" is not a count/ },
    { text: 'DC1:1', problem: /"DC1" is not a name/ },
    { text: 'a:b:c:1', problem: /has the entry "a:b:c:1"/ },
    { text: 'dc1:1,,dc2:1', problem: /has the entry ""/ },
    { text: 'dc1:1,us-east-1:dc1:2', problem: /names the fault domain dc1 twice/ },
  ];
  for (const { text, problem } of bad) {
    it(`says what is wrong with "${text}"`, () => {
      const parsed = parseLocation(text);
      expect(parsed.ok).to.equal(false);
      expect(parsed.ok ? '' : parsed.problem).to.match(problem);
    });
  }
});

describe('scaleLocations', () => {
  const cases = [
    { from: 'dc1:20,dc2:40,dc5:60', replicas: 60, counts: [10, 20, 30] },
    { from: 'dc1:20,dc2:40,dc5:60', replicas: undefined, counts: [20, 40, 60] },
    { from: 'dc1:20,dc2:40,dc5:60', replicas: 0, counts: [0, 0, 0] },
    { from: 'dc1:1,dc2:1,dc5:1', replicas: 4, counts: [2, 1, 1] },
    { from: 'dc5:1,dc2:1,dc1:1', replicas: 4, counts: [1, 1, 2] },
    { from: 'dc1:0,dc2:0', replicas: 3, counts: [2, 1] },
    { from: 'dc1:*,dc2:2,dc5:2', replicas: 6, counts: ['*', 3, 3] },
    { from: 'dc1:*', replicas: 6, counts: ['*'] },
  ];
  for (const { from, replicas, counts } of cases) {
    it(`${from} with ${replicas} gives ${counts}`, () => {
      const scaled = scaleLocations(locations(from), replicas);
      expect(scaled.map(({ count }) => count)).to.deep.equal(counts);
    });
  }

  it('always sums to what was asked, within one of the exact share', () => {
    const counts = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(counts, fc.nat(10_000), (found, replicas) => {
        const before = found.map((count, index) => ({ domain: `dc${index}`, count }));
        const scaled = scaleLocations(before, replicas);
        expect(sumOf(scaled)).to.equal(replicas);
        const total = sumOf(before);
        scaled.forEach(({ count }, index) => {
          const share = total === 0 ? 1 / found.length : (found[index] ?? 0) / total;
          expect(Math.abs(Number(count) - replicas * share)).to.be.lessThan(1.000001);
        });
      }),
    );
  });
});
