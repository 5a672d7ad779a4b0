import { asTitanError, hasReason, TitanError } from '../../api/error.ts';
import type { Clock, Log } from '../../runtime/port.ts';
import type { Entry, Revision, Store, StoreEvent, WatchBatch } from '../../store/port.ts';
import { tooLargeVersion } from '../errors.ts';
import { REGISTRY_PREFIX, splitKey } from '../keys.ts';
import { decode, type Held } from './held.ts';
import type { KindCache } from './kind-cache.ts';

/** How long a read waits for the cache to come as far as it must. */
const WAIT_MS = 3_000;
const RETRY_MS = 100;
const RETRY_MAX_MS = 5_000;
const PAGE = 1_000;

/** The one store watch that keeps the caches of all kinds. */
export interface Feed {
  /** Everything that was written up to here is in the caches. */
  readonly revision: Revision;
  /** Why the caches don't follow the store now; `undefined` while they do. */
  readonly trouble: string | undefined;
  /** Fills the caches and then follows the store until `signal` aborts; resolves once they are filled. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when what `start` began has ended. */
  stopped(): Promise<void>;
  /** Resolves when what was written up to `revision` is in the caches. @throws Timeout after 3 s */
  reach(revision: Revision): Promise<void>;
  /** Resolves when all that was written before the call is in the caches. @throws ServiceUnavailable */
  fresh(): Promise<void>;
  /** Calls after every batch, also after one that only moved the revision. */
  onBatch(listener: () => void): () => void;
}

export function createFeed(
  { store, clock, log }: { readonly store: Store; readonly clock: Clock; readonly log: Log },
  caches: ReadonlyMap<string, KindCache>,
): Feed {
  const waiters = new Set<() => void>();
  const listeners = new Set<() => void>();
  let revision: Revision = 0;
  let trouble: string | undefined = 'the cache has not been filled yet';
  let running: Promise<void> = Promise.resolve();
  let asking: Promise<Revision> | undefined;

  function advance(to: Revision): void {
    revision = Math.max(revision, to);
    for (const cache of caches.values()) cache.ring();
    for (const wake of [...waiters]) wake();
    for (const listener of [...listeners]) listener();
  }

  function take(event: StoreEvent): void {
    const key = event.type === 'put' ? event.entry.key : event.key;
    const { prefix, local } = splitKey(key);
    const cache = caches.get(prefix);
    if (cache === undefined) return;
    if (event.type === 'delete') {
      cache.drop(local, event.revision, clock.now());
      return;
    }
    const held = read(event.entry, cache, local);
    if (held !== undefined) cache.put(local, held, clock.now());
  }

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

  /** Reads everything as of one moment. The first time it fills the caches, later it finds the differences. */
  async function relist(): Promise<void> {
    const first = revision === 0;
    const seen = new Set<string>();
    let page = await store.range(REGISTRY_PREFIX, { limit: PAGE });
    const at = page.revision;
    for (;;) {
      for (const entry of page.entries) {
        const { prefix, local } = splitKey(entry.key);
        const cache = caches.get(prefix);
        const held = cache && read(entry, cache, local);
        if (cache === undefined || held === undefined) continue;
        seen.add(entry.key);
        if (first) cache.load(local, held);
        else cache.put(local, held, clock.now());
      }
      const last = page.entries.at(-1);
      if (!page.more || last === undefined) break;
      page = await store.range(REGISTRY_PREFIX, { limit: PAGE, after: last.key, at });
    }
    for (const [prefix, cache] of caches) {
      const gone = [...cache.scan('')].filter(([local]) => !seen.has(prefix + local));
      for (const [local] of gone) cache.drop(local, at, clock.now());
      cache.window.raiseFloor(at);
      cache.caughtUp(at);
    }
    advance(at);
  }

  async function follow(signal: AbortSignal): Promise<void> {
    for await (const batch of store.watch(REGISTRY_PREFIX, { after: revision }, signal)) {
      working();
      deliver(batch);
    }
  }

  function deliver({ events, revision: upTo }: WatchBatch): void {
    for (const event of events) take(event);
    advance(upTo);
  }

  function working(): void {
    if (trouble === undefined) return;
    trouble = undefined;
    log.info('the cache follows the store', { revision });
  }

  function lost(thrown: unknown): void {
    const { message } = asTitanError(thrown);
    if (trouble === undefined) log.warn('the cache has lost the store', { error: message });
    trouble = message;
  }

  /** Until `signal` aborts: list when there is need, watch, and again after whatever goes wrong. */
  async function run(signal: AbortSignal, filled: () => void): Promise<void> {
    let mustList = true;
    let delayMs = RETRY_MS;
    while (!signal.aborted) {
      try {
        if (mustList) await relist();
        mustList = false;
        working();
        filled();
        const before = revision;
        await follow(signal);
        if (revision > before) delayMs = RETRY_MS;
        if (!signal.aborted) lost(new TitanError('ServiceUnavailable', 'the store watch ended'));
      } catch (thrown) {
        mustList ||= hasReason(thrown, 'Expired');
        lost(thrown);
      }
      await clock.sleep(delayMs, signal);
      delayMs = Math.min(delayMs * 2, RETRY_MAX_MS);
    }
    filled();
  }

  function reach(wanted: Revision): Promise<void> {
    if (revision >= wanted) return Promise.resolve();
    return new Promise((resolve, reject) => {
      function done(): void {
        cancel();
        waiters.delete(wake);
      }
      function wake(): void {
        if (revision < wanted) return;
        done();
        resolve();
      }
      const cancel = clock.after(WAIT_MS, () => {
        done();
        reject(tooLargeVersion(wanted, revision));
      });
      waiters.add(wake);
    });
  }

  /** Asks that come while the store is being asked share the next answer: it is newer than they are. */
  let next: Promise<Revision> | undefined;
  function ask(): Promise<Revision> {
    if (asking === undefined) {
      asking = store.revision().finally(() => {
        asking = undefined;
      });
      return asking;
    }
    next ??= asking
      .catch(() => 0)
      .then(() => {
        next = undefined;
        return ask();
      });
    return next;
  }

  return {
    get revision() {
      return revision;
    },
    get trouble() {
      return trouble;
    },
    start(signal) {
      return new Promise((resolve) => {
        running = run(signal, resolve);
      });
    },
    stopped: () => running,
    reach,
    async fresh() {
      await reach(await ask());
    },
    onBatch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
