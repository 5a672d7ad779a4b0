import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { asTitanError, type TitanError } from '../../src/api/error.ts';
import { kindRules } from '../../src/api/rules.ts';
import type { StoredForms } from '../../src/api/stored-forms.ts';
import type { CacheLimits } from '../../src/registry/cache/kind-caches.ts';
import type { Body, Client, Definition } from '../../src/registry/port.ts';
import {
  createRegistry,
  type RegistryOptions,
  type RunningRegistry,
} from '../../src/registry/registry.ts';
import { type VirtualClock, virtualClock } from '../../src/runtime/clock.ts';
import type { Log } from '../../src/runtime/port.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';

/** The project's own CustomResourceDefinitions, parsed. */
export const schemas: readonly unknown[] = readdirSync('schemas')
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => load(readFileSync(`schemas/${name}`, 'utf8')));

/** What was compiled of them, for all registries of a process: that takes longer than most tests. */
export const checkers: NonNullable<RegistryOptions['checkers']> = new Map();

export interface TestRegistry {
  readonly registry: RunningRegistry;
  readonly store: Store;
  readonly clock: VirtualClock;
  /** Writes as the manager `test`. */
  readonly client: Client;
  /** The definition of a kind by its plural name, whatever its group. */
  definition(plural: string): Definition;
  stop(): Promise<void>;
}

export interface TestRegistryOptions {
  readonly store?: Store;
  readonly clock?: VirtualClock;
  readonly crds?: readonly unknown[];
  readonly domain?: string;
  readonly seed?: number;
  readonly limits?: CacheLimits;
  readonly authority?: string;
  readonly forms?: Readonly<Record<string, StoredForms>>;
}

/** A log that keeps quiet. */
export const quietLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quietLog,
};

/** The real registry with the project's kinds, started, over a store in memory on a clock that stands still. */
export async function aRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const { clock = virtualClock(), crds = schemas, domain = 'dc1', seed = 1 } = options;
  const store = options.store ?? memoryStore({ clock });
  const registry = createRegistry({
    store,
    clock,
    random: seededRandom(seed),
    log: quietLog,
    crds,
    ...(crds === schemas ? { checkers } : {}),
    domain,
    limits: options.limits,
    forms: options.forms ?? {},
    authority: options.authority,
    rules: kindRules(),
    replicated: ['Job'],
  });
  const { signal } = new AbortController();
  await registry.start(signal);
  return {
    registry,
    store,
    clock,
    client: registry.client({ manager: 'test' }),
    definition(plural) {
      const found = registry.definitions().find(({ kind }) => kind.plural === plural);
      if (found === undefined) throw new Error(`no kind ${plural}`);
      return found;
    },
    async stop() {
      await registry.stop();
      if (options.store === undefined) await store.close();
    },
  };
}

/** A Job as a client would send it; `spec` over the least that a job needs. */
export function jobBody(
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Readonly<Record<string, unknown>> = {},
): Body {
  const needed = { applicationName: 'rocker', version: '1', location: 'dc1:2' };
  return bodyOf({
    apiVersion: 'titan.dev/v1beta1',
    kind: 'Job',
    metadata: { name: 'a', ...metadata },
    spec: { ...needed, ...spec },
  });
}

export function bodyOf(value: unknown, duplicates: readonly string[] = []): Body {
  return { value, duplicates };
}

/** What a promise failed with; fails itself where it did not, and for what is no promise. */
export async function failure(promise: unknown): Promise<TitanError> {
  try {
    await promise;
  } catch (thrown) {
    return asTitanError(thrown);
  }
  throw new Error('expected a failure');
}

/** `<code> <reason>: <message>` of what a promise failed with. */
export async function failureText(promise: unknown): Promise<string> {
  const { code, reason, message } = await failure(promise);
  return `${code} ${reason}: ${message}`;
}
