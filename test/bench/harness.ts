import { cpus } from 'node:os';

/**
 * A figure of ours beside a bare baseline that is measured in the same run: machines differ and are
 * noisy, so only their ratio says something. A file in this folder exports its benches as `benches`.
 */
export interface Bench {
  readonly name: string;
  /** Of both figures; more is better unless the name says otherwise. */
  readonly unit: string;
  /** What is compared with what, in a line. */
  readonly about: string;
  /** How often both sides are measured, after a time that warms up where it is more than once; 5 unless told. */
  readonly rounds?: number;
  prepare(): Promise<Trial>;
}

/** A bench that is set up: both sides may be measured any number of times, in turn. */
export interface Trial {
  ours(): Promise<number>;
  bare(): Promise<number>;
  /** Further figures of the run, by name. */
  facts?(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

export interface Outcome {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number;
  readonly ratio: number;
  /** How far the ratios of the rounds lie apart, as a share of their median. */
  readonly spread: number;
  readonly facts: Readonly<Record<string, number>>;
}

const ROUNDS = 5;

/** Measures ours, bare, ours, bare ...; the first round only warms up, unless it is the only one. */
export async function runBench(bench: Bench): Promise<Outcome> {
  const { rounds = ROUNDS } = bench;
  const trial = await bench.prepare();
  try {
    if (rounds > 1) {
      await trial.ours();
      await trial.bare();
    }
    const pairs: { readonly ours: number; readonly bare: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      pairs.push({ ours: await trial.ours(), bare: await trial.bare() });
    }
    const ratios = pairs.map(({ ours, bare }) => ours / bare);
    const ratio = median(ratios);
    return {
      name: bench.name,
      value: median(pairs.map(({ ours }) => ours)),
      unit: bench.unit,
      baseline: median(pairs.map(({ bare }) => bare)),
      ratio,
      spread: (Math.max(...ratios) - Math.min(...ratios)) / ratio,
      facts: (await trial.facts?.()) ?? {},
    };
  } finally {
    await trial.stop();
  }
}

/** How many times a second `work` was done, when it says how often it did it. */
export async function perSecond(work: () => Promise<number>): Promise<number> {
  const start = performance.now();
  const count = await work();
  return (count * 1000) / (performance.now() - start);
}

/** The same by the processor's time, all threads of this process together: what else runs here tells less. */
export async function perCpuSecond(work: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage();
  const count = await work();
  const { user, system } = process.cpuUsage(before);
  return (count * 1_000_000) / (user + system);
}

/**
 * The same by the processor's time of this thread: what a clock would say on a machine that does nothing
 * else and has a processor left for the collector.
 */
export async function perThreadSecond(work: () => Promise<number>): Promise<number> {
  const before = process.threadCpuUsage();
  const count = await work();
  const { user, system } = process.threadCpuUsage(before);
  return (count * 1_000_000) / (user + system);
}

/** Calls `work` `count` times with `inFlight` of them under way at once. */
export async function inFlight(
  { count, atOnce }: { readonly count: number; readonly atOnce: number },
  work: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  async function worker(): Promise<void> {
    while (next < count) await work(next++);
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return count;
}

export function describeMachine(): string {
  const cores = cpus();
  return `${cores.length} cores, ${cores[0]?.model ?? 'unknown cpu'}, node ${process.version}`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
