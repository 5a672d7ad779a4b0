import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seededRandom } from '../../src/runtime/random.ts';
import { atOnce } from '../../src/scheduling/cluster/steps.ts';
import { explain, explaining as explainClass } from '../../src/scheduling/explain/explain.ts';
import { surveyOf } from '../../src/scheduling/explain/survey.ts';
import { isPlaced, type Placer } from '../../src/scheduling/place/placer.ts';
import {
  aCluster,
  bareScan,
  bareTasks,
  type Constrain,
  driveAll,
  fixtureTasks,
  mixed,
  placeAll,
  randomTasks,
  shapeOf,
  shuffled,
  TASKS,
  unconstrained,
  waitingTasks,
  zoneHard,
  zoneSoft,
} from '../support/scheduling-bench.ts';
import { type Bench, perThreadSecond } from './harness.ts';

/** A bare scan places so many of the tasks: the first ones cost as much as the last. */
const BARE_TASKS = 2_000;

/** Rounds after which the program is compiled as that of a scheduler that has been up for a while. */
const WARM_ROUNDS = 5;

interface Case {
  readonly name: string;
  readonly about: string;
  readonly agents: number;
  readonly constrain: Constrain;
  readonly balanced: boolean;
}

function placing({ name, about, agents, constrain, balanced }: Case): Bench {
  return {
    name,
    unit: 'tasks/cpu s',
    about: `${about}, through the queue, ${agents} agents, beside a scan of all agents over typed arrays`,
    async prepare() {
      let last: Placer | undefined;
      for (let round = 0; round < WARM_ROUNDS; round += 1) {
        driveAll(aCluster(agents), fixtureTasks(constrain));
      }
      return {
        async ours() {
          const placer = aCluster(agents);
          const queue = fixtureTasks(constrain);
          last = placer;
          return perThreadSecond(async () => driveAll(placer, queue));
        },
        async bare() {
          const scan = bareScan(agents);
          const tasks = bareTasks(BARE_TASKS, balanced);
          return perThreadSecond(async () => scan.place(tasks));
        },
        async facts() {
          if (last === undefined) return {};
          const { hosts, skew } = shapeOf(last);
          return { placed: last.snapshot.tasks.size, hosts, skew };
        },
        async stop() {},
      };
    },
  };
}

const PASS = 200;

/** The 99th percentile of the processor's time of a pass of 200 tasks, in milliseconds, over the whole fixture. */
function slowPass(agents: number): number {
  const placer = aCluster(agents);
  const queue = fixtureTasks(zoneHard);
  const spent: number[] = [];
  for (let from = 0; from < TASKS; from += PASS) {
    const used = process.threadCpuUsage();
    placeAll(placer, queue.slice(from, from + PASS));
    const { user, system } = process.threadCpuUsage(used);
    spent.push((user + system) / 1_000);
  }
  return spent.toSorted((a, b) => a - b)[Math.floor(spent.length * 0.99)] ?? 0;
}

const flat: Bench = {
  name: 'place-flat',
  unit: 'cpu ms',
  about:
    'the slowest pass (p99) of 200 tasks with zones at 20,000 agents, beside that at 1,000; less is better',
  async prepare() {
    return {
      ours: async () => slowPass(20_000),
      bare: async () => slowPass(1_000),
      async stop() {},
    };
  },
};

/** Agents that the fixture fills to the last cpu. */
const FULL = 300;

const full: Bench = {
  name: 'place-full',
  unit: 'tasks/cpu s',
  about: 'tasks refused by a full cluster, beside tasks placed in an empty one',
  async prepare() {
    const crowded = aCluster(FULL);
    placeAll(crowded, fixtureTasks(unconstrained));
    let round = 0;
    return {
      ours() {
        round += 1;
        const queue = fixtureTasks(unconstrained).map(({ profile }, index) => ({
          key: `late-${index}`,
          profile: { ...profile, id: `${profile.id}/${round}`, ask: { scalars: { cpus: 64_000 } } },
        }));
        return perThreadSecond(async () => {
          let refused = 0;
          for (const task of queue) if (!isPlaced(crowded.place(task))) refused += 1;
          return refused;
        });
      },
      async bare() {
        const placer = aCluster(5_000);
        const queue = fixtureTasks(unconstrained);
        return perThreadSecond(async () => placeAll(placer, queue));
      },
      async stop() {},
    };
  },
};

const EXPLAINED = 1_000;
const EXPLAINED_ALONE = 50;

const explaining: Bench = {
  name: 'place-explain',
  unit: 'tasks/cpu s',
  about:
    'pending tasks of as many classes explained with what would help, 5,000 full agents, beside each class by a look of its own',
  async prepare() {
    const placer = aCluster(5_000);
    const big = fixtureTasks(zoneHard).map(({ key, profile }) => ({
      key,
      profile: { ...profile, ask: { scalars: { cpus: 32_000 } }, endsAt: Number(key) },
    }));
    placeAll(placer, big);
    const pending = fixtureTasks(mixed, EXPLAINED).map(({ profile }, index) => ({
      ...profile,
      id: `${index}`,
      ask: { scalars: { cpus: 33_000 + index } },
    }));
    return {
      ours: () =>
        perThreadSecond(async () => {
          const survey = atOnce(surveyOf(placer.snapshot));
          for (const profile of pending) atOnce(explainClass(profile, { ...placer, survey }));
          return pending.length;
        }),
      bare: () =>
        perThreadSecond(async () => {
          const some = pending.slice(0, EXPLAINED_ALONE);
          for (const profile of some) explain(profile, placer);
          return some.length;
        }),
      async stop() {},
    };
  },
};

function heapAfter(work: () => unknown): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const held = work();
  collect();
  const spent = process.memoryUsage().heapUsed - before;
  return held === undefined ? 0 : spent;
}

const memory: Bench = {
  name: 'place-memory',
  unit: 'bytes/agent',
  about:
    'memory of the snapshot for an agent, beside that of its view as JSON is parsed; tasks as a fact',
  async prepare() {
    return {
      ours: async () => heapAfter(() => aCluster(20_000)) / 20_000,
      async bare() {
        const { view } = aCluster(1).snapshot.agents.get('agent-00000') ?? {};
        const text = JSON.stringify(view);
        const parse = () => Array.from({ length: 20_000 }, () => JSON.parse(text) as unknown);
        return heapAfter(parse) / 20_000;
      },
      async facts() {
        const placer = aCluster(1_000);
        const queue = fixtureTasks(zoneHard);
        return { 'bytes/task': heapAfter(() => placeAll(placer, queue)) / TASKS };
      },
      async stop() {},
    };
  },
};

const MIX = 5_000;
const ORDERS = 20;

const packing: Bench = {
  name: 'place-packing',
  unit: 'agents',
  about:
    'agents in use by a random mix as it comes, beside the best of 20 random orders by exact scans; less is better',
  async prepare() {
    const random = seededRandom(1);
    let mix = randomTasks(MIX, random);
    return {
      async ours() {
        mix = randomTasks(MIX, random);
        const placer = aCluster(1_000);
        placeAll(placer, waitingTasks(mix));
        return shapeOf(placer).hosts;
      },
      async bare() {
        const runs = Array.from({ length: ORDERS }, () => {
          const scan = bareScan(1_000);
          scan.place(shuffled(mix, random));
          return scan.hosts();
        });
        return Math.min(...runs);
      },
      async stop() {},
    };
  },
};

export const benches: readonly Bench[] = [
  placing({
    name: 'place-none',
    about: 'no constraint',
    agents: 5_000,
    constrain: unconstrained,
    balanced: false,
  }),
  placing({
    name: 'place-zone-hard',
    about: 'zones balanced',
    agents: 5_000,
    constrain: zoneHard,
    balanced: true,
  }),
  placing({
    name: 'place-zone-soft',
    about: 'zones balanced by wish',
    agents: 5_000,
    constrain: zoneSoft,
    balanced: true,
  }),
  placing({
    name: 'place-mixed',
    about: 'a third each: none; zones and a disk; one an agent and near a job',
    agents: 5_000,
    constrain: mixed,
    balanced: false,
  }),
  flat,
  full,
  explaining,
  memory,
  packing,
];
