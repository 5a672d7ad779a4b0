import { expect } from 'chai';
import { seededRandom } from '../../src/runtime/random.ts';
import type { Fault } from './faults.ts';
import { checkHistory } from './history/check.ts';
import { createHistory } from './history/operation.ts';
import { readAll, startClients } from './load/clients.ts';
import { liveInstances, watchInstances } from './load/instances.ts';
import { createPeople, STEADY } from './load/people.ts';
import { startRawClients } from './load/raw.ts';
import { type ClusterOptions, startCluster } from './parts/cluster.ts';
import { PATIENCE_MS, pause } from './wait.ts';

export interface ChaosOptions extends ClusterOptions {
  readonly seed: number;
  readonly writesPerSecond: number;
  /** In their order; each is over, and the cluster well again, before the next. */
  readonly faults: Iterable<Fault>;
  /** Told of each fault when it is over. */
  readonly tell?: (row: Row) => void;
  /** Ends the run before its time; what was started is ended, and what was seen is judged. */
  readonly signal?: AbortSignal;
  /** A folder to which the replicas' logs are copied in the end. */
  readonly logs?: string;
}

/** What became of one fault. */
export interface Row {
  readonly fault: string;
  readonly isLeaderLoss: boolean;
  readonly unnoticedMs: number;
  /** The longest time without an acknowledged write from the strike until all was well, through the API. */
  readonly apiGapMs: number;
  /** The same of writers straight to etcd. */
  readonly rawGapMs: number;
  /** From the fault's end until all that was asked for ran, and nothing else. */
  readonly convergedMs: number;
  /** What did not hold long after the fault had to be noticed. */
  readonly lack?: string | undefined;
}

export interface Report {
  readonly rows: readonly Row[];
  readonly operations: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly seconds: number;
  readonly rawOperations: number;
  /** What etcd itself told its own clients that no order explains: no promise of Titan's can hold then. */
  readonly rawRefusals: readonly string[];
  readonly looks: number;
  /** What must not be; nothing in a good run. */
  readonly broken: readonly string[];
  /** What took longer than it should: true of the product only where the machine had nothing else to do. */
  readonly late: readonly string[];
}

/** A multiple of the clients, since each has keys that it likes best. */
const KEYS = 96;
const CLIENTS = 24;
const CHANGE_EVERY_MS = 1_500;

/**
 * Lets clients write, people change their minds, and faults strike, one after the other. The history of the
 * clients must be linearizable, no instance may have two live processes, and the tasks of a job that nobody
 * touches must be the same processes in the end as in the beginning.
 */
export async function runChaos(options: ChaosOptions): Promise<Report> {
  const random = seededRandom(options.seed);
  const cluster = await startCluster(options);
  const { apis, state, etcd } = cluster;
  /** Also of a run that fails: clients that nobody stops go on without end. */
  const stops: (() => Promise<void> | void)[] = [];
  try {
    const people = createPeople({ apis, state, random });
    await people.begin();
    expect(await untilWell(people.lacks)).to.equal(undefined);
    const steady = steadyProcesses(state);
    const watch = watchInstances(state);
    stops.push(watch.stop);
    const history = createHistory();
    const beganAt = performance.now();
    const load = { apis, history, random, keys: KEYS, clients: CLIENTS };
    const clients = startClients({ ...load, perSecond: options.writesPerSecond * 1.25 });
    stops.push(clients.stop);
    const raw = await startRawClients(etcd.endpoints);
    stops.push(raw.stop);
    const rows: Row[] = [];
    await pause(1_000);
    for (const fault of options.faults) {
      if (options.signal?.aborted === true) break;
      const strikeAt = performance.now();
      const heal = await fault.strike(cluster, random);
      const endAt = performance.now() + fault.lastsMs;
      while (performance.now() < endAt) {
        await people.change();
        await pause(Math.min(CHANGE_EVERY_MS, Math.max(0, endAt - performance.now())));
      }
      await heal();
      const healedAt = performance.now();
      await people.settle();
      const lack = await untilWell(people.lacks, fault.unnoticedMs);
      const wellAt = performance.now();
      const row = {
        fault: fault.name,
        isLeaderLoss: fault.isLeaderLoss === true,
        unnoticedMs: fault.unnoticedMs ?? 0,
        apiGapMs: clients.acknowledged.gapMs(strikeAt, wellAt),
        rawGapMs: raw.acknowledged.gapMs(strikeAt, wellAt),
        convergedMs: wellAt - healedAt,
        lack,
      };
      rows.push(row);
      options.tell?.(row);
      if (lack !== undefined) break;
    }
    await Promise.all([clients.stop(), raw.stop()]);
    await readAll(load);
    watch.stop();
    const rawRefusals = checkHistory(raw.history.operations).map(({ text }) => text);
    const broken: readonly string[] = [
      ...checkHistory(history.operations).map(({ text }) => `history: ${text}`),
      ...watch.doubled.map((text) => `two live at a time: ${text}`),
      ...missing(steady, steadyProcesses(state)),
      ...rows.flatMap(({ fault, lack }) => (lack === undefined ? [] : [`after ${fault}: ${lack}`])),
    ];
    return {
      rows,
      operations: history.operations.length,
      acknowledged: clients.acknowledged.count,
      unknown: clients.unknown,
      seconds: (performance.now() - beganAt) / 1_000,
      rawOperations: raw.history.operations.length,
      rawRefusals,
      looks: watch.looks,
      broken,
      late: slow(rows),
    };
  } finally {
    await cluster.stop(options.logs);
    for (const stop of stops) await stop();
  }
}

/** Waits until nothing is lacking. @returns what still is when nothing more is hoped for */
export async function untilWell(
  lacks: () => Promise<string | undefined>,
  unnoticedMs = 0,
): Promise<string | undefined> {
  const late = performance.now() + PATIENCE_MS + unnoticedMs;
  for (;;) {
    const lack = await lacks();
    if (lack === undefined || performance.now() > late) return lack;
    await pause(100);
  }
}

/** The processes of the job that nobody touches. */
export function steadyProcesses(state: string): readonly number[] {
  const found = [...liveInstances(state)].filter(([instance]) => instance.startsWith('steady/'));
  return found.flatMap(([, processes]) => processes.map(({ pid }) => pid));
}

/** What became of those processes that must not be. */
export function missing(before: readonly number[], after: readonly number[]): readonly string[] {
  const gone = before.filter((pid) => !after.includes(pid));
  if (gone.length === 0 && before.length === STEADY) return [];
  return [`${gone.length} of ${before.length} tasks that nobody touched were ended`];
}

/** Times that a run must keep to, where the machine is not too loaded to tell. */
const CONVERGED_MS = 10_000;
const GAP_RATIO = 2;

function slow(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ fault, isLeaderLoss, unnoticedMs, apiGapMs, rawGapMs, convergedMs }) => [
    ...(convergedMs > CONVERGED_MS + unnoticedMs
      ? [`${fault}: well only after ${Math.round(convergedMs)} ms`]
      : []),
    ...(isLeaderLoss && apiGapMs > GAP_RATIO * rawGapMs
      ? [
          `${fault}: ${Math.round(apiGapMs)} ms without a write, etcd itself ${Math.round(rawGapMs)} ms`,
        ]
      : []),
  ]);
}
