import type { Kind } from '../api/kind.ts';
import { type ApiObject, keyOf, type ObjectKey } from '../api/object.ts';
import type { Clock } from '../runtime/port.ts';
import type { Condition } from '../store/port.ts';
import type { Feed } from './cache/feed.ts';
import type { KindCache } from './cache/kind-cache.ts';
import type { Catalog } from './catalog.ts';
import { notFound, unreadable } from './errors.ts';
import { localKey } from './keys.ts';
import type {
  Client,
  ObjectEvent,
  Premise,
  Registry,
  WatchItem,
  WriteOptions,
  WriteResult,
} from './port.ts';
import { createTurn, type Turn } from './turn.ts';

export interface ClientOptions {
  /** Who writes, for managed fields. */
  readonly manager: string;
  /** Conditions of every write: where one fails the write is refused with `Conflict`. */
  readonly guard?: readonly Condition[];
  /** Is called when a write was refused because of its guard. */
  readonly onGuardFailed?: () => void;
}

interface ClientSources {
  readonly registry: Registry;
  readonly catalog: Catalog;
  readonly feed: Feed;
  readonly clock: Pick<Clock, 'elapsed'>;
}

/**
 * The registry as controllers use it. Reads come from memory and never miss what this process wrote;
 * what it returns is shared and must not be changed.
 */
export function createClient(
  { registry, catalog, feed, clock }: ClientSources,
  options: ClientOptions,
): Client {
  const write: WriteOptions = { ...options, fieldValidation: 'Strict' };
  const status: WriteOptions = { ...write, subresource: 'status', ownsStatus: true };
  const bodyOf = (value: unknown) => ({ value, duplicates: [] });

  /** An object with its type, which lists of built-in kinds may lack. */
  function typed(kind: Kind, object: object): object {
    const { apiVersion } = catalog.of(kind);
    return { ...object, apiVersion, kind: kind.kind };
  }

  function known<T extends ApiObject>(kind: Kind<T>, key: ObjectKey): T | undefined {
    return catalog.of(kind).cache.newest(localKey(key))?.held?.object as T | undefined;
  }

  return {
    known,
    async get<T extends ApiObject>(kind: Kind<T>, key: ObjectKey) {
      const object = known(kind, key);
      if (object !== undefined) return object;
      const stored = catalog.of(kind).prefix + localKey(key);
      const poison = feed.unreadable.get(stored);
      throw poison ? unreadable(stored, poison.error) : notFound(kind, key.name);
    },
    async list<T extends ApiObject>(kind: Kind<T>) {
      const { cache } = catalog.of(kind);
      await feed.reach(cache.wroteAt);
      const resourceVersion = String(feed.revision);
      return { items: await scanned<T>(cache, createTurn(clock)), resourceVersion };
    },
    async *watch<T extends ApiObject>(
      kind: Kind<T>,
      { after }: { readonly after: string },
      signal: AbortSignal,
    ) {
      const { definition } = catalog.of(kind);
      const query = { resourceVersion: after };
      for await (const items of registry.watch(definition, query, signal)) {
        yield items.flatMap((item) => eventOf<T>(item));
      }
    },
    async create(kind, draft, { given, unclaimed = false } = {}) {
      const { definition } = catalog.of(kind);
      const { namespace } = draft.metadata;
      const body = bodyOf(typed(kind, draft));
      const premises = premisesOf(catalog, given);
      const how = { ...write, premises, unclaimed };
      return returned(kind, registry.create(definition, namespace, body, how));
    },
    async update(kind, object) {
      const { definition } = catalog.of(kind);
      const body = bodyOf(typed(kind, object));
      return replaced(kind, registry.replace(definition, keyOf(object), body, write));
    },
    async updateStatus(kind, object) {
      const { definition } = catalog.of(kind);
      const body = bodyOf(typed(kind, object));
      return replaced(kind, registry.replace(definition, keyOf(object), body, status));
    },
    async delete(kind, key, { given, ...preconditions } = {}) {
      const { definition } = catalog.of(kind);
      const premises = premisesOf(catalog, given);
      await registry.remove(definition, key, { ...write, ...preconditions, premises });
    },
    async replicate(kind, object) {
      const { definition } = catalog.of(kind);
      return returned(kind, registry.replicate(definition, object, write));
    },
  };
}

function premisesOf(catalog: Catalog, given: readonly Premise[] = []): readonly Condition[] {
  return given.map(({ kind, object: { metadata } }) => ({
    key: catalog.of(kind).prefix + localKey(metadata),
    revision: Number(metadata.resourceVersion),
  }));
}

/**
 * All objects of a cache, in turns. What changes meanwhile may be as it was or as it became: a watch from
 * before the first turn tells of it.
 */
async function scanned<T extends ApiObject>(cache: KindCache, turn: Turn): Promise<readonly T[]> {
  const items: T[] = [];
  let rest = cache.scan('');
  for (let next = rest.next(); !next.done; next = rest.next()) {
    const [local, { object }] = next.value;
    items.push(object as T);
    if (!turn.isOver()) continue;
    await turn.next();
    rest = cache.scan('', local);
  }
  return items;
}

/** What the registry answers for a kind is of that kind's type: the schema has checked it. */
async function returned<T extends ApiObject>(
  _kind: Kind<T>,
  object: Promise<ApiObject>,
): Promise<T> {
  return (await object) as T;
}

async function replaced<T extends ApiObject>(
  _kind: Kind<T>,
  result: Promise<WriteResult>,
): Promise<T> {
  return (await result).object as T;
}

function eventOf<T extends ApiObject>(item: WatchItem): readonly ObjectEvent<T>[] {
  if (item.type === 'BOOKMARK') return [];
  return [{ type: item.type, object: item.stored.object as T }];
}
