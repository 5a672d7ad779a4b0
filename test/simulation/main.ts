/** `npm run simulate`: plays seeds, and shows of one that breaks a promise the shortest run that still does. */
import { parseArgs } from 'node:util';
import { readSchemas } from '../../src/compose/schemas.ts';
import {
  OPEN_SCENARIOS,
  SCENARIOS,
  type Scenario,
  STORM,
  smaller,
} from '../../src/sim/scenarios.ts';
import { describeRun, type Playable, shrink } from '../../src/sim/shrink.ts';
import { type SimulationResult, simulate } from '../../src/sim/simulate.ts';
import { playLives } from './life/main.ts';
import { BUGS, type BugName, findBug } from './planted/bugs.ts';

const HELP = `npm run simulate -- [--seeds <n>] [--from <seed>] [--weather <part of its name>] [--small] [--storm-seconds <n>]
npm run simulate -- --seed <n> [--trace] [--weather <part of its name>]
npm run simulate -- --life [--seeds <n>] [--from <seed>]
npm run simulate -- --life --seed <n> [--trace]
npm run simulate -- --planted [--seeds <n>] [--bug <part of its name>]

Plays a fault domain through storms drawn from seeds, each seed in one of the weathers, or of those named.
--small has fewer machines and tasks, so that more seeds are played in the same time.
--trace prints every step of one seed, and of the shortest run that still breaks a promise.
--life plays the lives of single jobs: rollouts, scaling, drains and crashes, with the job's controller alone.
--planted puts one bug after the other into the control plane, and says which seed finds it.`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    weather: { type: 'string', default: '' },
    small: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    life: { type: 'boolean', default: false },
    bug: { type: 'string', default: '' },
    'storm-seconds': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const crds = readSchemas();
const checkers = new Map();
const stormMs = Number(values['storm-seconds'] ?? (values.small ? 60 : 240)) * 1_000;
const usual: Readonly<Record<string, Scenario>> = { 'some of everything': STORM, ...SCENARIOS };
const all = values.weather === '' ? usual : { ...usual, ...OPEN_SCENARIOS };
const weathers = Object.entries(all).filter(([name]) => name.includes(values.weather));
/** One seed of so many is played twice, to see that it does the same. */
const REPLAYED = 50;
const PROGRESS = 100;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function play(run: Playable, tail = 40): Promise<SimulationResult> {
  return simulate({ ...run, crds, checkers, tail });
}

async function showFailure(name: string, start: Playable): Promise<void> {
  const { run, result } = await shrink(start, play);
  print(`✗ ${name}: ${result.violation?.invariant} ${result.violation?.text}`);
  print(`  seed ${start.seed}, shrunk to: ${describeRun(run)}`);
  const shown = values.trace ? (await play(run, 1_000_000)).tail : result.tail;
  for (const line of shown) print(`  ${line}`);
}

/** Plays one seed in its weather, shows what is asked for, and says whether it kept every promise. */
async function playShown(seed: number, total: { simulatedMs: number; steps: number }) {
  const [name, scenario] = weathers[seed % weathers.length] ?? ['', STORM];
  const run = { seed, stormMs, scenario: values.small ? smaller(scenario) : scenario };
  const result = await play(run, values.trace ? 1_000_000 : 0);
  total.simulatedMs += result.simulatedMs;
  total.steps += result.steps;
  if (values.trace) print(`# ${name}\n${result.tail.join('\n')}`);
  if (result.violation !== undefined) {
    await showFailure(name, run);
    return false;
  }
  if (seed % REPLAYED !== 0) return true;
  const again = await play(run, 0);
  total.simulatedMs += again.simulatedMs;
  if (again.hash === result.hash) return true;
  print(`✗ ${name}: seed ${seed} did not do the same when it was played again`);
  return false;
}

async function main(): Promise<void> {
  if (weathers.length === 0) throw new Error(`no weather is called ${values.weather}`);
  const first = Number(values.seed ?? values.from);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  const cpu = process.cpuUsage();
  const total = { simulatedMs: 0, steps: 0 };
  let failed = 0;
  for (let played = 0; played < count; played += 1) {
    if (!(await playShown(first + played, total))) failed += 1;
    if (played > 0 && played % PROGRESS === 0) {
      process.stderr.write(`${played} of ${count} seeds, ${failed} broke a promise\n`);
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  const times = Math.round(total.simulatedMs / ((user + system) / 1_000));
  print(
    `${failed === 0 ? '✓' : '✗'} ${count} seeds from ${first} on, in ${weathers.length} weathers, ${failed} broke a promise; ${total.steps} steps, ${times} times real time by the processor's time`,
  );
  if (failed > 0) process.exitCode = 1;
}

async function lives(): Promise<void> {
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  if (!(await playLives(Number(values.seed ?? values.from), count, values.trace))) {
    process.exitCode = 1;
  }
}

/** The table of `docs/reliability.md`: a line as soon as it is known. */
async function planted(): Promise<void> {
  const names = (Object.keys(BUGS) as BugName[]).filter((name) => name.includes(values.bug));
  const seedsMax = Number(values.seeds);
  let found = 0;
  print('| bug | found by seed | as |\n|---|---|---|');
  for (const name of names) {
    const { seed, result } = await findBug(name, seedsMax, { crds, checkers });
    if (seed !== undefined) found += 1;
    print(`| ${name} | ${seed ?? `none of ${seedsMax}`} | ${result?.violation?.invariant ?? ''} |`);
  }
  print(`\n${found} of ${names.length} found within ${seedsMax} seeds`);
  if (found < names.length) process.exitCode = 1;
}

if (values.help) print(HELP);
else if (values.life) await lives();
else if (values.planted) await planted();
else await main();
