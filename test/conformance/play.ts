import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startClientApi } from '../support/client-api.ts';
import { type AskedPart, bringPart, type Part } from '../support/parts.ts';
import { normalise } from './normalise.ts';
import { runCommands } from './shell.ts';
import { expectedOf, isRunBy, type Printed, parseTable, printTable, type Row } from './table.ts';

/** The parts that commands call by name, by the versions that tables name. */
export type Versions = Readonly<Record<string, Readonly<Record<string, Part | AskedPart>>>>;

const LIMIT_MS = 150_000;
/** Runs of a table with a version at a time: a client waits for the server half of its time. */
const SIDE_BY_SIDE = 3;

/**
 * Runs the tables of a folder with each of the versions, each against an API server of its own, some side by side.
 * RECORD=1 in the environment writes down what is printed now.
 */
export function playTables(folder: string, versions: Versions): void {
  const turn = createTurns(SIDE_BY_SIDE);
  const tables = readdirSync(folder)
    .sort()
    .map((file) => aTable(join(folder, file)));
  let runs: readonly Run[] = [];
  const begin = () => {
    if (runs.length > 0) return;
    runs = tables.flatMap((table) =>
      Object.entries(versions).map(([version, parts]) => {
        const printed = turn(async () => play(table, version, await programsOf(parts)));
        // Its own table tells of a failure, once it is that table's turn.
        printed.catch(() => undefined);
        return { table, version, printed };
      }),
    );
  };
  for (const table of tables) {
    describe(table.path, () => {
      before(begin);
      compareTable(table, () => runs.filter((run) => run.table === table));
    });
  }
}

interface Table {
  readonly path: string;
  readonly rows: readonly Row[];
}

/** One table as it is run with one version. */
interface Run {
  readonly table: Table;
  readonly version: string;
  readonly printed: Promise<Printed>;
}

function aTable(path: string): Table {
  return { path, rows: parseTable(readFileSync(path, 'utf8')) };
}

/** The tests of a table: one for each row, of what it printed with the versions that run it. */
function compareTable({ path, rows }: Table, runs: () => readonly Run[]): void {
  const printed = new Map<string, Printed>();

  before(async function () {
    this.timeout(300_000);
    for (const { version, printed: texts } of runs()) printed.set(version, await texts);
    if (process.env.RECORD === '1') writeFileSync(path, printTable(rows, printed));
  });

  for (const row of rows) {
    it(row.command, () => {
      for (const [version, texts] of printed) {
        if (process.env.RECORD === '1' || !isRunBy(row, version)) continue;
        const text = texts.get(row);
        expect(text, `${path}:${row.line} with ${version}`).to.equal(expectedOf(row, version));
      }
    });
  }
}

async function play(
  { rows }: Table,
  version: string,
  programs: Readonly<Record<string, string>>,
): Promise<Printed> {
  const folder = mkdtempSync(join(tmpdir(), 'titan-conformance-'));
  const api = await startClientApi();
  try {
    cpSync('test/fixtures/conformance', folder, { recursive: true });
    cpSync('test/fixtures/chart', join(folder, 'chart'), { recursive: true });
    const shell = { folder, programs, kubeconfig: api.kubeconfigText, limitMs: LIMIT_MS };
    const own = rows.filter((row) => isRunBy(row, version));
    const commands = own.map(({ command }) => command);
    const texts = await runCommands(commands, shell);
    expect(api.errors).to.deep.equal([]);
    return new Map(
      own.map((row, index) => [row, normalise(texts[index] ?? '', [folder, api.url])]),
    );
  } finally {
    await api.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lets so many at a time do their work, in the order in which they ask. */
function createTurns(count: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

async function programsOf(parts: Versions[string]): Promise<Readonly<Record<string, string>>> {
  const paths: Record<string, string> = {};
  for (const [name, part] of Object.entries(parts)) paths[name] = await bringPart(part);
  return paths;
}
