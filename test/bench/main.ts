import { readdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Bench, describeMachine, type Outcome, runBench } from './harness.ts';

const usage = `npm run bench -- [NAME...] [--json] [--list]

Measures Titan beside a bare baseline, in turn, and prints both, their ratio and its spread.
A NAME runs every bench that begins with it; all run unless one is named.
`;

const notBenches = ['main.ts', 'harness.ts'];

async function findBenches(): Promise<readonly Bench[]> {
  const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.ts'));
  const found: Bench[] = [];
  for (const file of files.toSorted()) {
    if (notBenches.includes(file)) continue;
    const { benches } = (await import(`./${file}`)) as { benches?: readonly Bench[] };
    found.push(...(benches ?? []));
  }
  return found;
}

function toLine({ name, value, unit, baseline, ratio, spread, facts }: Outcome): string {
  const more = Object.entries(facts).map(([fact, figure]) => `, ${fact} ${figure.toPrecision(3)}`);
  return (
    `${name.padEnd(24)} ${round(value).padStart(10)} ${unit}, bare ${round(baseline)}, ` +
    `ratio ${ratio.toFixed(2)} (spread ${Math.round(100 * spread)} %)${more.join('')}`
  );
}

function round(figure: number): string {
  return (figure >= 100 ? Math.round(figure) : Number(figure.toPrecision(3))).toLocaleString('en');
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const benches = await findBenches();
  const wanted = benches.filter(
    ({ name }) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)),
  );
  if (wanted.length === 0) {
    const names = benches.map(({ name }) => name).join(', ');
    throw new Error(`There is no bench ${positionals.join(', ')}; there are ${names}.`);
  }
  if (values.list) {
    for (const { name, about } of wanted) console.log(`${name.padEnd(24)} ${about}`);
    return;
  }
  if (values.json) console.error(describeMachine());
  else console.log(describeMachine());
  for (const bench of wanted) {
    const outcome = await runBench(bench);
    console.log(values.json ? JSON.stringify(outcome) : toLine(outcome));
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
