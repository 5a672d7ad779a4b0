import { CUSTOM_RESOURCE_DEFINITION } from '../api/builtin.ts';
import { asTitanError } from '../api/error.ts';
import type { Kind } from '../api/kind.ts';
import type { ApiObject, ObjectKey } from '../api/object.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import type { Store } from '../store/port.ts';
import { ensureBasics } from './bootstrap.ts';
import { createFeed, type Feed } from './cache/feed.ts';
import type { CacheLimits } from './cache/kind-caches.ts';
import { type Catalog, type CatalogOptions, createCatalog } from './catalog.ts';
import { type ClientOptions, createClient } from './client.ts';
import { followDefinitions } from './crd/lifecycle.ts';
import { notFound, unreadable } from './errors.ts';
import { withEventsGroup } from './events-group.ts';
import { kindPrefix, localKey, namespacePrefix, parseLocalKey } from './keys.ts';
import { keepNamespaceDefaults } from './namespace-defaults.ts';
import { endNamespaces } from './namespaces.ts';
import type { Client, Definition, GetOptions, Registry } from './port.ts';
import { listObjects } from './read/list.ts';
import { parseVersion } from './read/options.ts';
import { reach, staleness } from './read/reach.ts';
import { watchObjects } from './read/watch.ts';
import type { Rule } from './write/context.ts';
import { createContext } from './write/create-context.ts';
import { scaleOf } from './write/scale.ts';
import { createWrites } from './write/writes.ts';

export type { Rule, RuleView } from './write/context.ts';

export interface RegistryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** CustomResourceDefinition documents, parsed. */
  readonly crds: readonly unknown[];
  /** The name of this fault domain; the stamp of replicated objects bears it. */
  readonly domain: string;
  readonly limits?: CacheLimits | undefined;
  /** The certificate of who signs the server's, as PEM: every namespace holds it. */
  readonly authority?: string | undefined;
  /** What schemas cannot say, by kind, such as `Job`. */
  readonly rules?: Readonly<Record<string, Rule>>;
  /** How the records of a kind, such as `Job`, are stored, where that has changed; those of users' kinds never do. */
  readonly forms?: NonNullable<CatalogOptions['forms']>;
  /** Kinds, such as `Job`, that are stamped when written and leave a tombstone when removed. */
  readonly replicated?: readonly string[];
  /** What was compiled of the schemas, shared by registries with the same `crds` one after the other. */
  readonly checkers?: CatalogOptions['checkers'];
}

/** A stored record that is no object. */
export interface UnreadableRecord extends ObjectKey {
  readonly error: string;
}

/**
 * The registry with its lifetime.
 *
 * `start` fills the caches, for which it waits while the store is away, tries to make sure of the namespaces
 * `default` and `kube-system` and of the CRDs, and resolves when reads work. What the store does not take then
 * is tried again, and `health` tells of it. `signal` stops everything that was started; `stop` does the same
 * and waits for it.
 */
export interface RunningRegistry extends Registry {
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  /** Gets ready to write to kinds soon, as who may come to lead should: one kind a turn. */
  prepare(kinds: readonly Kind[]): Promise<void>;
  /** Resolves once all that was written before the call is in the caches. @throws ServiceUnavailable */
  fresh(): Promise<void>;
  /** The API for a controller: `manager` is who writes, `guard` fences every write (leadership). */
  client(options: ClientOptions): Client;
  /** The stored records of a kind that cannot be read, and why. */
  unreadable(kind: Kind): readonly UnreadableRecord[];
  /** What was found wrong with the store so far, to be told to people. */
  readonly findings: Pick<Feed, 'unreadable' | 'found' | 'onSetBack'>;
  /** Tells of keys beside the registry's own, on the one watch that there is. */
  readonly onOther: Feed['onOther'];
}

/**
 * Makes bytes in a store into resources.
 *
 * `createRegistry({ store, clock, random, log, crds, domain, rules?, replicated? }): RunningRegistry`
 */
export function createRegistry(options: RegistryOptions): RunningRegistry {
  const { store, clock, log } = options;
  const catalog = createCatalog(options.crds, options);
  const feed = createFeed({ store, clock, log }, catalog.caches);
  const context = createContext(options, catalog, feed);
  const stopping = new AbortController();
  const basics = createBasics(context, options);
  let running: Promise<unknown> = Promise.resolve();

  const core = { ...reads({ catalog, feed, store, clock }), ...createWrites(context) };
  const registry: Registry = {
    ...core,
    ...withEventsGroup(core),
    cacheWarning: () => (feed.trouble === undefined ? undefined : staleness(feed.trouble)),
    async health() {
      if (basics.lacking !== undefined) return { ok: false, message: basics.lacking };
      try {
        await feed.fresh();
        return { ok: true, message: 'ok' };
      } catch (thrown) {
        return { ok: false, message: feed.trouble ?? asTitanError(thrown).message };
      }
    },
  };

  return {
    ...registry,
    async start(signal) {
      const either = AbortSignal.any([signal, stopping.signal]);
      catalog.of(CUSTOM_RESOURCE_DEFINITION).cache.onChange(catalog.follow);
      await feed.start(either);
      catalog.follow();
      await basics.attempt();
      running = Promise.all([
        basics.keepTrying(either),
        endNamespaces(context, either),
        keepNamespaceDefaults(context, options.authority, either),
        followDefinitions(context, either),
      ]);
    },
    async stop() {
      stopping.abort();
      await running;
      await feed.stopped();
    },
    async prepare(kinds) {
      for (const kind of kinds) {
        catalog.of(kind).compile();
        await clock.sleep(0);
      }
    },
    async fresh() {
      await feed.fresh();
    },
    unreadable(kind) {
      if (feed.unreadable.size === 0) return [];
      const prefix = kindPrefix(kind);
      return [...feed.unreadable]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, { error }]) => ({ ...parseLocalKey(key.slice(prefix.length)), error }));
    },
    findings: feed,
    onOther: feed.onOther,
    client: (clientOptions) => createClient({ registry, catalog, feed, clock }, clientOptions),
  };
}

const RETRY_MS = 1_000;

/** The first objects: what the store does not take at the start is tried again while everything else goes on. */
function createBasics(
  context: ReturnType<typeof createContext>,
  { crds, clock, log }: RegistryOptions,
) {
  let error: string | undefined;

  async function attempt(): Promise<void> {
    try {
      await ensureBasics(context, crds);
      error = undefined;
    } catch (thrown) {
      error = asTitanError(thrown).message;
      log.warn('the first objects could not be written yet', { error });
    }
  }

  return {
    get lacking() {
      return error && `the first objects could not be written yet: ${error}`;
    },
    attempt,
    async keepTrying(signal: AbortSignal): Promise<void> {
      while (error !== undefined && !signal.aborted) {
        await clock.sleep(RETRY_MS, signal);
        if (!signal.aborted) await attempt();
      }
    },
  };
}

interface Sources {
  readonly catalog: Catalog;
  readonly feed: Feed;
  readonly store: Store;
  readonly clock: Clock;
}

type Reads = Pick<
  Registry,
  'definitions' | 'onDefinitions' | 'find' | 'get' | 'getScale' | 'list' | 'count' | 'watch'
>;

function reads({ catalog, feed, store, clock }: Sources): Reads {
  async function read(
    kind: Kind,
    key: ObjectKey,
    options: GetOptions = {},
    waiting = reach(feed, parseVersion(options.resourceVersion), options),
  ) {
    const served = catalog.of(kind);
    await waiting;
    const held = served.cache.get(localKey(key));
    if (held !== undefined) return held;
    const stored = served.prefix + localKey(key);
    const poison = feed.unreadable.get(stored);
    throw poison ? unreadable(stored, poison.error) : notFound(served.definition.kind, key.name);
  }

  return {
    definitions: () => catalog.definitions,
    onDefinitions: (listener) => catalog.onChange(listener),
    find: (group, version, plural) => catalog.find(group, version, plural)?.definition,
    get({ kind }: Definition, key, options = {}) {
      if (options.resourceVersion) return read(kind, key, options);
      const waiting = reach(feed, undefined, options);
      const served = catalog.find(kind.group, kind.version, kind.plural);
      const held = waiting === undefined ? served?.cache.get(localKey(key)) : undefined;
      return held ?? read(kind, key, options, waiting);
    },
    async getScale({ kind }: Definition, key, options): Promise<ApiObject> {
      const { object } = await read(kind, key, options);
      return scaleOf(catalog.of(kind), object);
    },
    count: ({ kind }, namespace) => catalog.of(kind).cache.count(namespacePrefix(kind, namespace)),
    list: async ({ kind }, query) => listObjects({ store, feed, clock }, catalog.of(kind), query),
    watch({ kind }, query, signal) {
      const served = catalog.of(kind);
      const either = served.ended ? AbortSignal.any([signal, served.ended]) : signal;
      return watchObjects({ feed, clock }, served, query, either);
    },
  };
}
