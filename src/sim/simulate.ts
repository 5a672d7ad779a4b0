import { TitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Framework } from '../mesos/port.ts';
import { virtualClock } from '../runtime/clock.ts';
import type { Log } from '../runtime/port.ts';
import { seededRandom } from '../runtime/random.ts';
import { memoryStore } from '../store/memory.ts';
import { openSimDomain, type SimDomain, type SimLife } from './domain.ts';
import { drawFaults, type FaultRates, type Faults } from './faults.ts';
import { createMachines } from './machines.ts';
import type { Violation } from './promises.ts';
import { createTrace, type Trace } from './trace.ts';
import { createWatchtower } from './watchtower.ts';
import { createWeather } from './weather.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly crds: readonly unknown[];
  /** How long faults go on. */
  readonly stormMs?: Millis;
  /** How long the domain may take to be right after the last fault. */
  readonly calmMs?: Millis;
  readonly rates?: FaultRates;
  readonly log?: Log;
}

export interface SimulationResult {
  readonly seed: number;
  /** The first promise that was broken. */
  readonly violation: Violation | undefined;
  readonly hash: string;
  readonly steps: number;
  /** Lives of the control plane. */
  readonly lives: number;
  readonly simulatedMs: Millis;
  readonly tail: readonly string[];
}

const RATES: FaultRates = {
  crashAt: [
    ['mesos ACCEPT', 0.08],
    ['mesos ACKNOWLEDGE', 0.02],
    ['mesos KILL', 0.03],
    ['mesos', 0.005],
    ['store put /titan/registry/titan.dev/tasks', 0.01],
    ['store', 0.003],
  ],
  repeat: 0.1,
  delay: 0.1,
};
const STORM_MS = 600_000;
const CALM_MS = 1_800_000;
/** The least and most time between two strikes. */
const STRIKE_MS = { least: 100, most: 24_000 };
/** The time that a new life takes to come up. */
const REBIRTH_MAX_MS = 5_000;
const ADOPTION_GRACE_MS = 60_000;
const TAIL = 60;

const silent: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/**
 * Plays one domain through a storm of faults and then a calm, all drawn from the seed, and says which
 * promise was broken first, if one was. The same seed plays the same.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed, stormMs = STORM_MS, calmMs = CALM_MS, rates = RATES, log = silent } = options;
  const clock = virtualClock();
  const startedAt = clock.now();
  const trace = createTrace(clock);
  const draw = (salt: number) => seededRandom(Math.imul(seed, 0x9e3779b1) + salt);
  const machines = createMachines({
    ...{ count: 4, cpus: 8, memoryMiB: 16_384, clock, random: draw(1), log },
  });
  const opening = openSimDomain({
    ...{ name: 'dc1', region: 'us-east-1', store: memoryStore({ clock }), machines, clock, log },
    random: draw(2),
    crds: options.crds,
    openPeer: () => {
      throw new TitanError('ServiceUnavailable', 'there is no other domain');
    },
    adoptionGraceMs: ADOPTION_GRACE_MS,
  });
  await clock.advance(1_000);
  const domain = await opening;
  const tower = createWatchtower({
    ...{ client: domain.client, machines, domain: 'dc1', clock, random: draw(3), log },
  });
  const faults = drawFaults(rates, draw(4), clock);
  const weatherRandom = draw(5);
  const weather = createWeather({
    ...{ client: domain.client, machines, domain: 'dc1', random: weatherRandom, clock },
    note: trace.note,
    ended: tower.ended,
  });
  const lives = livesOf({ domain, faults, trace, draw: (life) => draw(100 + life) });
  let violation: Violation | undefined;
  const failed = () => {
    violation ??= tower.check();
    return violation !== undefined;
  };

  const stormEnd = clock.now() + stormMs;
  let rebirthAt = clock.now();
  while (!failed() && clock.now() < stormEnd) {
    if (!lives.alive && clock.now() >= rebirthAt) lives.begin();
    await weather.strike();
    const pauseMs = STRIKE_MS.least + weatherRandom.next() ** 3 * STRIKE_MS.most;
    await clock.runUntil(() => failed() || !lives.alive, pauseMs);
    if (!lives.alive) rebirthAt = clock.now() + weatherRandom.next() * REBIRTH_MAX_MS;
    await clock.advance(Math.min(pauseMs, 1_000));
  }
  faults.end();
  weather.clear();
  if (!lives.alive) lives.begin();
  const settled = () => failed() || tower.unsettled() === undefined;
  if (!(await clock.runUntil(settled, calmMs))) violation ??= tower.unsettled();
  await clock.runUntil(failed, 120_000);
  violation ??= tower.unsettled();
  lives.end();
  tower.stop();
  machines.stop();
  return {
    seed,
    violation,
    hash: trace.hash(),
    steps: trace.length,
    lives: lives.count,
    simulatedMs: clock.now() - startedAt,
    tail: trace.tail(TAIL),
  };
}

interface LivesOptions {
  readonly domain: SimDomain;
  readonly faults: Faults;
  readonly trace: Trace;
  draw(life: number): ReturnType<typeof seededRandom>;
}

/** The lives of the control plane, one after the other. */
function livesOf({ domain, faults, trace, draw }: LivesOptions) {
  let life: SimLife | undefined;
  let count = 0;
  return {
    get alive() {
      return life?.mortal.alive ?? false;
    },
    get count() {
      return count;
    },
    framework: (): Framework | undefined => life?.plane()?.framework,
    begin() {
      count += 1;
      trace.note(`life ${count} of the control plane begins`);
      const { fate, garble } = faults;
      life = domain.startLife({ random: draw(count), fate, garble, note: trace.note });
    },
    end() {
      life?.mortal.die();
    },
  };
}
