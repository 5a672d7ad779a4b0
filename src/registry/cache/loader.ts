import { asTitanError } from '../../api/error.ts';
import type { Clock, Log } from '../../runtime/port.ts';
import type { Entry, Revision, Store, StoreEvent } from '../../store/port.ts';
import { REGISTRY_PREFIX, splitKey } from '../keys.ts';
import { decode, type Held } from './held.ts';
import type { KindCache } from './kind-cache.ts';
import type { KindCaches } from './kind-caches.ts';

const PAGE = 1_000;

/** Brings what the store holds into the caches. */
export interface Loader {
  /**
   * Reads everything as of one moment: into empty caches as it is, else what differs, as changes.
   * @returns the moment
   */
  list(isFirst: boolean): Promise<Revision>;
  take(event: StoreEvent): void;
}

export function createLoader(
  { store, clock, log }: { readonly store: Store; readonly clock: Clock; readonly log: Log },
  caches: KindCaches,
): Loader {
  function read(entry: Entry, cache: KindCache, local: string): Held | undefined {
    const own = cache.own(local, entry.revision);
    if (own !== undefined) return own;
    try {
      return decode(entry.value, entry.revision);
    } catch (thrown) {
      const { message } = asTitanError(thrown);
      log.error('a stored object cannot be read', { key: entry.key, error: message });
      return undefined;
    }
  }

  function put(entry: Entry, isFirst: boolean): void {
    const { prefix, local } = splitKey(entry.key);
    const cache = caches.of(prefix);
    const held = read(entry, cache, local);
    if (held === undefined) return;
    if (isFirst) cache.load(local, held);
    else cache.put(local, held, clock.now());
  }

  function dropMissing(seen: ReadonlySet<string>, at: Revision): void {
    for (const [prefix, cache] of caches.all()) {
      const gone = [...cache.scan('')].filter(([local]) => !seen.has(prefix + local));
      for (const [local] of gone) cache.drop(local, at, clock.now());
      cache.window.raiseFloor(at);
      cache.caughtUp(at);
    }
  }

  return {
    async list(isFirst) {
      const seen = new Set<string>();
      let page = await store.range(REGISTRY_PREFIX, { limit: PAGE });
      const at = page.revision;
      for (;;) {
        for (const entry of page.entries) {
          seen.add(entry.key);
          put(entry, isFirst);
        }
        const last = page.entries.at(-1);
        if (!page.more || last === undefined) break;
        page = await store.range(REGISTRY_PREFIX, { limit: PAGE, after: last.key, at });
      }
      dropMissing(seen, at);
      return at;
    },
    take(event) {
      if (event.type === 'put') {
        put(event.entry, false);
        return;
      }
      const { prefix, local } = splitKey(event.key);
      caches.of(prefix).drop(local, event.revision, clock.now());
    },
  };
}
