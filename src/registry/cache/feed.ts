import { asTitanError, hasReason, TitanError } from '../../api/error.ts';
import type { Clock, Log } from '../../runtime/port.ts';
import type { Revision, Store } from '../../store/port.ts';
import { REGISTRY_PREFIX } from '../keys.ts';
import { createGate, createRevisionAsk } from './gate.ts';
import type { KindCaches } from './kind-caches.ts';
import { createLoader } from './loader.ts';

const RETRY_MS = 100;
const RETRY_MAX_MS = 5_000;

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
  /** As `fresh`; but while the store is away, what the caches have must do, and `trouble` says so. */
  asFreshAsCanBe(): Promise<void>;
}

export function createFeed(
  sources: { readonly store: Store; readonly clock: Clock; readonly log: Log },
  caches: KindCaches,
): Feed {
  const { store, clock, log } = sources;
  const gate = createGate(clock);
  const ask = createRevisionAsk(store);
  const loader = createLoader(sources, caches);
  let trouble: string | undefined = 'the cache has not been filled yet';
  let running: Promise<void> = Promise.resolve();

  function advance(to: Revision): void {
    gate.open(to);
    const now = clock.now();
    for (const [, cache] of [...caches.all()]) {
      cache.ring();
      cache.window.age(now);
    }
  }

  function working(): void {
    if (trouble !== undefined) log.info('the cache follows the store', { revision: gate.revision });
    trouble = undefined;
  }

  function lost(thrown: unknown): void {
    const { message } = asTitanError(thrown);
    if (trouble === undefined) log.warn('the cache has lost the store', { error: message });
    trouble = message;
  }

  async function follow(signal: AbortSignal): Promise<void> {
    for await (const { events, revision } of store.watch(
      REGISTRY_PREFIX,
      { after: gate.revision },
      signal,
    )) {
      working();
      for (const event of events) loader.take(event);
      advance(revision);
    }
    if (!signal.aborted) throw new TitanError('ServiceUnavailable', 'the store watch ended');
  }

  /** Until `signal` aborts: list when there is need, watch, and again after whatever goes wrong. */
  async function run(signal: AbortSignal, filled: () => void): Promise<void> {
    let mustList = true;
    let delayMs = RETRY_MS;
    while (!signal.aborted) {
      const before = gate.revision;
      try {
        if (mustList) advance(await loader.list(before === 0));
        mustList = false;
        working();
        filled();
        await follow(signal);
      } catch (thrown) {
        mustList ||= hasReason(thrown, 'Expired');
        lost(thrown);
        if (gate.revision > before) delayMs = RETRY_MS;
        await clock.sleep(delayMs, signal);
        delayMs = Math.min(delayMs * 2, RETRY_MAX_MS);
      }
    }
    filled();
  }

  async function fresh(): Promise<void> {
    await gate.reach(await ask());
    working();
  }

  return {
    get revision() {
      return gate.revision;
    },
    get trouble() {
      return trouble;
    },
    start: (signal) =>
      new Promise((resolve) => {
        running = run(signal, resolve);
      }),
    stopped: () => running,
    reach: gate.reach,
    fresh,
    async asFreshAsCanBe() {
      try {
        await fresh();
      } catch (thrown) {
        if (gate.revision === 0) throw thrown;
        if (hasReason(thrown, 'ServiceUnavailable')) lost(thrown);
        if (trouble === undefined) throw thrown;
      }
    },
  };
}
