import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startClientApi } from '../support/client-api.ts';
import { type AskedPart, bringPart, type Part } from '../support/parts.ts';
import { normalise } from './normalise.ts';
import { runCommands } from './shell.ts';
import { expectedOf, parseTable, printTable } from './table.ts';

/** The parts that commands call by name, by the versions that tables name. */
export type Versions = Readonly<Record<string, Readonly<Record<string, Part | AskedPart>>>>;

const LIMIT_MS = 150_000;

/**
 * Runs the tables of a folder with each of the versions, each against an API server of its own, side by side.
 * RECORD=1 in the environment writes down what is printed now.
 */
export function playTables(folder: string, versions: Versions): void {
  for (const file of readdirSync(folder).sort()) playTable(join(folder, file), versions);
}

function playTable(path: string, versions: Versions): void {
  describe(path, () => {
    const rows = parseTable(readFileSync(path, 'utf8'));
    const printed = new Map<string, readonly string[]>();

    before(async function () {
      this.timeout(300_000);
      const all = Object.entries(versions).map(async ([version, parts]) => {
        printed.set(version, []);
        printed.set(version, await run(await programsOf(parts)));
      });
      const failed = (await Promise.allSettled(all)).find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
      if (process.env.RECORD === '1') writeFileSync(path, printTable(rows, printed));
    });

    async function run(programs: Readonly<Record<string, string>>): Promise<readonly string[]> {
      const folder = mkdtempSync(join(tmpdir(), 'titan-conformance-'));
      const api = await startClientApi();
      try {
        cpSync('test/fixtures/conformance', folder, { recursive: true });
        cpSync('test/fixtures/chart', join(folder, 'chart'), { recursive: true });
        const shell = {
          folder,
          programs,
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
        for (const version of Object.keys(versions)) {
          const text = printed.get(version)?.[index] ?? '';
          if (process.env.RECORD === '1') continue;
          expect(text, `${path}:${row.line} with ${version}`).to.equal(expectedOf(row, version));
        }
      });
    }
  });
}

async function programsOf(parts: Versions[string]): Promise<Readonly<Record<string, string>>> {
  const paths: Record<string, string> = {};
  for (const [name, part] of Object.entries(parts)) paths[name] = await bringPart(part);
  return paths;
}
