import type { FaultDomain, Job } from '../api/kinds.gen.ts';
import type { Millis } from '../api/object.ts';
import type { ScriptedOptions } from '../mesos/local/executor/scripted.ts';
import type { FaultRates } from './faults.ts';
import type { StoreRates } from './weak-store.ts';

/** What may happen at one strike of the weather. */
export type Strike =
  | 'apply'
  | 'delete-job'
  | 'delete-task'
  | 'task-ends'
  | 'machine-fault'
  | 'mass-loss'
  | 'mesos-away'
  | 'master-failover'
  | 'store-away'
  | 'store-full'
  | 'store-compacts'
  /** It runs full, and stays so until somebody makes room in it. */
  | 'store-runs-full'
  | 'store-set-back'
  /** A record of a job or a task becomes one that nobody can read, for a while. */
  | 'record-spoilt'
  | 'delete-volume'
  | ReplicaStrike;

/** What becomes of one control plane, or of its way to the store or to Mesos. */
export type ReplicaStrike =
  | 'killed'
  | 'terminated'
  | 'paused'
  | 'store-cut'
  | 'mesos-cut'
  | 'clock-set'
  /** A person has another lead, and the one before it soon after. */
  | 'leader-moved';

/** A weather of its own: which faults there are, how likely, and who lives in it. */
export interface Scenario {
  /** How likely each strike is, against the others. */
  readonly strikes: Readonly<Partial<Record<Strike, number>>>;
  readonly rates: FaultRates;
  /** How long a machine that is cut off stays away at most; most are back soon. */
  readonly awayMaxMs: Millis;
  readonly machines: number;
  /** Control planes, of which one leads; 1 unless told. */
  readonly replicas?: number;
  readonly jobs: Readonly<Record<string, Partial<Job['spec']>>>;
  readonly replicasMax: number;
  /** The name of Volumes, one for each instance, that people keep. */
  readonly volumes?: string;
  readonly domain?: Partial<FaultDomain['spec']>;
  readonly offerTimeoutMs?: Millis;
  readonly script?: ScriptedOptions['script'];
  /** Absent: the store has no faults of its own. */
  readonly store?: StoreRates;
}

const CRASHES: FaultRates['crashAt'] = [
  ['mesos ACCEPT', 0.08],
  ['mesos ACKNOWLEDGE', 0.02],
  ['mesos KILL', 0.03],
  ['mesos', 0.005],
  ['store put /titan/registry/titan.dev/tasks', 0.01],
  ['store', 0.003],
];
const NO_FAULTS: FaultRates = { crashAt: [] };
const ORDINARY: Scenario['strikes'] = {
  apply: 30,
  'delete-job': 3,
  'machine-fault': 10,
  'task-ends': 37,
  'delete-task': 15,
  'mesos-away': 5,
};
const CALM_PEOPLE: Scenario['strikes'] = { apply: 10, 'task-ends': 10, 'delete-task': 5 };

/** Every kind of `partition` block. */
const PARTITIONED: Scenario['jobs'] = {
  web: { partition: { replaceAfter: 20, giveUpAfter: '30m', onReturn: 'bestScore' } },
  batch: { restartOnSuccess: false, partition: { replaceAfter: 60, onReturn: 'longestRunning' } },
  one: { partition: { exclusive: true, stopOnAgentAfter: 30, replaceAfter: 10 } },
  never: { partition: { exclusive: true } },
};

/** Tasks that have a Volume each, and keep it. */
const CLAIMING: Partial<Job['spec']> = {
  container: {
    command: ['serve'],
    volumeMounts: [{ name: 'data', mountPath: 'data', readOnly: false }],
  },
  volumes: [{ name: 'data', claim: { name: 'data', perInstance: true } }],
};

/** Some of everything, with a control plane that dies at any effect. */
export const STORM: Scenario = {
  strikes: ORDINARY,
  rates: { crashAt: CRASHES, repeat: 0.1, delay: 0.1 },
  awayMaxMs: 600_000,
  machines: 4,
  jobs: { web: {}, batch: { restartOnSuccess: false } },
  replicasMax: 6,
};

/** Faults of one kind each, with little else. */
export const SCENARIOS = {
  'a master takes over and knows only agents that came back': {
    ...STORM,
    strikes: { ...CALM_PEOPLE, 'master-failover': 20 },
    awayMaxMs: 400_000,
  },
  'agents are cut off, replaced, and return': {
    ...STORM,
    strikes: { ...CALM_PEOPLE, 'machine-fault': 30 },
    rates: { ...NO_FAULTS, crashAt: [['store', 0.004]] },
    awayMaxMs: 6_000_000,
    jobs: PARTITIONED,
  },
  'half of the agents are lost at once': {
    ...STORM,
    strikes: { apply: 10, 'mass-loss': 20, 'task-ends': 5 },
    rates: NO_FAULTS,
    awayMaxMs: 2_000_000,
    machines: 8,
    replicasMax: 24,
    domain: { limits: { launchesPerMinute: 40, killsPerMinute: 20 } },
  },
  'updates come twice, late and out of order': {
    ...STORM,
    rates: { ...NO_FAULTS, repeat: 0.5, delay: 0.5 },
  },
  'acknowledgements are lost': {
    ...STORM,
    rates: { ...NO_FAULTS, 'agent-acknowledge': 0.05 },
  },
  'kills are lost, and tasks do not heed them': {
    ...STORM,
    strikes: { ...ORDINARY, 'delete-task': 40 },
    rates: { ...NO_FAULTS, 'agent-kill': 0.3 },
    script: (_, random) => ({ startMs: 10, endMs: random.next() < 0.5 ? 100 : 1e9 }),
  },
  'launches are never confirmed, or late': {
    ...STORM,
    rates: { ...NO_FAULTS, 'agent-launch': 0.2 },
    script: (_, random) => ({ startMs: random.next() ** 4 * 120_000 }),
  },
  'versions follow each other, fail and are rolled back, with a surge': {
    ...STORM,
    strikes: { apply: 40, 'task-ends': 20, 'machine-fault': 5 },
    rates: { ...NO_FAULTS, crashAt: [['store', 0.003]] },
    jobs: {
      web: { update: { surge: '50%', maxFailures: 1 } },
      canary: { update: { canary: 1, autoPromote: true, maxUnavailable: '50%' } },
    },
  },
  'offers are taken back while they are used': {
    ...STORM,
    strikes: { ...ORDINARY, apply: 60, 'machine-fault': 40 },
    rates: { ...NO_FAULTS, delay: 0.3 },
    // Where a machine is away one of the large waits, and the offers of the others are held for it.
    jobs: { small: { cpus: 0.5 }, large: { cpus: 5 } },
    replicasMax: 3,
    offerTimeoutMs: 1_000,
  },
  'three control planes die, stand still, are cut off, and read what was': {
    ...STORM,
    replicas: 3,
    strikes: {
      ...ORDINARY,
      killed: 10,
      terminated: 5,
      paused: 15,
      'store-cut': 10,
      'mesos-cut': 10,
      'store-away': 3,
    },
    rates: {
      ...NO_FAULTS,
      crashAt: [
        ['store', 0.002],
        ['mesos', 0.01],
      ],
    },
    store: { lose: 0, repeat: 0, late: 0.05, slow: 0.01, answerLost: 0.005, stale: 0.05 },
  },
  'clocks of control planes are set by up to an hour': {
    ...STORM,
    replicas: 2,
    strikes: { ...ORDINARY, 'clock-set': 15, killed: 5, 'machine-fault': 20 },
    rates: NO_FAULTS,
    jobs: PARTITIONED,
  },
  'the lead goes from one control plane to the other, and back': {
    ...STORM,
    replicas: 3,
    strikes: { apply: 40, 'leader-moved': 40, terminated: 5, 'task-ends': 20, 'delete-task': 5 },
    rates: NO_FAULTS,
    // Some of the tasks end while nobody leads, or one who does not know of them yet.
    jobs: { web: {}, batch: { restartOnSuccess: false }, short: { restartOnSuccess: false } },
    script: ({ task }, random) =>
      task.name.startsWith('web')
        ? { startMs: 10 }
        : { startMs: 10, runMs: 500 + random.next() ** 2 * 20_000 },
    store: { lose: 0, repeat: 0, late: 0.3, slow: 0, answerLost: 0, stale: 0.05 },
  },
  'volumes are deleted and made again, and their agents are cut off': {
    ...STORM,
    strikes: {
      ...ORDINARY,
      'delete-volume': 10,
      'delete-job': 10,
      'machine-fault': 20,
      'record-spoilt': 10,
    },
    rates: {
      ...NO_FAULTS,
      crashAt: [
        ['mesos ACCEPT', 0.1],
        ['store', 0.004],
      ],
    },
    jobs: { web: {}, db: CLAIMING },
    replicasMax: 4,
    volumes: 'data',
  },
  'records cannot be read, and the store runs out of space': {
    ...STORM,
    replicas: 2,
    strikes: { ...ORDINARY, 'record-spoilt': 20, 'store-runs-full': 5, killed: 5 },
    rates: NO_FAULTS,
  },
  'the store is away, full, slow, forgetful, and loses events and answers': {
    ...STORM,
    strikes: { ...ORDINARY, 'store-away': 10, 'store-full': 5, 'store-compacts': 10 },
    rates: { ...NO_FAULTS, crashAt: [['store', 0.002]] },
    store: { lose: 0.01, repeat: 0.05, late: 0.05, slow: 0.02, answerLost: 0.01, stale: 0 },
  },
} as const satisfies Readonly<Record<string, Scenario>>;

/** Weathers of which tests play seeds by themselves: beside the others they are played where they are named. */
export const NAMED_SCENARIOS = {
  'the store is set back to what it was': {
    ...STORM,
    replicas: 2,
    strikes: { ...ORDINARY, 'store-set-back': 8, killed: 3 },
    rates: NO_FAULTS,
  },
} as const satisfies Readonly<Record<string, Scenario>>;

/** The same weather over fewer machines and tasks: more seeds are played in the same time. */
export function smaller(scenario: Scenario): Scenario {
  const { machines, replicasMax } = scenario;
  if (scenario.domain?.limits !== undefined) return scenario;
  return {
    ...scenario,
    machines: Math.min(machines, SMALL.machines),
    replicasMax: Math.min(replicasMax, SMALL.replicasMax),
  };
}

const SMALL = { machines: 3, replicasMax: 3 };
