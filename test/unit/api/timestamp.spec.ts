import { expect } from 'chai';
import fc from 'fast-check';
import { fromTimestamp, toTimestamp } from '../../../src/api/object.ts';

describe('timestamps', () => {
  it('are the whole seconds of RFC 3339, of any moment', () => {
    const moment = fc.integer({ min: Date.UTC(1000, 0, 1), max: Date.UTC(9999, 11, 31) });
    fc.assert(
      fc.property(moment, (at) => {
        expect(toTimestamp(at)).to.equal(`${new Date(at).toISOString().slice(0, 19)}Z`);
        expect(fromTimestamp(toTimestamp(at))).to.equal(Math.floor(at / 1000) * 1000);
      }),
    );
  });

  it('cannot be made of no moment', () => {
    expect(() => toTimestamp(Number.NaN)).to.throw(RangeError);
  });
});
