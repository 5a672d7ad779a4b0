import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { normaliseTables, runScenario } from '../support/scenario.ts';
import { createTitan } from '../support/titan.ts';

const FILE = 'test/scenario/scheduling.txt';
/** Runs on the same server, after the other. */
const LIFE = 'test/scenario/life/processes.txt';

/** What the README shows of plugins, plans and explanations, with real kubectl and a real `titan up`. */
describe('plugins, plans and explanations', function () {
  this.timeout(300_000);

  it('are what the README shows', async () => {
    const domains = ['--domains', 'dc1=us-east-1', '--agents', '4x8cpu,16GiB'];
    const plugin = ['--scheduler-plugin', 'docs/examples/even-agents.ts'];
    const titan = createTitan({ flags: ['--store', 'memory', ...domains, ...plugin] });
    try {
      await titan.start();
      for (const file of [FILE, LIFE]) {
        await runScenario({
          file,
          record: process.env.RECORD === '1',
          normalise: normaliseTables,
          run: (command) => titan.sh(command),
        });
      }
    } finally {
      await titan.end();
    }
  });

  it('stand in the README as they are tried', () => {
    const [, section = ''] = readFileSync('README.md', 'utf8').split('## Where tasks go');
    const [, shown = ''] = /```console\n(.*?)```/s.exec(section) ?? [];
    const lines = normaliseTables(shown.replaceAll('$ npx ', '$ ')).trim().split('\n').slice(1);
    const tried = new Set(readFileSync(FILE, 'utf8').split('\n'));
    expect(lines).to.have.length.above(10);
    expect(lines.filter((line) => !tried.has(line))).to.deep.equal([]);
  });
});
