import { TitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import { virtualClock } from '../runtime/clock.ts';
import type { Log } from '../runtime/port.ts';
import { seededRandom } from '../runtime/random.ts';
import { type Checkers, openSimDomain, type PlantBug } from './domain.ts';
import { drawFaults } from './faults.ts';
import { createMachines, machinesAlike } from './machines.ts';
import type { Violation } from './promises.ts';
import { createReplicas, type Replicas } from './replicas.ts';
import { restorableStore } from './restorable-store.ts';
import { type Scenario, STORM } from './scenarios.ts';
import { createSpace, type Space } from './space.ts';
import { createTally, type Tally } from './tally.ts';
import { createTrace } from './trace.ts';
import { createWatchtower, type Watchtower } from './watchtower.ts';
import { SOUND } from './weak-store.ts';
import { createWeather } from './weather.ts';
import { createWiretap, type Wiretap } from './wiretap.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly crds: readonly unknown[];
  /** How long faults go on. */
  readonly stormMs?: Millis;
  /** How long the domain may take to be right after the last fault. */
  readonly calmMs?: Millis;
  readonly scenario?: Scenario;
  /** What was compiled of `crds`, kept from one run to the next. */
  readonly checkers?: Checkers;
  /** A bug, for tests that look whether it is found. */
  readonly plant?: PlantBug | undefined;
  /** How many of the last steps the result shows; 60 unless told. */
  readonly tail?: number;
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
  /** How often each strike came, another control plane came to lead, and what the faults did. */
  readonly tally: Tally['counts'];
  readonly tail: readonly string[];
}

const STORM_MS = 600_000;
const CALM_MS = 1_800_000;
/** The least and most time between two strikes. */
const STRIKE_MS = { least: 100, most: 24_000 };
const ADOPTION_GRACE_MS = 60_000;
const TAIL = 60;
/** How long all must stay right once it is. */
const STAYS_MS = 120_000;
/** How long a store may lack space. */
const FULL_MAX_MS = 60_000;
const MACHINE = { cpus: 8, memoryMiB: 16_384 };
const HOME = { name: 'dc1', region: 'us-east-1' };

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
  const stage = await setStage(options);
  const { clock, trace, tower, broken, replicas } = stage;
  await storm(stage, options.stormMs ?? STORM_MS);
  await calm(stage, options.calmMs ?? CALM_MS);
  const result = {
    seed: options.seed,
    violation: broken() ?? tower.unsettled() ?? leaked(stage),
    hash: trace.hash(),
    steps: trace.length,
    lives: replicas.count,
    simulatedMs: clock.now() - stage.startedAt,
    tally: stage.tally.counts,
    tail: trace.tail(options.tail ?? TAIL),
  };
  await takeDown(stage);
  return result;
}

/** Everything of a run, up and still. */
async function setStage(options: SimulationOptions) {
  const { seed, crds, scenario = STORM, log = silent, plant } = options;
  const { script, offerTimeoutMs } = scenario;
  const clock = virtualClock();
  let tower: Watchtower | undefined;
  let replicas: Replicas | undefined;
  const startedAt = clock.now();
  const trace = createTrace(clock, options.tail ?? TAIL);
  const draw = (salt: number) => seededRandom(Math.imul(seed, 0x9e3779b1) + salt);
  const common = { clock, log };
  const tally = createTally();
  const faults = drawFaults(scenario.rates, { random: draw(4), clock, tally });
  const machines = createMachines({
    ...common,
    fleet: machinesAlike({ ...MACHINE, count: scenario.machines }),
    random: draw(1),
    breaksAt: faults.breaksAt,
    ended: (taskId) => tower?.ended(taskId),
    ...(script === undefined ? {} : { script }),
    ...(offerTimeoutMs === undefined ? {} : { offerTimeoutMs }),
  });
  const store = restorableStore(clock, () => replicas?.storeRestored());
  const space = createSpace(clock);
  const opening = openSimDomain({
    ...common,
    ...HOME,
    store,
    machines,
    random: draw(2),
    crds,
    checkers: options.checkers,
    openPeer: () => {
      throw new TitanError('ServiceUnavailable', 'there is no other domain');
    },
    adoptionGraceMs: ADOPTION_GRACE_MS,
    ...(scenario.domain === undefined ? {} : { domain: scenario.domain }),
  });
  await clock.advance(1_000);
  const domain = await opening;
  const { note } = trace;
  let tap: Wiretap | undefined;
  replicas = createReplicas({
    count: scenario.replicas ?? 1,
    domain,
    store,
    reach: machines.reach,
    faults,
    rates: scenario.store ?? SOUND,
    space,
    clock,
    random: draw(6),
    draw: (life) => draw(100 + life),
    heard: (call) => tap?.heard(call),
    told: (event) => tap?.told(event),
    note,
    plant,
  });
  const { writerOf } = replicas;
  let leader: string | undefined;
  const seated = (holder: string) => {
    if (leader !== undefined && leader !== holder) tally.count('another came to lead');
    leader = holder;
    tap?.seated();
  };
  tower = createWatchtower({ store, machines, domain: HOME.name, clock, writerOf, seated });
  const { tasksAtMesos, destroys, isUnreadable } = tower;
  tap = createWiretap({ clock, domain: tower.home, tasksAtMesos, destroys, isUnreadable });
  const { check } = tap;
  const random = draw(5);
  const { client } = domain;
  const seen = { client, machines, domain: HOME.name, replicas, store, space };
  const weather = createWeather({ ...common, ...seen, random, note, tally, scenario });
  const look = tower.check;
  const broken = () => look() ?? check() ?? staysFull(space);
  const acting = { domain, machines, replicas, weather };
  return { clock, startedAt, trace, tower, broken, faults, random, tally, ...acting };
}

type Stage = Awaited<ReturnType<typeof setStage>>;

async function storm(stage: Stage, spanMs: Millis): Promise<void> {
  const { clock, broken, weather, random } = stage;
  const end = clock.now() + spanMs;
  const failed = () => broken() !== undefined;
  while (!failed() && clock.now() < end) {
    await weather.strike();
    await clock.runUntil(failed, STRIKE_MS.least + random.next() ** 3 * STRIKE_MS.most);
  }
}

/** No more faults: all must come right in time, and stay so. */
async function calm(
  { clock, tower, broken, faults, weather, replicas }: Stage,
  spanMs: Millis,
): Promise<void> {
  const failed = () => broken() !== undefined;
  faults.end();
  weather.clear();
  replicas.clear();
  await clock.runUntil(() => failed() || tower.unsettled() === undefined, spanMs);
  await clock.runUntil(failed, STAYS_MS);
}

/** Ends all of it: what goes on waiting would be kept, and each seed would cost more than the one before. */
async function takeDown({ clock, domain, machines, replicas, tower }: Stage): Promise<void> {
  replicas.stop();
  tower.stop();
  machines.stop();
  const stopped = domain.stop();
  await clock.settle();
  await stopped;
}

/** I7: a store without space takes writes again soon, by itself. */
function staysFull({ fullForMs }: Space): Violation | undefined {
  if (fullForMs <= FULL_MAX_MS) return undefined;
  return { invariant: 'I7', text: `for ${fullForMs} ms the store has taken no writes` };
}

/** I6: when nothing is under way no offer is held: each was used, declined, or taken back. */
function leaked({ machines, tower }: Stage): Violation | undefined {
  const out = machines.offersOut();
  if (out === 0 || tower.tasksPending() > 0) return undefined;
  return { invariant: 'I6', text: `${out} offers are held though nothing waits for one` };
}
