import { monitorEventLoopDelay } from 'node:perf_hooks';
import { TASK } from '../../src/api/kinds.gen.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createInformer } from '../../src/runtime/informer.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { load, openApi, openBare, TASKS_PATH } from '../support/bench-api.ts';
import { quietLog } from '../support/registry.ts';
import type { Bench, Trial } from './harness.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

const METADATA = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const WATCH_LIST =
  'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

const FEW = encodeURIComponent('titan.dev/job=job-0007');
const ALL = encodeURIComponent('titan.dev/revision=5d8f7c');

const PAGE = 500;
const clock = systemClock();
const random = systemRandom();

/**
 * The longest turn of this thread's loop while something is done: by the clock, as those who wait see it, and in
 * CPU time, which what else runs on the machine does not lengthen.
 */
function watchStalls(): () => { readonly clock: number; readonly cpu: number } {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let cpu = 0;
  let before = process.threadCpuUsage();
  let next: NodeJS.Immediate;
  const look = () => {
    const { user, system } = process.threadCpuUsage(before);
    cpu = Math.max(cpu, (user + system) / 1_000);
    before = process.threadCpuUsage();
    next = setImmediate(look);
  };
  next = setImmediate(look);
  delay.enable();
  return () => {
    delay.disable();
    clearImmediate(next);
    return { clock: delay.max / 1e6, cpu };
  };
}

/** The longest turns of each thing that is done, by its name. */
function createStalls() {
  const stalls: Record<string, number> = {};
  return {
    stalls,
    note(name: string, { clock, cpu }: { readonly clock: number; readonly cpu: number }): void {
      stalls[`${name} stall ms`] = Math.max(stalls[`${name} stall ms`] ?? 0, clock);
      stalls[`${name} CPU turn ms`] = Math.max(stalls[`${name} CPU turn ms`] ?? 0, cpu);
    },
  };
}

const SLICE_OBJECTS = 64;

/** Of about the size of ours: as many buffers as objects would be a load for the collector that we do not have. */
function slicesOf(bytes: readonly Uint8Array[]): readonly Uint8Array[] {
  const starts = Array.from({ length: Math.ceil(bytes.length / SLICE_OBJECTS) }, (_, at) => at);
  return starts.map((at) => {
    return Buffer.concat(bytes.slice(at * SLICE_OBJECTS, (at + 1) * SLICE_OBJECTS));
  });
}

async function listTrial(count: number): Promise<Trial> {
  const api = await openApi({ count });
  const { stalls, note } = createStalls();

  async function stalled(name: string, work: Partial<Parameters<typeof load>[0]>) {
    let stop = watchStalls();
    const done = await load(
      { port: api.port, path: TASKS_PATH, connections: 1, ...work },
      {
        onBegin: () => {
          stop();
          stop = watchStalls();
        },
      },
    );
    note(name, stop());
    return done;
  }

  async function pages(): Promise<readonly string[]> {
    const paths: string[] = [];
    let token: string | undefined = '';
    while (token !== undefined) {
      paths.push(`${TASKS_PATH}?limit=${PAGE}&continue=${encodeURIComponent(token)}`);
      const query = token === '' ? { limit: PAGE } : { limit: PAGE, continue: token };
      ({ continue: token } = await api.registry.list(api.tasks, query));
    }
    return paths;
  }

  /** An informer over the kind, from its start until it knows all. */
  async function informed(): Promise<void> {
    const ending = new AbortController();
    const client = api.registry.client({ manager: 'bench' });
    const stop = watchStalls();
    const informer = createInformer({ kind: TASK, client, clock, random, log: quietLog });
    const running = informer.run(ending.signal);
    await informer.whenSynced();
    note('informer', stop());
    if (informer.size !== count) throw new Error(`the informer knows ${informer.size} tasks`);
    ending.abort();
    await running;
  }

  await stalled('warm', { path: `${TASKS_PATH}?limit=1`, requests: 500 });
  await stalled('first list', { requests: 1 });
  const { items } = await api.registry.list(api.tasks, { resourceVersion: '0' });
  const bare = await openBare(slicesOf(items.map(({ bytes }) => bytes)));
  const times = 3;
  const rate = async (name: string, port: number) => {
    const { seconds } = await stalled(name, { port, requests: times });
    return (times * count) / seconds;
  };
  return {
    ours: () => rate('whole list', api.port),
    bare: () => rate('bare', bare.port),
    async facts() {
      await stalled('paged', { requests: 1, paths: await pages() });
      await stalled('table', { requests: 1, accept: TABLE });
      await stalled('metadata', { requests: 1, accept: METADATA });
      await stalled('few by label', { requests: 1, path: `${TASKS_PATH}?labelSelector=${FEW}` });
      await stalled('all by label', { requests: 1, path: `${TASKS_PATH}?labelSelector=${ALL}` });
      await stalled('watch list', { path: `${TASKS_PATH}?${WATCH_LIST}`, lines: count });
      await informed();
      return stalls;
    },
    async stop() {
      await api.stop();
      await bare.stop();
    },
  };
}

export const benches: readonly Bench[] = [10_000, 100_000].map((count) => ({
  name: `api-list-${count / 1_000}k`,
  unit: 'objects/s',
  about: `lists of ${count} tasks, beside a bare node:http server that sends the same bytes; with the longest stalls`,
  prepare: () => listTrial(count),
}));
