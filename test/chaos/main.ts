/** `npm run chaos`: real processes, real faults, for as long as is asked; a table of what became of each. */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/runtime/random.ts';
import { FAULTS, type Fault } from './faults.ts';
import { measureAtMostOne, type Tally } from './figures/at-most-one.ts';
import { measureFailover } from './figures/failover.ts';
import { type Lag, measureFlood } from './figures/flood.ts';
import { measureHandOver } from './figures/hand-over.ts';
import { measureIdle } from './figures/idle.ts';
import { type Minute, measureSoak, type Vitals } from './figures/soak.ts';
import { type Report, type Row, runChaos } from './run.ts';

const HELP = `npm run chaos -- [--minutes <n>] [--seed <n>] [--writes <per second>] [--replicas <n>] [--fault <part of its name>] [--logs <folder>]
npm run chaos -- --figure failover [--tasks <n>] [--logs <folder>]
npm run chaos -- --figure hand-over [--rounds <n>] [--logs <folder>]
npm run chaos -- --figure idle [--tasks <n>] [--minutes <n>] [--logs <folder>]
npm run chaos -- --figure soak [--minutes <n>] [--rate <transitions per second>] [--logs <folder>]
npm run chaos -- --figure flood [--tasks <n>] [--seconds <n>] [--logs <folder>]
npm run chaos -- --figure at-most-one [--kills <n>] [--stops <n>] [--members <n>] [--seed <n>] [--writes <per second>] [--replicas <n>] [--logs <folder>]

Three etcd members, replicas and a local Mesos with its agents, on loopback: clients write, people change a job, and
one fault after the other strikes, drawn from the seed. Prints a table; the exit code is 1 where a promise was broken.`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    writes: { type: 'string', default: '200' },
    replicas: { type: 'string', default: '3' },
    fault: { type: 'string', default: '' },
    logs: { type: 'string' },
    figure: { type: 'string' },
    tasks: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '200' },
    kills: { type: 'string', default: '500' },
    stops: { type: 'string', default: '200' },
    members: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
});

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** All faults in an order of the seed, then all in another, until the time is over. */
function* drawn(faults: readonly Fault[], seed: number, untilMs: number): Generator<Fault> {
  const random = seededRandom(seed);
  for (;;) {
    const ranks = new Map(faults.map((fault) => [fault, random.next()]));
    for (const fault of faults.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0))) {
      if (performance.now() >= untilMs) return;
      yield fault;
    }
  }
}

function shown(row: Row): string {
  const ms = (value: number) => `${Math.round(value)} ms`.padStart(9);
  return `${row.fault.padEnd(42)} ${ms(row.apiGapMs)} ${ms(row.rawGapMs)} ${ms(row.convergedMs)}`;
}

/** In seconds. */
function middleAndWorst(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const seconds = (ms = 0) => (ms / 1_000).toFixed(1);
  return `${seconds(sorted[Math.floor(sorted.length / 2)])} / ${seconds(sorted.at(-1))}`;
}

/** Of each fault: how often, and the middle and the worst of each time. */
function table(rows: readonly Row[]): string {
  const lines = [...Map.groupBy(rows, ({ fault }) => fault)].map(([fault, own]) => {
    const times = [
      middleAndWorst(own.map(({ apiGapMs }) => apiGapMs)),
      middleAndWorst(own.map(({ rawGapMs }) => rawGapMs)),
      middleAndWorst(own.map(({ convergedMs }) => convergedMs)),
    ];
    return `| ${[fault, own.length, ...times].join(' | ')} |`;
  });
  const head =
    '| fault | times | API write gap, s (middle / worst) | raw etcd write gap, s | well again after, s |';
  return [head, '|---|---|---|---|---|', ...lines].join('\n');
}

function printReport(report: Report): void {
  const { rows, operations, acknowledged, unknown, seconds, looks, late } = report;
  const { rawOperations, rawRefusals } = report;
  const broken = [...report.broken, ...late];
  print(table(rows));
  const rate = Math.round(acknowledged / seconds);
  print(
    `\n${rows.length} faults in ${Math.round(seconds)} s; ${operations} operations in the history, ${acknowledged} writes acknowledged (${rate} a second), ${unknown} answers unknown; ${rawOperations} straight to etcd; ${looks} looks at the processes; ${machine()}`,
  );
  for (const text of rawRefusals) print(`! etcd itself: ${text}`);
  printBroken(broken);
}

/** The exit code says it too. */
function printBroken(broken: readonly string[]): void {
  for (const text of broken) print(`✗ ${text}`);
  print(broken.length === 0 ? '✓ no promise was broken' : `✗ ${broken.length} broken`);
  if (broken.length > 0) process.exitCode = 1;
}

const SHOW: Readonly<Record<string, () => Promise<void>>> = {
  failover: showFailover,
  'hand-over': showHandOver,
  idle: showIdle,
  soak: showSoak,
  flood: showFlood,
  'at-most-one': showAtMostOne,
};

async function showFigure(name: string): Promise<void> {
  const show = SHOW[name];
  const all = Object.keys(SHOW).join(', ');
  if (show === undefined) throw new Error(`no figure is called ${name}; there are ${all}`);
  await show();
}

async function showIdle(): Promise<void> {
  const minutes = Number(values.minutes);
  const figures = await measureIdle(
    { tasks: Number(values.tasks), minutes },
    { logs: values.logs },
  );
  const { tasks, jobs, cpuPercent, rssMib } = figures;
  print(
    `${tasks} tasks of ${jobs} jobs, nothing happens for ${minutes} minutes: ${cpuPercent.toFixed(1)} % of a core, ${Math.round(rssMib)} MiB resident; ${machine()}`,
  );
}

async function showSoak(): Promise<void> {
  const { minutes, rate, logs } = values;
  const asked = { minutes: Number(minutes), perSecond: Number(rate) };
  const tell = (minute: Minute) => print(minuteText(minute));
  const { rssGrowthPercent, sinceMinute, before, after, left } = await measureSoak(asked, {
    tell,
    logs,
  });
  print(`at rest before: ${vitalsText(before)}`);
  print(`at rest after:  ${vitalsText(after)}`);
  print(
    `resident memory grew by ${rssGrowthPercent.toFixed(1)} % after minute ${sinceMinute}; left over: ${left.join(', ') || 'nothing'}; ${machine()}`,
  );
}

function minuteText({ minute, perSecond, offers, vitals }: Minute): string {
  return `minute ${minute}: ${perSecond.toFixed(0)} transitions a second, ${offers} offers outstanding, ${vitalsText(vitals)}`;
}

function vitalsText({ rssMib, heapMib, cpuMs, delays, open }: Vitals): string {
  const held = `${rssMib.toFixed(0)} MiB resident, ${heapMib.toFixed(1)} of heap`;
  const late = `99.9 % of delays below ${delays.wallMs.toFixed(1)} ms (${delays.cpuMs.toFixed(1)} of the own thread)`;
  const kinds = Object.entries(open).map(([kind, count]) => `${count} ${kind}`);
  return `${held}, ${(cpuMs / 1_000).toFixed(0)} s of a processor by now, ${late}; open: ${kinds.join(', ')}`;
}

async function showFlood(): Promise<void> {
  const { tasks, seconds, logs } = values;
  const asked = { tasks: Number(tasks), seconds: Number(seconds) };
  const { capacity, perSecond, flood, unloaded, flooded, rssMib } = await measureFlood(asked, {
    logs,
  });
  const answers = Object.entries(flood.answers).map(([code, count]) => `${count} of ${code}`);
  print(
    `${tasks} tasks: ${Math.round(capacity)} reads a second are answered; asked ${Math.round(perSecond)} a second for ${seconds} s: ${answers.join(', ')}, the slowest after ${Math.round(flood.longestMs)} ms`,
  );
  print(
    `from the loss of a task until the next one is stored: ${lagText(unloaded)}; in the flood ${lagText(flooded)}: ${(flooded.p99Ms / unloaded.p99Ms).toFixed(1)} times at p99; ${Math.round(rssMib.before)} MiB resident before, ${Math.round(rssMib.after)} after; ${machine()}`,
  );
}

function lagText({ looks, p50Ms, p99Ms }: Lag): string {
  return `${Math.round(p50Ms)} ms (p99 ${Math.round(p99Ms)}, ${looks} times)`;
}

async function showFailover(): Promise<void> {
  const kept = { logs: values.logs };
  const figures = await measureFailover(Number(values.tasks), kept);
  const { tasks, leaseMs, bareReadMs, firstTaskMs, longestStallMs } = figures;
  const ratio = ((firstTaskMs - leaseMs) / bareReadMs).toFixed(1);
  print(
    `${tasks} tasks: first task of the next leader ${Math.round(firstTaskMs)} ms after the death of the one before: the lease of ${leaseMs} ms and ${ratio} times a bare read (${Math.round(bareReadMs)} ms); longest stall ${longestStallMs} ms; ${machine()}`,
  );
}

async function showHandOver(): Promise<void> {
  const { leaseMs, handOvers } = await measureHandOver(Number(values.rounds), values.logs);
  const office = middleAndWorst(handOvers.map(({ officeMs }) => officeMs));
  const task = middleAndWorst(handOvers.map(({ firstTaskMs }) => firstTaskMs));
  print(
    `${handOvers.length} leaders told to end, with a lease of ${leaseMs} ms: another led after ${office} s (middle / worst), and had made a task of a job of after that signal after ${task} s; ${machine()}`,
  );
}

async function showAtMostOne(): Promise<void> {
  const { kills, stops, members, seed, replicas, writes, logs } = values;
  const strikes = { kills: Number(kills), stops: Number(stops), members: Number(members) };
  const last = await measureAtMostOne({
    strikes,
    seed: Number(seed),
    replicas: Number(replicas),
    writesPerSecond: Number(writes),
    tell: (tally) => print(tallyText(tally)),
    signal: interrupted(),
    logs,
  });
  print(`${tallyText(last)}; ${machine()}`);
  printBroken(last.broken);
}

function tallyText(tally: Tally): string {
  const { kills, allKilled, stops, members, seconds, acknowledged, operations, looks } = tally;
  const rate = Math.round(acknowledged / seconds);
  return `${Math.round(seconds)} s: ${kills} kills (${allKilled} of all replicas), ${stops} stops, ${members} members of etcd killed; ${acknowledged} writes acknowledged (${rate} a second), ${operations} operations checked, ${looks} looks, ${tally.broken.length} broken`;
}

/** A run that is interrupted is judged by what was seen. */
function interrupted(): AbortSignal {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  return stop.signal;
}

function machine(): string {
  return `load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} processors`;
}

async function main(): Promise<void> {
  const faults = FAULTS.filter(({ name }) => name.includes(values.fault));
  if (faults.length === 0)
    throw new Error(
      `no fault is called ${values.fault}; there are ${FAULTS.map(({ name }) => name).join(', ')}`,
    );
  const seed = Number(values.seed);
  const untilMs = performance.now() + Number(values.minutes) * 60_000;
  print(
    `seed ${seed}\n${'fault'.padEnd(42)} ${'API gap'.padStart(9)} ${'etcd gap'.padStart(9)} ${'well'.padStart(9)}`,
  );
  const report = await runChaos({
    seed,
    replicas: Number(values.replicas),
    agents: 4,
    writesPerSecond: Number(values.writes),
    faults: drawn(faults, seed, untilMs),
    tell: (row) => print(shown(row)),
    signal: interrupted(),
    ...(values.logs === undefined ? {} : { logs: values.logs }),
  });
  printReport(report);
}

if (values.help) print(HELP);
else if (values.figure !== undefined) await showFigure(values.figure);
else await main();
