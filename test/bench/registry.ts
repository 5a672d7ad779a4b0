import { TASK, type Task } from '../../src/api/kinds.gen.ts';
import { keyOf } from '../../src/api/object.ts';
import { readSchemas } from '../../src/compose/schemas.ts';
import { createRegistry } from '../../src/registry/registry.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Log } from '../../src/runtime/port.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { aTask } from '../support/builders.ts';
import { type Bench, inFlight, perSecond, type Trial } from './harness.ts';

const TASKS = 200;
const WRITES = 4_000;
const AT_ONCE = 50;

const log: Log = { info() {}, warn() {}, error() {}, child: () => log };

/** The registry over a store in memory, with tasks whose status a controller writes on and on. */
async function statusTrial(): Promise<Trial> {
  const clock = systemClock();
  const store = memoryStore({ clock });
  const crds = readSchemas();
  const registry = createRegistry({
    store,
    clock,
    random: systemRandom(),
    log,
    crds,
    domain: 'dc1',
  });
  await registry.start(new AbortController().signal);
  const creator = registry.client({ manager: 'job-controller' });
  const client = registry.client({ manager: 'task-controller' });
  const tasks: Task[] = [];
  for (let slot = 0; slot < TASKS; slot += 1) {
    const task = aTask(`${slot}#0 Running`);
    const { name, namespace, labels, ownerReferences, finalizers } = task.metadata;
    const metadata = { name, namespace, labels, ownerReferences, finalizers } as Task['metadata'];
    const created = await creator.create(TASK, { ...task, metadata });
    const status = { ...task.status } as NonNullable<Task['status']>;
    tasks.push(await client.updateStatus(TASK, { ...created, status }));
  }

  async function move(index: number): Promise<void> {
    const task = tasks[index % TASKS];
    if (task === undefined) return;
    const status = { ...task.status, message: `reported ${index}` } as Task['status'];
    const current = await client.get(TASK, keyOf(task));
    await client.updateStatus(TASK, { ...current, status } as Task);
  }

  const value = new TextEncoder().encode(JSON.stringify(tasks[0]));

  async function put(index: number): Promise<void> {
    const key = `/titan/bare/task-${index % TASKS}`;
    await store.transact({ when: [], write: [{ do: 'put', key, value }] });
  }

  return {
    ours: () => perSecond(() => inFlight({ count: WRITES, atOnce: AT_ONCE }, move)),
    bare: () => perSecond(() => inFlight({ count: WRITES, atOnce: AT_ONCE }, put)),
    async stop() {
      await registry.stop();
      await store.close();
    },
  };
}

export const benches: readonly Bench[] = [
  {
    name: 'registry-status',
    unit: 'writes/s',
    about:
      'a controller writes the status of tasks, beside bare puts into the same store in memory',
    prepare: statusTrial,
  },
];
