import { readFileSync, statSync } from 'node:fs';
import { expect } from 'chai';

describe('the program', () => {
  it('can be run by npx in a fresh clone', () => {
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(statSync(bin.titan).mode & 0o111).to.equal(0o111);
  });
});
