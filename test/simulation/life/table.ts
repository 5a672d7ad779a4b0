import { TitanError } from '../../../src/api/error.ts';
import type { Kind } from '../../../src/api/kind.ts';
import { type ApiObject, keyOf, keyText, type Millis } from '../../../src/api/object.ts';
import type { VirtualClock } from '../../../src/runtime/clock.ts';
import { createIndexedMap, type IndexBy } from '../../../src/runtime/indexed-map.ts';
import type { Change, Informer } from '../../../src/runtime/informer.ts';

/** All objects of one kind, and the cache of them that a control plane reads, which may be behind. */
export interface Table<T extends ApiObject> {
  readonly cache: Informer<T>;
  get(key: string): T | undefined;
  values(): Iterable<T>;
  /** @throws NotFound */
  must(key: string): T;
  /** Stores it under a new version; the cache has it at once where the control plane wrote it itself. */
  put(object: T, isOwn?: boolean): T;
  drop(key: string): void;
  /** The cache sees all that was written. */
  catchUp(): void;
}

export interface TableOptions<T extends ApiObject> {
  readonly kind: Kind<T>;
  readonly clock: VirtualClock;
  readonly indexes?: Readonly<Record<string, IndexBy<T>>>;
  /** How far the cache is behind what is written now. */
  lagMs(): Millis;
  nextVersion(): number;
  /** Told of every write, in order. */
  written(change: Change<T>): void;
}

interface Late<T> {
  readonly key: string;
  readonly object: T | undefined;
  readonly version: number;
}

export function createTable<T extends ApiObject>(options: TableOptions<T>): Table<T> {
  const { kind, clock, lagMs, nextVersion } = options;
  const stored = new Map<string, T>();
  const seen = createIndexedMap<T>(options.indexes ?? {});
  const listeners = new Set<(change: Change<T>) => void>();
  let late: Late<T>[] = [];
  let lateUntil = 0;

  function see({ key, object, version }: Late<T>): void {
    const before = seen.get(key);
    if (before !== undefined && versionOf(before) >= version) return;
    if (object === undefined) seen.delete(key);
    else seen.set(key, object);
    if (before === undefined && object === undefined) return;
    for (const listener of listeners) listener({ key, now: object, before });
  }

  /** Events come in the order of the writes, however late. */
  function seeLater(change: Late<T>): void {
    late.push(change);
    lateUntil = Math.max(lateUntil, clock.now() + lagMs());
    clock.after(lateUntil - clock.now(), () => {
      while ((late[0]?.version ?? Number.POSITIVE_INFINITY) <= change.version) {
        const next = late.shift();
        if (next !== undefined) see(next);
      }
    });
  }

  return {
    cache: informerOver(kind, seen, listeners),
    get: (key) => stored.get(key),
    values: () => stored.values(),
    must(key) {
      const found = stored.get(key);
      if (found === undefined) throw new TitanError('NotFound', `${kind.plural} ${key} not found`);
      return found;
    },
    put(object, isOwn = false) {
      const key = keyText(keyOf(object));
      const before = stored.get(key);
      const version = nextVersion();
      const now = {
        ...object,
        metadata: { ...object.metadata, resourceVersion: String(version) },
      };
      stored.set(key, now);
      options.written({ key, now, before });
      if (isOwn) see({ key, object: now, version });
      else seeLater({ key, object: now, version });
      return now;
    },
    drop(key) {
      const before = stored.get(key);
      stored.delete(key);
      options.written({ key, now: undefined, before });
      seeLater({ key, object: undefined, version: nextVersion() });
    },
    catchUp() {
      const all = late;
      late = [];
      for (const change of all) see(change);
    },
  };
}

function versionOf({ metadata }: ApiObject): number {
  return Number(metadata.resourceVersion);
}

/** What controllers read of a cache that is kept by other means than list and watch. */
function informerOver<T extends ApiObject>(
  kind: Kind<T>,
  seen: ReturnType<typeof createIndexedMap<T>>,
  listeners: Set<(change: Change<T>) => void>,
): Informer<T> {
  return {
    kind,
    synced: true,
    get size() {
      return seen.size;
    },
    get: (key) => seen.get(key),
    values: () => seen.values(),
    by: (index, value) => seen.by(index, value),
    count: (index, value) => seen.count(index, value),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    whenSynced: async () => undefined,
    reached: async () => undefined,
    note: () => undefined,
    run: async () => undefined,
  };
}
