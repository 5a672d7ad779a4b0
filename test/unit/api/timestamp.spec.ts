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

  it('are read as the platform reads them, whatever they are', () => {
    const two = fc.nat(99).map((number) => String(number).padStart(2, '0'));
    const mark = fc.constantFrom('-', 'T', ':', 'Z', ' ', 'x');
    const like = fc
      .tuple(fc.tuple(two, two, two, two, two, two, two), fc.tuple(mark, mark))
      .map(([[y, z, m, d, h, n, s], [a, b]]) => [`${y}${z}-${m}-${d}T${h}:${n}:${s}Z`, a, b])
      .map(([text = '', a = '', b = '']) => [text, text.replace('T', a).replace('Z', b)]);
    fc.assert(
      fc.property(like, (texts) => {
        for (const text of texts) expect(fromTimestamp(text)).to.deep.equal(Date.parse(text));
      }),
    );
    for (const text of [
      '',
      '2026-02-29T00:00:00Z',
      '2026-01-02T03:04:05.5Z',
      '2026-01-31T00:00:00Z',
    ]) {
      expect(fromTimestamp(text)).to.deep.equal(Date.parse(text));
    }
  });

  it('cannot be made of no moment', () => {
    expect(() => toTimestamp(Number.NaN)).to.throw(RangeError);
  });
});
