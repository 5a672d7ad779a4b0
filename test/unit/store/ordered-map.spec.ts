import { expect } from 'chai';
import fc from 'fast-check';
import { compareKeys } from '../../../src/store/key.ts';
import { OrderedMap } from '../../../src/store/ordered-map.ts';

const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 4 });

describe('compareKeys', () => {
  it('orders as the bytes of UTF-8 do', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareKeys(a, b))).to.equal(bytes);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('OrderedMap', () => {
  it('is a map whose keys are in order, from any of them on', () => {
    const step = fc.record({ key: fc.nat(3000), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 4000, size: 'max' }), fc.nat(3000), (steps, from) => {
        const ours = new OrderedMap<number>();
        const model = new Map<string, number>();
        const keyOf = (n: number) => String(n).padStart(5, '0');
        for (const [i, { key, remove }] of steps.entries()) {
          for (const map of [ours, model]) {
            if (remove) map.delete(keyOf(key));
            else map.set(keyOf(key), i);
          }
        }
        const expected = [...model].filter(([key]) => key >= keyOf(from)).toSorted(byKey);
        expect([...ours.from(keyOf(from))]).to.deep.equal(expected);
        expect(ours.size).to.equal(model.size);
      }),
      { numRuns: 30 },
    );
  });
});

function byKey([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1;
}
