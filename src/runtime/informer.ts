import { asTitanError } from '../api/error.ts';
import type { Kind } from '../api/kind.ts';
import { type ApiObject, keyOf, keyText } from '../api/object.ts';
import type { Client, ObjectEvent } from '../registry/port.ts';
import { type Backoff, backoffDelay } from './backoff.ts';
import { createIndexedMap, type IndexBy } from './indexed-map.ts';
import type { Clock, Log, Random } from './port.ts';
import { inSlices } from './slices.ts';

/** What became of an object; `now` is absent after its deletion, `before` when it is new. */
export interface Change<T extends ApiObject> {
  readonly key: string;
  readonly now: T | undefined;
  readonly before: T | undefined;
}

/**
 * All objects of one kind, kept equal to the API by list and watch. Reads are from memory, and may
 * be behind, but never behind what this process wrote itself (`note`).
 */
export interface Informer<T extends ApiObject> {
  readonly kind: Kind<T>;
  /** Whether the first list has been read. */
  readonly synced: boolean;
  readonly size: number;
  get(key: string): T | undefined;
  values(): IterableIterator<T>;
  /** The objects with this value in a secondary index, in no stated order. */
  by(index: string, value: string): readonly T[];
  /** How many `by` would find; it costs nothing. */
  count(index: string, value: string): number;
  /** Calls after each change, in order. @returns how to stop that */
  onChange(listener: (change: Change<T>) => void): () => void;
  whenSynced(): Promise<void>;
  /** Resolves when everything up to this version of this kind has been seen. */
  reached(resourceVersion: string): Promise<void>;
  /** Takes the result of an own write at once; the watch brings it again, to no effect. */
  note(object: T): void;
  /** Lists and watches until `signal` aborts. Call it once. */
  run(signal: AbortSignal): Promise<void>;
}

export interface InformerOptions<T extends ApiObject> {
  readonly kind: Kind<T>;
  readonly client: Pick<Client, 'list' | 'watch'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly indexes?: Readonly<Record<string, IndexBy<T>>>;
}

const RELIST: Backoff = { initialMs: 200, limitMs: 10_000 };

export function createInformer<T extends ApiObject>(options: InformerOptions<T>): Informer<T> {
  const cache = createCache(options.kind, options.indexes);
  const { objects, listeners, seen } = cache;
  return {
    kind: options.kind,
    get synced() {
      return seen() >= 0;
    },
    get size() {
      return objects.size;
    },
    get: (key) => objects.get(key),
    values: () => objects.values(),
    by: (index, value) => objects.by(index, value),
    count: (index, value) => objects.count(index, value),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    whenSynced: () => cache.reached('0'),
    reached: cache.reached,
    note(object) {
      if (versionOf(object) > seen()) cache.put(object);
    },
    run: follower(cache, options),
  };
}

export function versionOf(object: ApiObject): number {
  return Number(object.metadata.resourceVersion);
}

/** The part of an informer that is memory: what was seen, and who is told. */
function createCache<T extends ApiObject>(kind: Kind<T>, indexes: InformerOptions<T>['indexes']) {
  const objects = createIndexedMap<T>(indexes ?? {});
  const listeners = new Set<(change: Change<T>) => void>();
  const waiters = new Set<{ readonly version: number; readonly resolve: () => void }>();
  let seen = -1;

  function tell(change: Change<T>): void {
    for (const listener of listeners) listener(change);
  }

  function put(object: T): void {
    const key = keyText(keyOf(object));
    const before = objects.get(key);
    if (before !== undefined && versionOf(before) >= versionOf(object)) return;
    objects.set(key, object);
    tell({ key, now: object, before });
  }

  function drop(key: string, version: number): void {
    const before = objects.get(key);
    if (before === undefined || versionOf(before) > version) return;
    objects.delete(key);
    tell({ key, now: undefined, before });
  }

  /** What was seen came from a history that is no more: a store that was set back. */
  function startOver(): void {
    seen = -1;
    for (const [key, before] of objects.entries()) {
      objects.delete(key);
      tell({ key, now: undefined, before });
    }
  }

  function sawUpTo(version: number): void {
    seen = Math.max(seen, version);
    for (const waiter of waiters) {
      if (waiter.version > seen) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  }

  function reached(resourceVersion: string): Promise<void> {
    const version = Number(resourceVersion);
    if (version <= seen) return Promise.resolve();
    return new Promise((resolve) => waiters.add({ version, resolve }));
  }

  return {
    objects,
    listeners,
    kind,
    put,
    drop,
    startOver,
    sawUpTo,
    reached,
    seen: () => seen,
  };
}

type Cache<T extends ApiObject> = ReturnType<typeof createCache<T>>;

/** The part that reads: list, watch, and again from the list when the watch is lost. */
function follower<T extends ApiObject>(cache: Cache<T>, options: InformerOptions<T>) {
  const { client, clock, random } = options;
  const log = options.log.child({ informer: cache.kind.plural });

  function apply(events: readonly ObjectEvent<T>[]): void {
    let newest = cache.seen();
    for (const { type, object } of events) {
      const version = versionOf(object);
      newest = Math.max(newest, version);
      if (type === 'DELETED') cache.drop(keyText(keyOf(object)), version);
      else cache.put(object);
    }
    cache.sawUpTo(newest);
  }

  async function relist(): Promise<string> {
    const { items, resourceVersion } = await client.list(cache.kind);
    const version = Number(resourceVersion);
    const steps = taking(items, version);
    if (version >= cache.seen()) await inSlices(steps, clock);
    else {
      // In one turn, since a reader who saw it half empty would make anew what there is.
      cache.startOver();
      while (!steps.next().done);
    }
    return resourceVersion;
  }

  /** A step for each object; what is written meanwhile is newer than the list, and stays. */
  function* taking(items: readonly T[], version: number): Generator<void, void> {
    const found = new Set<string>();
    for (const item of items) {
      found.add(keyText(keyOf(item)));
      cache.put(item);
      yield;
    }
    for (const key of cache.objects.keys()) {
      if (!found.has(key)) cache.drop(key, version);
      yield;
    }
    cache.sawUpTo(version);
  }

  async function follow(signal: AbortSignal, started: () => void): Promise<void> {
    const after = await relist();
    started();
    for await (const events of client.watch(cache.kind, { after }, signal)) apply(events);
  }

  async function run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      await follow(signal, () => {
        failures = 0;
      }).catch((thrown: unknown) => {
        const error = asTitanError(thrown);
        if (!signal.aborted) log.warn('watch lost, listing again', { error: error.message });
      });
      await clock.sleep(backoffDelay(failures++, RELIST, random), signal);
    }
  }

  return run;
}
