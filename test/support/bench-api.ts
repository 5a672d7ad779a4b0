import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { TASK } from '../../src/api/kinds.gen.ts';
import { startApiServer } from '../../src/apiserver/server.ts';
import type { TlsMaterial } from '../../src/auth/port.ts';
import { readSchemas } from '../../src/compose/schemas.ts';
import type { Definition } from '../../src/registry/port.ts';
import { createRegistry, type RunningRegistry } from '../../src/registry/registry.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { inFlight } from '../bench/harness.ts';
import { everybody } from './access.ts';
import type { Doors } from './api-server.ts';
import type { LoadDone, LoadWork } from './http-load.ts';
import { taskDocument } from './many-tasks.ts';
import { quietLog } from './registry.ts';

const clock = systemClock();
const random = systemRandom();
const HOST = '127.0.0.1';

export const TASKS_PATH = '/apis/titan.dev/v1beta1/namespaces/default/tasks';
export const JSON_ONLY = 'application/json';

export interface BenchApi {
  readonly registry: RunningRegistry;
  readonly tasks: Definition;
  readonly port: number;
  stop(): Promise<void>;
}

export interface BenchApiOptions {
  /** Tasks that the store holds from the start. */
  readonly count: number;
  /** Everybody may do everything, over plain HTTP, unless told. */
  readonly doors?: (registry: RunningRegistry, store: Store) => Promise<Doors>;
}

export async function openRegistry(store: Store): Promise<RunningRegistry> {
  const options = { store, clock, random, log: quietLog, domain: 'dc1', crds: readSchemas() };
  const registry = createRegistry(options);
  await registry.start(new AbortController().signal);
  return registry;
}

export function tasksOf(registry: RunningRegistry): Definition {
  const found = registry.find(TASK.group, TASK.version, TASK.plural);
  if (found === undefined) throw new Error('tasks are not served');
  return found;
}

/** The API as production serves it, over a store in memory. */
export async function openApi({ count, doors = open }: BenchApiOptions): Promise<BenchApi> {
  const store = memoryStore({ clock });
  await inFlight({ count, atOnce: 500 }, (index) => {
    const { key, value } = taskDocument(index);
    return store.transact({ when: [], write: [{ do: 'put', key, value }] });
  });
  const registry = await openRegistry(store);
  const listen = { host: HOST, port: 0 };
  const common = { registry, clock, random, log: quietLog, listen, metrics: createMetrics().api };
  const server = await startApiServer({ ...common, ...(await doors(registry, store)) });
  return {
    registry,
    tasks: tasksOf(registry),
    port: Number(new URL(server.url).port),
    async stop() {
      await server.stop();
      await registry.stop();
      await store.close();
    },
  };
}

const open = async (): Promise<Doors> => ({ tls: undefined, access: everybody });

export interface Bare {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * A server of Node's that does nothing but send the same bytes under as many headers, in slices where there
 * are many; over TLS it asks for a client certificate too.
 */
export async function openBare(slices: readonly Uint8Array[], tls?: TlsMaterial): Promise<Bare> {
  const length = slices.reduce((sum, slice) => sum + slice.length, 0);
  const headers = {
    'cache-control': 'no-cache, private',
    'content-type': 'application/json',
    'audit-id': random.uuid(),
    'content-length': length,
  };
  const answer: RequestListener = (_, response) => {
    response.writeHead(200, headers);
    for (const slice of slices.slice(0, -1)) response.write(slice);
    response.end(slices.at(-1));
  };
  const server = tls === undefined ? createServer(answer) : secureBare(tls, answer);
  await new Promise<void>((resolve) => {
    server.listen(0, HOST, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function secureBare({ certificate, key, clientAuthorities }: TlsMaterial, answer: RequestListener) {
  const asking = { ca: clientAuthorities, requestCert: true, rejectUnauthorized: false };
  return createTlsServer({ cert: certificate, key, minVersion: 'TLSv1.2', ...asking }, answer);
}

type Load = Omit<LoadWork, 'host' | 'accept'> & { readonly accept?: string };

/** What of a load is told while it goes on. */
export interface LoadEvents {
  /** All connections are open, and the requests are about to be sent. */
  onBegin?(): void;
  /** Every watcher is served. */
  onReady?(): void;
}

/** @returns when the load is done */
export function load(work: Load, { onBegin, onReady }: LoadEvents = {}): Promise<LoadDone> {
  const workerData = { host: HOST, accept: JSON_ONLY, ...work } satisfies LoadWork;
  const worker = new Worker(new URL('./http-load.ts', import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    worker.on('message', (message: LoadDone | 'open' | 'ready') => {
      if (message === 'open') {
        onBegin?.();
        worker.postMessage('begin');
      } else if (message === 'ready') onReady?.();
      else resolve(message);
    });
    worker.on('error', reject);
  });
}
