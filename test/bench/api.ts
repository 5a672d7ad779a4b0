import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Etcd3 } from 'etcd3';
import {
  type BenchApi,
  load,
  openApi,
  openRegistry,
  TASKS_PATH,
  tasksOf,
} from '../support/bench-api.ts';
import { type Opened, openEtcd, openLmdb } from '../support/bench-store.ts';
import { startEtcd } from '../support/etcd.ts';
import { taskDocument } from '../support/many-tasks.ts';
import { type Bench, inFlight, perSecond, type Trial } from './harness.ts';

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

const WATCHERS = 500;
const EVENTS = 1_000;
/** etcd's client is so much slower that fewer say enough. */
const BARE_EVENTS = 50;

async function fanoutTrial(): Promise<Trial> {
  const api = await openApi({ count: EVENTS });
  const etcd = await startEtcd({ members: 1 });
  const client = new Etcd3({ hosts: etcd.endpoints[0] ?? '' });
  /** As the first round found it: what later ones begin with is on its way out. */
  let perWatcher: number | undefined;
  let cpuPerEvent = 0;
  let round = 0;

  async function ours(): Promise<number> {
    const { resourceVersion } = await api.registry.list(api.tasks, {});
    collect();
    const before = process.memoryUsage().heapUsed + process.memoryUsage().external;
    let begin = 0;
    let cpu = process.threadCpuUsage();
    const path = `${TASKS_PATH}?watch=true&resourceVersion=${resourceVersion}`;
    const work = { port: api.port, path, connections: WATCHERS, lines: EVENTS };
    const onReady = () => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      perWatcher ??= (heapUsed + external - before) / WATCHERS;
      cpu = process.threadCpuUsage();
      begin = performance.now();
      void write(api, EVENTS, round++);
    };
    await load(work, { onReady });
    const { user, system } = process.threadCpuUsage(cpu);
    cpuPerEvent = (user + system) / (WATCHERS * EVENTS);
    return (WATCHERS * EVENTS * 1_000) / (performance.now() - begin);
  }

  async function bare(): Promise<number> {
    const { value } = taskDocument(1);
    const prefix = `bare-${round++}/`;
    let seen = 0;
    let done: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    const watchers = await Promise.all(
      Array.from({ length: WATCHERS }, () => client.watch().prefix(prefix).create()),
    );
    for (const watcher of watchers) {
      watcher.on('put', () => {
        seen += 1;
        if (seen === WATCHERS * BARE_EVENTS) done();
      });
    }
    const begin = performance.now();
    const success = Array.from({ length: BARE_EVENTS }, (_, index) => ({
      request_put: { key: Buffer.from(`${prefix}${index}`), value: Buffer.from(value) },
    }));
    await client.kv.txn({ success });
    await all;
    const seconds = (performance.now() - begin) / 1_000;
    await Promise.all(watchers.map((watcher) => watcher.cancel()));
    return (WATCHERS * BARE_EVENTS) / seconds;
  }

  return {
    ours,
    bare,
    facts: async () => ({ 'bytes per watcher': perWatcher ?? 0, 'CPU µs an event': cpuPerEvent }),
    async stop() {
      await api.stop();
      client.close();
      await etcd.stop();
    },
  };
}

/** A change of each of so many tasks, as many under way at once as a store groups. */
function write({ registry, tasks }: BenchApi, count: number, round: number): Promise<number> {
  return inFlight({ count, atOnce: 128 }, (index) => {
    const key = { namespace: 'default', name: taskDocument(index).name };
    const value = { metadata: { annotations: { round: String(round) } } };
    const body = { value, duplicates: [] };
    return registry.patch(tasks, key, { type: 'merge', body }, { manager: 'bench' });
  });
}

async function memoryTrial(): Promise<Trial> {
  const run = promisify(execFile);
  const figures = new Map<string, { rss: number; heap: number }>();
  async function measured(what: 'ours' | 'bare'): Promise<number> {
    const file = new URL('../support/many-tasks.ts', import.meta.url).pathname;
    const { stdout } = await run(process.execPath, ['--expose-gc', file, what]);
    const figure = JSON.parse(stdout) as { rss: number; heap: number };
    figures.set(what, figure);
    return figure.rss;
  }
  return {
    ours: () => measured('ours'),
    bare: () => measured('bare'),
    facts: async () => ({
      'heap MB': figures.get('ours')?.heap ?? 0,
      'bare heap MB': figures.get('bare')?.heap ?? 0,
      'RSS less 150 MB, by bare':
        ((figures.get('ours')?.rss ?? 0) - 150) / (figures.get('bare')?.rss ?? 1),
    }),
    stop: async () => undefined,
  };
}

const WRITTEN = 2_000;
const SINGLES = 300;

/** Creates, updates and patches that are under way together, beside puts of as many bytes one by one. */
async function writesTrial({ store, close }: Opened): Promise<Trial> {
  const registry = await openRegistry(store);
  const tasks = tasksOf(registry);
  const rates: Record<string, number> = {};
  let round = 0;

  async function rated(name: string, work: (index: number) => Promise<unknown>): Promise<void> {
    const rate = await perSecond(() => inFlight({ count: WRITTEN, atOnce: 1_000 }, work));
    rates[name] = Math.max(rates[name] ?? 0, rate);
  }

  async function all(): Promise<number> {
    const base = round++ * WRITTEN;
    const options = { manager: 'bench' };
    const bodies = Array.from({ length: WRITTEN }, (_, index) => {
      const {
        uid: _u,
        creationTimestamp: _c,
        generation: _g,
        managedFields: _m,
        ...metadata
      } = taskDocument(base + index).object.metadata;
      return { ...taskDocument(base + index).object, metadata };
    });
    const keyOf = (index: number) => ({
      namespace: 'default',
      name: bodies[index]?.metadata.name ?? '',
    });
    const begin = performance.now();
    const made: unknown[] = [];
    await rated('creates/s', async (index) => {
      const body = { value: bodies[index], duplicates: [] };
      made[index] = await registry.create(tasks, 'default', body, options);
    });
    await rated('updates/s', (index) => {
      const body = { value: made[index], duplicates: [] };
      const status = { ...options, subresource: 'status' } as const;
      const value = { ...Object(body.value), status: { phase: 'Running' } };
      return registry.replace(tasks, keyOf(index), { value, duplicates: [] }, status);
    });
    await rated('patches/s', (index) => {
      const body = { value: { metadata: { labels: { patched: 'yes' } } }, duplicates: [] };
      return registry.patch(tasks, keyOf(index), { type: 'merge', body }, options);
    });
    return (3 * WRITTEN * 1_000) / (performance.now() - begin);
  }

  return {
    ours: all,
    bare: () =>
      perSecond(() =>
        inFlight({ count: SINGLES, atOnce: 1 }, (index) => {
          const { value } = taskDocument(index);
          const key = `/bench/${round++}/${index}`;
          return store.transact({ when: [], write: [{ do: 'put', key, value }] });
        }),
      ),
    facts: async () => rates,
    async stop() {
      await registry.stop();
      await close();
    },
  };
}

export const benches: readonly Bench[] = [
  {
    name: 'api-watch-fanout',
    unit: 'events/s',
    about: `events told to ${WATCHERS} watchers over HTTP, beside as many watches of npm etcd3`,
    prepare: fanoutTrial,
  },
  {
    name: 'api-memory',
    unit: 'MB',
    about:
      'RSS with 200,000 tasks cached, followed and listed, beside their parsed objects in an array (less is better)',
    rounds: 1,
    prepare: memoryTrial,
  },
  {
    name: 'api-writes-lmdb',
    unit: 'writes/s',
    about: 'creates, updates and patches with 1,000 in flight, beside single puts one by one',
    prepare: async () => writesTrial(await openLmdb()),
  },
  {
    name: 'api-writes-etcd',
    unit: 'writes/s',
    about: 'creates, updates and patches with 1,000 in flight, beside single puts one by one',
    prepare: async () => writesTrial(await openEtcd()),
  },
];
