import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { hasReason } from '../../../src/api/error.ts';
import { fileJournal } from '../../../src/store/journal.ts';

describe('the journal on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'titan-journal-'));
  const path = join(folder, 'inner', 'journal');
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has all that was appended, for the next process too, until it is cleared', async () => {
    const journal = fileJournal({ path });
    await Promise.all([1, 'zwei\n', { drei: '✓' }].map((entry) => journal.append(entry)));
    const next = fileJournal({ path });
    expect(await next.read()).to.deep.equal([1, 'zwei\n', { drei: '✓' }]);
    await next.append(4);
    expect(await next.read()).to.have.length(4);
    await next.clear();
    expect(await fileJournal({ path }).read()).to.deep.equal([]);
    await next.append(5);
    expect(await next.read()).to.deep.equal([5]);
    await next.clear();
  });

  it('leaves out what was torn or spoilt at its end, and goes on before that', async () => {
    const journal = fileJournal({ path });
    for (const entry of ['one', 'two', 'three']) await journal.append(entry);
    const whole = readFileSync(path);
    const cuts = fc.record({ at: fc.nat(whole.length - 1), isSpoilt: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(cuts, async ({ at, isSpoilt }) => {
        writeFileSync(path, whole.subarray(0, at));
        if (isSpoilt) appendFileSync(path, 'x"');
        const lines = whole.subarray(0, at).toString().split('\n').length - 1;
        const before = ['one', 'two', 'three'].slice(0, lines);
        const next = fileJournal({ path });
        expect(await next.read()).to.deep.equal(before);
        await next.append('new');
        expect(await fileJournal({ path }).read()).to.deep.equal([...before, 'new']);
      }),
      { numRuns: 25 },
    );
  });

  it('refuses what would make it longer than it may be, and keeps what it has', async () => {
    const journal = fileJournal({ path: join(folder, 'small'), maxBytes: 100 });
    await journal.append('x'.repeat(50));
    const refused = await journal.append('x'.repeat(50)).catch((thrown: unknown) => thrown);
    expect(hasReason(refused, 'ServiceUnavailable')).to.equal(true);
    await journal.append('y');
    expect(await journal.read()).to.deep.equal(['x'.repeat(50), 'y']);
  });
});
