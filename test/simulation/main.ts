/** `npm run simulate`: plays seeds, and shows of one that breaks a promise the shortest run that still does. */
import { parseArgs } from 'node:util';
import { readSchemas } from '../../src/compose/schemas.ts';
import {
  NAMED_SCENARIOS,
  SCENARIOS,
  type Scenario,
  STORM,
  smaller,
} from '../../src/sim/scenarios.ts';
import { describeRun, type Playable, shrink } from '../../src/sim/shrink.ts';
import { type SimulationResult, simulate } from '../../src/sim/simulate.ts';
import { playCrashPoints } from './crash/main.ts';
import { playLives } from './life/main.ts';
import { BUGS, type BugName, findBug } from './planted/bugs.ts';

const HELP = `npm run simulate -- [--seeds <n>] [--from <seed>] [--weather <part of its name>] [--small] [--storm-seconds <n>] [--replay <n>]
npm run simulate -- --seed <n> [--trace] [--weather <part of its name>]
npm run simulate -- --life [--seeds <n>] [--from <seed>]
npm run simulate -- --life --seed <n> [--trace]
npm run simulate -- --crash-points [--flow <part of its name>]
npm run simulate -- --planted [--seeds <n>] [--bug <part of its name>]

Plays a fault domain through storms drawn from seeds, each seed in one of the weathers, or of those named.
--small has fewer machines and tasks, so that more seeds are played in the same time.
--storm-seconds says for how long faults go on, 240 s unless told, or 60 s if small; 86400 is a day.
--replay plays one seed of so many twice, of 50 unless told: it must do the same, to the hash of all that was done.
--trace prints every step of one seed, and of the shortest run that still breaks a promise.
--life plays the lives of single jobs: rollouts, scaling, drains and crashes, with the job's controller alone.
--crash-points lets the control plane die before and after every effect of some flows, and counts them.
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
    'crash-points': { type: 'boolean', default: false },
    flow: { type: 'string', default: '' },
    replay: { type: 'string', default: '50' },
    'storm-seconds': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const crds = readSchemas();
const checkers = new Map();
const stormMs = Number(values['storm-seconds'] ?? (values.small ? 60 : 240)) * 1_000;
const usual: Readonly<Record<string, Scenario>> = { 'some of everything': STORM, ...SCENARIOS };
const all = values.weather === '' ? usual : { ...usual, ...NAMED_SCENARIOS };
const weathers = Object.entries(all).filter(([name]) => name.includes(values.weather));
const replay = Number(values.replay);
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

/** What came of the seeds so far. */
interface Total {
  failed: number;
  simulatedMs: number;
  steps: number;
  lives: number;
  replayed: number;
  alike: number;
  readonly tally: Map<string, number>;
}

function add(total: Total, { simulatedMs, steps, lives, tally }: SimulationResult): void {
  total.simulatedMs += simulatedMs;
  total.steps += steps;
  total.lives += lives;
  for (const [what, count] of tally) total.tally.set(what, (total.tally.get(what) ?? 0) + count);
}

/** Plays one seed in its weather, shows what is asked for, and says whether it kept every promise. */
async function playShown(seed: number, total: Total): Promise<boolean> {
  const [name, scenario] = weathers[seed % weathers.length] ?? ['', STORM];
  const run = { seed, stormMs, scenario: values.small ? smaller(scenario) : scenario };
  const result = await play(run, values.trace ? 1_000_000 : 0);
  add(total, result);
  if (values.trace) print(`# ${name}\n${result.tail.join('\n')}`);
  if (result.violation !== undefined) {
    await showFailure(name, run);
    return false;
  }
  if (seed % replay !== 0) return true;
  const again = await play(run, 0);
  total.simulatedMs += again.simulatedMs;
  total.replayed += 1;
  if (again.hash === result.hash) total.alike += 1;
  else print(`✗ ${name}: seed ${seed} did not do the same when it was played again`);
  return again.hash === result.hash;
}

async function main(): Promise<void> {
  if (weathers.length === 0) throw new Error(`no weather is called ${values.weather}`);
  const first = Number(values.seed ?? values.from);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  const cpu = process.cpuUsage();
  const tally = new Map<string, number>();
  const total = { failed: 0, simulatedMs: 0, steps: 0, lives: 0, replayed: 0, alike: 0, tally };
  for (let played = 1; played <= count; played += 1) {
    if (!(await playShown(first + played - 1, total))) total.failed += 1;
    if (played % PROGRESS === 0) {
      process.stderr.write(`${played} of ${count} seeds, ${total.failed} broke a promise\n`);
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  print(
    `${total.failed === 0 ? '✓' : '✗'} ${count} seeds from ${first} on, in ${weathers.length} weathers`,
  );
  for (const line of summary(total, (user + system) / 1_000)) print(`  ${line}`);
  if (total.failed > 0) process.exitCode = 1;
}

function summary(total: Total, cpuMs: number): readonly string[] {
  const { failed, steps, lives, replayed, alike, tally, simulatedMs } = total;
  const hours = (simulatedMs / 3_600_000).toFixed(1);
  const times = Math.round(simulatedMs / cpuMs);
  const often = [...tally].toSorted(([, a], [, b]) => b - a);
  return [
    `${failed} broke a promise; ${alike} of ${replayed} did the same when they were played again`,
    `${hours} hours, ${times} times real time by the processor's time; ${steps} steps`,
    `${lives} lives of control planes; ${often.map(([what, count]) => `${what} ${count}`).join(', ')}`,
  ];
}

async function lives(): Promise<void> {
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  if (!(await playLives(Number(values.seed ?? values.from), count, values.trace))) {
    process.exitCode = 1;
  }
}

async function crashPoints(): Promise<void> {
  if (!(await playCrashPoints(values.flow))) process.exitCode = 1;
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
else if (values['crash-points']) await crashPoints();
else await main();
