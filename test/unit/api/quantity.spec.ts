import { expect } from 'chai';
import { diskToMiB, memoryToMiB } from '../../../src/api/quantity.ts';

describe('sizes', () => {
  const memory = [
    [3200, 3200],
    ['3200', 3200],
    ['3200Mi', 3200],
    ['4Gi', 4096],
    ['1.5Gi', 1536],
    ['1M', 1],
    [0, 0],
    [0.5, 1],
    [-1, undefined],
    ['-1', undefined],
    ['12Q', undefined],
    ['', undefined],
    ['lots', undefined],
    [Number.NaN, undefined],
    ['99999999Pi', undefined],
  ] as const;
  for (const [size, mebibytes] of memory) {
    it(`memory ${JSON.stringify(size)} is ${mebibytes} MiB`, () => {
      expect(memoryToMiB(size)).to.equal(mebibytes);
    });
  }

  it('disk without a suffix is GiB', () => {
    expect([diskToMiB(40), diskToMiB('40'), diskToMiB('500Mi')]).to.deep.equal([40960, 40960, 500]);
  });
});
