import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { type ApiServer, startApiServer } from '../../src/apiserver/server.ts';
import type { Registry } from '../../src/registry/port.ts';
import { createRegistry } from '../../src/registry/registry.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Log } from '../../src/runtime/port.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { createApiMetrics } from '../../src/telemetry/metrics.ts';

/** The real API server over the real registry over a memory store. */
export interface TestApi extends ApiServer {
  /** The messages that were logged as errors; a test may empty it. */
  readonly errors: string[];
}

export interface TestApiOptions {
  /** Changes the registry before it is served, for what a healthy one does not do. */
  readonly wrap?: (registry: Registry) => Registry;
}

export async function startTestApi({
  wrap = (same) => same,
}: TestApiOptions = {}): Promise<TestApi> {
  const errors: string[] = [];
  const log = quietLog(errors);
  const clock = systemClock();
  const random = systemRandom();
  const store = memoryStore({ clock });
  const crds = readdirSync('schemas').map((file) => load(readFileSync(`schemas/${file}`, 'utf8')));
  const registry = createRegistry({ store, clock, random, log, crds, domain: 'dc1' });
  const stopping = new AbortController();
  await registry.start(stopping.signal);
  const server = await startApiServer({
    registry: wrap(registry),
    clock,
    random,
    log,
    listen: { host: '127.0.0.1', port: 0 },
    version: '1.2.3',
    metrics: createApiMetrics(),
  });
  return {
    url: server.url,
    errors,
    async stop() {
      await server.stop();
      stopping.abort();
      await registry.stop();
      await store.close();
    },
  };
}

function quietLog(errors: string[]): Log {
  const log: Log = {
    info: () => undefined,
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
