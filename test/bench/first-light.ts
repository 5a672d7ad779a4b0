import { apiVersionOf } from '../../src/api/kind.ts';
import { FAULT_DOMAIN, JOB, type Job, TASK } from '../../src/api/kinds.gen.ts';
import { kindRules } from '../../src/api/rules.ts';
import { readSchemas } from '../../src/compose/schemas.ts';
import { type ControlPlane, startControlPlane } from '../../src/control-plane.ts';
import { masterOver } from '../../src/mesos/adapter.ts';
import { startFramework } from '../../src/mesos/framework.ts';
import { directTransport } from '../../src/mesos/local/master/direct.ts';
import type { Client } from '../../src/registry/port.ts';
import { createRegistry, type RunningRegistry } from '../../src/registry/registry.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Log } from '../../src/runtime/port.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { createMachines, type Machines } from '../../src/sim/machines.ts';
import type { Store } from '../../src/store/port.ts';
import { type Opened, openEtcd, openLmdb } from '../support/bench-store.ts';
import type { Bench, Trial } from './harness.ts';

const TASKS = 1_000;
const AGENTS = 100;

const clock = systemClock();
const random = systemRandom();
const log: Log = { info() {}, warn() {}, error() {}, child: () => log };

interface Running {
  readonly client: Client;
  stop(): Promise<void>;
}

async function runTitan(store: Store): Promise<Running> {
  const registry: RunningRegistry = createRegistry({
    store,
    clock,
    random,
    log,
    domain: 'dc1',
    crds: readSchemas(),
    rules: kindRules(),
    replicated: ['Job'],
  });
  await registry.start(new AbortController().signal);
  const client = registry.client({ manager: 'bench' });
  await client.create(FAULT_DOMAIN, {
    apiVersion: apiVersionOf(FAULT_DOMAIN),
    kind: FAULT_DOMAIN.kind,
    metadata: { name: 'dc1' },
    spec: { region: 'us-east-1', api: 'http://127.0.0.1:1' },
  });
  const options = { count: AGENTS, cpus: 64, memoryMiB: 262_144, clock, random, log };
  const machines: Machines = createMachines({ ...options, script: () => ({ startMs: 0 }) });
  const plane: ControlPlane = await startControlPlane({
    client,
    kinds: registry,
    clock,
    random,
    log,
    domain: { name: 'dc1', region: 'us-east-1' },
    openPeer: () => {
      throw new Error('there is only one domain');
    },
    openFramework: (host) =>
      startFramework({
        master: masterOver({ transport: directTransport(machines.reach), clock, log }),
        framework: { name: 'titan', user: 'titan', roles: ['titan'], failoverTimeoutMs: 60_000 },
        host,
        clock,
        random,
        log,
      }),
  });
  return {
    client,
    async stop() {
      await plane.stop();
      machines.stop();
      await registry.stop();
    },
  };
}

/** Seconds from the create of a job until all its tasks run; then it is deleted and waited for. */
async function applyToRunning(client: Client, name: string): Promise<number> {
  const start = performance.now();
  const spec = { applicationName: 'bench', version: '1', location: `dc1:${TASKS}` } as Job['spec'];
  await client.create(JOB, {
    apiVersion: apiVersionOf(JOB),
    kind: JOB.kind,
    metadata: { namespace: 'default', name },
    spec,
  });
  await until(async () => (await countRunning(client)) === TASKS);
  const seconds = (performance.now() - start) / 1_000;
  await client.delete(JOB, { namespace: 'default', name });
  await until(async () => (await client.list(JOB)).items.length === 0);
  return seconds;
}

async function countRunning(client: Client): Promise<number> {
  const { items } = await client.list(TASK);
  return items.filter(({ status }) => status?.phase === 'Running').length;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await clock.sleep(10);
}

/** Seconds to put as many objects of a task's size into the same store, one after the other. */
async function putOneByOne(store: Store, round: number): Promise<number> {
  const value = Buffer.alloc(1_500, 'x');
  const start = performance.now();
  for (let index = 0; index < TASKS; index += 1) {
    const key = `/bench/${round}/${index}`;
    await store.transact({ when: [], write: [{ do: 'put', key, value }] });
  }
  return (performance.now() - start) / 1_000;
}

async function trial(opened: Opened): Promise<Trial> {
  const titan = await runTitan(opened.store);
  let round = 0;
  return {
    ours: () => applyToRunning(titan.client, `bench-${round++}`),
    bare: () => putOneByOne(opened.store, round++),
    async stop() {
      await titan.stop();
      await opened.close();
    },
  };
}

const about = `seconds from apply until ${TASKS} tasks run on ${AGENTS} simulated agents, beside putting ${TASKS} objects one by one (less is better)`;

export const benches: readonly Bench[] = [
  { name: 'first-light-lmdb', unit: 's', about, prepare: async () => trial(await openLmdb()) },
  { name: 'first-light-etcd', unit: 's', about, prepare: async () => trial(await openEtcd()) },
];
