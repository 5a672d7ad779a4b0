import { expect } from 'chai';
import fc from 'fast-check';
import { wrapped } from '../../../src/cli/wrapped.ts';

describe('text in lines', () => {
  it('indents the first line, and the others by two more', () => {
    const text = Array(30).fill('word').join(' ');
    expect(wrapped(text, '    ')).to.deep.equal([
      `    ${Array(19).fill('word').join(' ')}`,
      `      ${Array(11).fill('word').join(' ')}`,
    ]);
  });

  it('is as wide as may be, breaks no word and loses none', () => {
    const anyWord = fc.string({ minLength: 1, maxLength: 120, unit: fc.constantFrom('a', 'b') });
    fc.assert(
      fc.property(fc.array(anyWord, { minLength: 1, maxLength: 30 }), (words) => {
        const lines = wrapped(words.join(' '), '  ');
        expect(lines.flatMap((line) => line.trim().split(' '))).to.deep.equal(words);
        for (const [at, line] of lines.entries()) {
          expect(line.length <= 100 || !line.trim().includes(' ')).to.equal(true);
          const [next] = lines[at + 1]?.trim().split(' ') ?? [];
          if (next !== undefined) expect(line.length + 1 + next.length).to.be.above(100);
        }
      }),
    );
  });
});
