import { apiVersionOf } from '../../src/api/kind.ts';
import { FAULT_DOMAIN, JOB, type Job } from '../../src/api/kinds.gen.ts';
import { kindRules } from '../../src/api/rules.ts';
import { readSchemas } from '../../src/compose/schemas.ts';
import { startControlPlane } from '../../src/control-plane.ts';
import { masterOver } from '../../src/mesos/adapter.ts';
import { startFramework } from '../../src/mesos/framework.ts';
import { directTransport } from '../../src/mesos/local/master/direct.ts';
import type { Client } from '../../src/registry/port.ts';
import { createRegistry } from '../../src/registry/registry.ts';
import type { VirtualClock } from '../../src/runtime/clock.ts';
import { createMachines, machinesAlike } from '../../src/sim/machines.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import { aWorld } from '../support/clock.ts';
import { quietLog as log } from '../support/registry.ts';
import type { Bench, Trial } from './harness.ts';

/** Tasks that one simulated agent has room for. */
const PER_AGENT = 50;
/** As somebody sets them who rolls out jobs of this size. */
const LIMITS = {
  launchesPerMinute: 10_000_000,
  jobLaunchesPerSecond: 1_000_000,
  jobTasksStarting: 10_000,
  killsPerMinute: 10_000_000,
};
const SPEC = { applicationName: 'bench', version: '1', cpus: 1, memory: 32, killWaitSeconds: 10 };
const KEY = { namespace: 'default', name: 'bench' };

/** What one rollout took, for each instance of the job. */
interface Cost {
  readonly cpuMs: number;
  readonly passes: number;
  readonly writes: number;
  /** Of the simulated clock. */
  readonly seconds: number;
}

interface Counted {
  passes: number;
  writes: number;
}

/** A job of so many instances on a virtual clock, that runs its first version. */
async function rolledOut(count: number) {
  const { clock, random } = aWorld();
  const counted: Counted = { passes: 0, writes: 0 };
  const registry = createRegistry({
    ...{ store: counting(memoryStore({ clock }), counted), clock, random, log, domain: 'dc1' },
    ...{ crds: readSchemas(), rules: kindRules(), replicated: ['Job'] },
  });
  await registry.start(new AbortController().signal);
  const client = registry.client({ manager: 'bench' });
  await client.create(FAULT_DOMAIN, {
    apiVersion: apiVersionOf(FAULT_DOMAIN),
    kind: FAULT_DOMAIN.kind,
    metadata: { name: 'dc1' },
    spec: { region: 'us-east-1', api: 'http://127.0.0.1:1', limits: LIMITS },
  });
  const agents = {
    count: Math.ceil((count * 1.3) / PER_AGENT),
    cpus: PER_AGENT,
    memoryMiB: 65_536,
  };
  const machines = createMachines({ fleet: machinesAlike(agents), clock, random, log });
  const master = masterOver({ transport: directTransport(machines.reach), clock, log });
  const framework = { name: 'titan', user: 'titan', roles: ['titan'], failoverTimeoutMs: 60_000 };
  const starting = startControlPlane({
    ...{ client, kinds: registry, clock, random, log },
    domain: { name: 'dc1', region: 'us-east-1' },
    openPeer: () => {
      throw new Error('there is only one domain');
    },
    readPage: () => Promise.reject(new Error('no rollout asks anything')),
    passed: (controller) => {
      if (controller === 'job') counted.passes += 1;
    },
    openFramework: (host) => startFramework({ master, framework, host, clock, random, log }),
  });
  await clock.advance(5_000);
  const plane = await starting;
  const spec = { ...SPEC, location: `dc1:${count}` } as Job['spec'];
  const head = { apiVersion: apiVersionOf(JOB), kind: JOB.kind, metadata: KEY };
  await client.create(JOB, { ...head, spec });
  await untilComplete(client, clock, 1);
  return {
    ...{ client, clock, counted },
    async stop() {
      const stopped = plane.stop();
      await clock.advance(60_000);
      await stopped;
      machines.stop();
      await registry.stop();
    },
  };
}

/** The store, which counts what is written. */
function counting(store: Store, counted: Counted): Store {
  return {
    ...store,
    transact(transaction) {
      counted.writes += transaction.write.length;
      return store.transact(transaction);
    },
  };
}

async function untilComplete(client: Client, clock: VirtualClock, number: number): Promise<void> {
  for (let second = 0; second < 3_600; second += 1) {
    await clock.advance(1_000);
    const job = await client.get(JOB, KEY);
    const rollout = job.status?.domains?.[0]?.rollout;
    if (rollout?.phase === 'Complete' && rollout.number === number) return;
  }
  throw new Error(`revision ${number} was not rolled out within an hour`);
}

type World = Awaited<ReturnType<typeof rolledOut>>;

async function rollOut(world: World, number: number, count: number): Promise<Cost> {
  const { client, clock, counted } = world;
  const before = { ...counted, at: clock.now(), cpu: process.cpuUsage() };
  const job = await client.get(JOB, KEY);
  await client.update(JOB, { ...job, spec: { ...job.spec, version: `${number}` } });
  await untilComplete(client, clock, number);
  const { user, system } = process.cpuUsage(before.cpu);
  return {
    cpuMs: (user + system) / 1_000 / count,
    passes: (counted.passes - before.passes) / count,
    writes: (counted.writes - before.writes) / count,
    seconds: (clock.now() - before.at) / 1_000,
  };
}

async function trial(large: number, small: number): Promise<Trial> {
  const worlds = [await rolledOut(large), await rolledOut(small)] as const;
  const numbers = [1, 1];
  let last: Cost | undefined;
  const measure = async (at: 0 | 1, count: number) => {
    const number = (numbers[at] ?? 1) + 1;
    numbers[at] = number;
    return rollOut(worlds[at], number, count);
  };
  return {
    async ours() {
      last = await measure(0, large);
      return last.cpuMs;
    },
    bare: async () => (await measure(1, small)).cpuMs,
    async facts() {
      const { passes = 0, writes = 0, seconds = 0 } = last ?? {};
      return {
        'reconciles/instance': passes,
        'writes/instance': writes,
        'simulated seconds': seconds,
      };
    },
    async stop() {
      for (const world of worlds) await world.stop();
    },
  };
}

function rollout(name: string, large: number, small: number): Bench {
  return {
    name,
    unit: 'ms of the processor an instance',
    about: `a rollout of ${large} instances in simulation, beside one of ${small}: a ratio of 1 is a cost in proportion (less is better)`,
    rounds: 1,
    prepare: () => trial(large, small),
  };
}

export const benches: readonly Bench[] = [
  rollout('rollout-1k', 1_000, 100),
  rollout('rollout-10k', 10_000, 1_000),
];
