/** `npm run simulate`: plays seeds, and shows of one that breaks a promise the shortest run that still does. */
import { parseArgs } from 'node:util';
import { readSchemas } from '../../src/compose/schemas.ts';
import { SCENARIOS, type Scenario, STORM } from '../../src/sim/scenarios.ts';
import { describeRun, type Playable, shrink } from '../../src/sim/shrink.ts';
import { type SimulationResult, simulate } from '../../src/sim/simulate.ts';

const HELP = `npm run simulate -- [--seeds <n>] [--from <seed>] [--weather <part of its name>] [--storm-seconds <n>]
npm run simulate -- --seed <n> [--trace] [--weather <part of its name>]

Plays a fault domain through storms drawn from seeds, in every weather or in those named.
--trace prints every step of one seed.`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    weather: { type: 'string' },
    trace: { type: 'boolean', default: false },
    'storm-seconds': { type: 'string', default: '240' },
    help: { type: 'boolean', default: false },
  },
});
const crds = readSchemas();
const checkers = new Map();
const stormMs = Number(values['storm-seconds']) * 1_000;
const all: Readonly<Record<string, Scenario>> = { 'some of everything': STORM, ...SCENARIOS };
const weathers = Object.entries(all).filter(([name]) => name.includes(values.weather ?? ''));

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function play(run: Playable, tail = 40): Promise<SimulationResult> {
  return simulate({ ...run, crds, checkers, tail });
}

async function showFailure(name: string, start: Playable): Promise<void> {
  const { run, result } = await shrink(start, play);
  print(`✗ ${name}: ${result.violation?.invariant} ${result.violation?.text}`);
  print(`  shrunk to: ${describeRun(run)}`);
  const shown = values.trace ? (await play(run, 1_000_000)).tail : result.tail;
  for (const line of shown) print(`  ${line}`);
}

/** Plays one seed in one weather, and shows what is asked for. */
async function playShown(name: string, run: Playable): Promise<SimulationResult> {
  const result = await play(run, values.trace ? 1_000_000 : 0);
  if (process.env.T)
    print(
      `${name.slice(0, 30)} ${run.seed} ${result.steps} ${result.simulatedMs} ${performance.now()}`,
    );
  if (values.trace) print(`# ${name}\n${result.tail.join('\n')}`);
  if (result.violation !== undefined) await showFailure(name, run);
  return result;
}

async function main(): Promise<void> {
  const first = Number(values.seed ?? values.from);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  const cpu = process.cpuUsage();
  let [simulatedMs, steps, failed] = [0, 0, 0];
  for (let seed = first; seed < first + count; seed += 1) {
    for (const [name, scenario] of weathers) {
      const result = await playShown(name, { seed, stormMs, scenario });
      simulatedMs += result.simulatedMs;
      steps += result.steps;
      if (result.violation !== undefined) failed += 1;
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  const times = Math.round(simulatedMs / ((user + system) / 1_000));
  print(
    `${failed === 0 ? '✓' : '✗'} ${count} seeds in ${weathers.length} weathers, ${failed} broke a promise; ${steps} steps, ${times} times real time by the processor's time`,
  );
  if (failed > 0) process.exitCode = 1;
}

if (values.help) print(HELP);
else await main();
