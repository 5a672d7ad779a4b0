import {
  type ApiServer,
  type ApiServerOptions,
  startApiServer,
} from '../../src/apiserver/server.ts';
import type { Registry } from '../../src/registry/port.ts';
import { createRegistry, type RunningRegistry } from '../../src/registry/registry.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Clock, Log, LogFields } from '../../src/runtime/port.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { everybody } from './access.ts';
import { checkers, schemas } from './registry.ts';

/** The real API server over the real registry over a memory store. */
export interface TestApi extends ApiServer {
  readonly registry: RunningRegistry;
  /** The messages that were logged as errors; a test may empty it. */
  readonly errors: string[];
  /** The lines of the audit log; a test may empty it. */
  readonly audit: LogFields[];
}

/** What decides who may come in. */
export type Doors = Pick<ApiServerOptions, 'tls' | 'access' | 'limits' | 'connectionsMax'> & {
  readonly clock?: Clock;
};

export interface TestApiOptions {
  /** Every namespace holds it. */
  readonly authority?: string;
  /** Changes the registry before it is served, for what a healthy one does not do. */
  readonly wrap?: (registry: Registry) => Registry;
  /** Everybody may do everything, over plain HTTP, unless told. */
  readonly doors?: (registry: RunningRegistry, store: Store, signal: AbortSignal) => Promise<Doors>;
}

const open = async () => ({ tls: undefined, access: everybody });

export async function startTestApi({
  wrap = (same) => same,
  doors = open,
  authority,
}: TestApiOptions = {}): Promise<TestApi> {
  const errors: string[] = [];
  const audit: LogFields[] = [];
  const log = quietLog(errors, audit);
  const clock = systemClock();
  const random = systemRandom();
  const store = memoryStore({ clock });
  const common = { store, clock, random, log, crds: schemas, checkers };
  const registry = createRegistry({ ...common, domain: 'dc1', authority });
  const stopping = new AbortController();
  await registry.start(stopping.signal);
  const server = await startApiServer({
    registry: wrap(registry),
    clock,
    random,
    log,
    listen: { host: '127.0.0.1', port: 0 },
    version: '1.2.3',
    metrics: createMetrics().api,
    ...(await doors(registry, store, stopping.signal)),
  });
  return {
    ...server,
    registry,
    errors,
    audit,
    async stop() {
      await server.stop();
      stopping.abort();
      await registry.stop();
      await store.close();
    },
  };
}

function quietLog(errors: string[], audit: LogFields[]): Log {
  const log: Log = {
    info(message, fields = {}) {
      if (message === 'audit') audit.push(fields);
    },
    warn: () => undefined,
    error: (message, fields) => errors.push(`${message} ${describeError(fields?.error)}`),
    child: () => log,
  };
  return log;
}

/** Where an error came from matters more to a test than what it says. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error ?? '');
  const { cause } = error;
  return (cause instanceof Error ? cause.stack : error.stack) ?? error.message;
}
