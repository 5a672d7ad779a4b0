import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startClientApi } from '../support/client-api.ts';
import { bringPart } from '../support/parts.ts';
import { normalise } from './normalise.ts';
import { runCommands } from './shell.ts';
import { expectedOf, parseTable, printTable } from './table.ts';

const TABLES = 'test/conformance/kubectl';
const PROGRAMS = {
  '1.20': 'kubectl-1.20',
  '1.32': 'kubectl-1.32',
  '1.35': 'kubectl-1.35',
} as const;
const LIMIT_MS = 60_000;

/**
 * Every verb and flag of kubectl that needs neither pods nor nodes, with three versions of it, against the API server.
 * RECORD=1 in the environment writes down what is printed now.
 */
for (const file of readdirSync(TABLES).sort()) {
  describe(`kubectl: ${file}`, () => {
    const path = join(TABLES, file);
    const rows = parseTable(readFileSync(path, 'utf8'));
    const printed = new Map<string, readonly string[]>();

    before(async function () {
      this.timeout(300_000);
      const all = Object.entries(PROGRAMS).map(async ([version, name]) => {
        printed.set(version, []);
        printed.set(version, await run(await bringPart(name)));
      });
      const failed = (await Promise.allSettled(all)).find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
      if (process.env.RECORD === '1') writeFileSync(path, printTable(rows, printed));
    });

    async function run(kubectl: string): Promise<readonly string[]> {
      const folder = mkdtempSync(join(tmpdir(), 'titan-conformance-'));
      const api = await startClientApi();
      try {
        cpSync('test/fixtures/conformance', folder, { recursive: true });
        const shell = {
          folder,
          programs: { kubectl },
          kubeconfig: api.kubeconfigText,
          limitMs: LIMIT_MS,
        };
        const commands = rows.map(({ command }) => command);
        const texts = await runCommands(commands, shell);
        expect(api.errors).to.deep.equal([]);
        return texts.map((text) => normalise(text, [folder, api.url]));
      } finally {
        await api.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    }

    for (const [index, row] of rows.entries()) {
      it(row.command, () => {
        for (const version of Object.keys(PROGRAMS)) {
          const text = printed.get(version)?.[index] ?? '';
          if (process.env.RECORD === '1') continue;
          expect(text, `${path}:${row.line} with kubectl ${version}`).to.equal(
            expectedOf(row, version),
          );
        }
      });
    }
  });
}
