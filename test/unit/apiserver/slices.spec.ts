import { expect } from 'chai';
import fc from 'fast-check';
import { inSlices } from '../../../src/apiserver/slices.ts';

describe('inSlices', () => {
  it('loses nothing, keeps the order, and gives others their turn after some 64 KB', async () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 9 })
      .map((each) => each.repeat(5_000));
    const part = fc.oneof(
      text,
      text.map((each) => Buffer.from(each)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
        const longest = Math.max(0, ...parts.map(({ length }) => length));
        const slices: Uint8Array[] = [];
        let turns = 0;
        const turn = {
          isOver: () => false,
          next: async () => {
            turns += 1;
          },
        };
        for await (const slice of inSlices(parts, turn)) slices.push(Buffer.from(slice));
        expect(turns).to.equal(Math.max(0, slices.length - 1));
        for (const { length } of slices)
          expect(length).to.be.at.most(Math.max(64 * 1024, 3 * longest));
        const joined = (all: readonly (string | Uint8Array)[]) =>
          Buffer.concat(all.map((one) => Buffer.from(one))).toString();
        expect(joined(slices)).to.equal(joined(parts));
      }),
      { numRuns: 30 },
    );
  });
});
