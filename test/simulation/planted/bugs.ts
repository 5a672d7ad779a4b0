import { SCENARIOS, type Scenario, STORM } from '../../../src/sim/scenarios.ts';
import { type SimulationResult, simulate } from '../../../src/sim/simulate.ts';
import { OF_CONTROL } from './of-control.ts';
import { OF_MESOS } from './of-mesos.ts';
import { OF_STORE } from './of-store.ts';

/** Every bug that is planted, by what it does. */
export const BUGS = { ...OF_MESOS, ...OF_STORE, ...OF_CONTROL };
export type BugName = keyof typeof BUGS;

const { STORE, THREE, AWAY, HALF } = {
  STORE: SCENARIOS['the store is away, full, slow, forgetful, and loses events and answers'],
  THREE: SCENARIOS['three control planes die, stand still, are cut off, and read what was'],
  AWAY: SCENARIOS['agents are cut off, replaced, and return'],
  HALF: SCENARIOS['half of the agents are lost at once'],
} satisfies Record<string, Scenario>;
const LATE = SCENARIOS['launches are never confirmed, or late'];
const GARBLED = SCENARIOS['updates come twice, late and out of order'];
const forgetful: Scenario = { ...STORE, store: { ...STORE.store, lose: 0.05 } };
const once = { restartOnSuccess: false };
const stubborn: Scenario = {
  ...LATE,
  rates: { ...LATE.rates, 'agent-launch': 0.4 },
  jobs: { one: once, two: once, three: once },
  replicasMax: 12,
};

const hasty: Scenario = { ...STORE, strikes: { ...STORE.strikes, apply: 90, 'store-away': 30 } };
const givenUp: Scenario = {
  ...AWAY,
  awayMaxMs: 200_000,
  jobs: { web: { partition: { replaceAfter: 10, giveUpAfter: 20 } } },
};
const sluggish: Scenario = {
  ...THREE,
  strikes: { apply: 40, killed: 40, 'task-ends': 20 },
  store: { ...THREE.store, slow: 0.2 },
};
const MOVED = SCENARIOS['the lead goes from one control plane to the other, and back'];
/** Tasks end right after the lead has gone on to one whose cache does not have them yet. */
const handedOver: Scenario = {
  ...MOVED,
  strikes: { apply: 60, 'leader-moved': 60 },
  jobs: { one: once, two: once, three: once },
  replicasMax: 12,
  script: (_, random) => ({ startMs: 10, runMs: 300 + random.next() * 2_000 }),
  store: { ...MOVED.store, late: 0.6 },
};
const alone: Scenario = {
  ...AWAY,
  strikes: { apply: 10, 'machine-fault': 20 },
  jobs: { never: { partition: { exclusive: true } } },
};
const soonReplaced: Scenario = { ...HALF, jobs: { web: { partition: { replaceAfter: 10 } } } };
const FAILOVER = SCENARIOS['a master takes over and knows only agents that came back'];

/** The weather in which each is looked for, and its rows in the table of faults in `docs/reliability.md`. */
const WEATHERS: Readonly<Record<BugName, Scenario>> = {
  'updates are acknowledged before they are stored': STORE,
  'unreachable and unknown count as lost': AWAY,
  'each subscription asks for a new framework id': STORM,
  'offers that are rescinded are kept': SCENARIOS['offers are taken back while they are used'],
  'a kill is sent only once': SCENARIOS['kills are lost, and tasks do not heed them'],
  'offers that nothing needs are not declined': STORM,
  'updates are not acknowledged': STORM,
  'nothing is reconciled': FAILOVER,
  'tasks that nobody knows are left running': givenUp,
  'launches are sent twice': STORM,
  'a connection that has ended is not opened again': FAILOVER,
  'a task that ended well counts as lost': STORM,
  'the last update counts, whatever its order': GARBLED,
  'writes do not compare the leadership': sluggish,
  'writes of tasks compare nothing': STORE,
  'a watch whose history was compacted goes on from now': STORE,
  'events that a watch has lost are not looked for': forgetful,
  'a new leader does not wait for what was written before it': handedOver,
  'a write that failed counts as done': STORE,
  'no answer for a while counts as a loss': stubborn,
  'tasks are made for a job that has changed meanwhile': hasty,
  'names of tasks are left to chance': STORE,
  'a lost answer leads to another attempt': STORE,
  'the record of a task goes while it still runs': STORM,
  'one more is made than is wanted': STORM,
  'a control plane writes what people want': STORM,
  'exclusive jobs are replaced like others': alone,
  'limits of launches and kills are not heeded': HALF,
  'the loss of half of the agents goes unnoticed': soonReplaced,
};

const STORM_MS = 120_000;
const CALM_MS = 600_000;

export interface Finding {
  /** The first seed that found it; absent where none did. */
  readonly seed: number | undefined;
  readonly result: SimulationResult | undefined;
}

/** Plays seeds from 1 on until one breaks a promise that it keeps without the bug. */
export async function findBug(
  name: BugName,
  seedsMax: number,
  given: Pick<Parameters<typeof simulate>[0], 'crds' | 'checkers'>,
): Promise<Finding> {
  const common = { ...given, scenario: WEATHERS[name], stormMs: STORM_MS, calmMs: CALM_MS };
  for (let seed = 1; seed <= seedsMax; seed += 1) {
    const result = await simulate({ ...common, seed, plant: BUGS[name] });
    if (result.violation === undefined) continue;
    const sound = await simulate({ ...common, seed });
    if (sound.violation === undefined) return { seed, result };
  }
  return { seed: undefined, result: undefined };
}
