import { expect } from 'chai';
import fc from 'fast-check';
import { createIndexedMap } from '../../../src/runtime/indexed-map.ts';

interface Thing {
  readonly color: string;
  readonly labels: readonly string[];
}

const COLORS = ['red', 'green'];
const LABELS = ['a', 'b', 'c'];
const thing = fc.record({
  color: fc.constantFrom(...COLORS),
  labels: fc.uniqueArray(fc.constantFrom(...LABELS)),
});
const step = fc.record({
  key: fc.constantFrom('1', '2', '3', '4'),
  value: fc.option(thing, { nil: undefined }),
});

const INDEXES = {
  color: ({ color }: Thing) => [color],
  label: ({ labels }: Thing) => labels,
};
const ASKED = [
  ...COLORS.map((value) => ['color', value] as const),
  ...LABELS.map((value) => ['label', value] as const),
];

describe('a map with indexes', () => {
  it('finds what a search through all of it would, whatever came and went', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const map = createIndexedMap<Thing>(INDEXES);
        const all = new Map<string, Thing>();
        for (const { key, value } of steps) {
          if (value === undefined) map.delete(key);
          else map.set(key, value);
          if (value === undefined) all.delete(key);
          else all.set(key, value);
          for (const [index, asked] of ASKED) {
            const wanted = [...all.values()].filter((each) => INDEXES[index](each).includes(asked));
            const found = map.by(index, asked);
            expect(found).to.have.length(wanted.length);
            expect(found).to.include.members(wanted);
            expect(map.count(index, asked)).to.equal(wanted.length);
          }
        }
        expect([...map.entries()]).to.have.deep.members([...all]);
      }),
    );
  });

  it('gives the same list of several until one of them changes', () => {
    const map = createIndexedMap<Thing>(INDEXES);
    map.set('1', { color: 'red', labels: [] });
    map.set('2', { color: 'red', labels: [] });
    const before = map.by('color', 'red');
    map.set('3', { color: 'green', labels: ['a'] });
    expect(map.by('color', 'red')).to.equal(before);
    map.set('2', { color: 'red', labels: ['a'] });
    expect(map.by('color', 'red')).not.to.equal(before);
  });
});
