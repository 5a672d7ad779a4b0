import { asTitanError, hasReason, TitanError } from '../../api/error.ts';
import type { Millis } from '../../api/object.ts';
import type { Clock, Log } from '../../runtime/port.ts';
import { keyOfEvent, type Revision, type Store, type StoreEvent } from '../../store/port.ts';
import { REGISTRY_PREFIX, ROOT_PREFIX } from '../keys.ts';
import { runAudits } from './audit.ts';
import { createFreshness, type Freshness, type Trouble } from './freshness.ts';
import { createGate } from './gate.ts';
import type { KindCaches } from './kind-caches.ts';
import { createLoader, type Loader } from './loader.ts';

const RETRY_MS = 100;
const RETRY_MAX_MS = 5_000;

/** The one store watch that keeps the caches of all kinds. */
export interface Feed extends Pick<Freshness, 'fresh' | 'asFreshAsCanBe'> {
  /** Everything that was written up to here is in the caches. */
  readonly revision: Revision;
  /** Records that are no objects, by key in the store. */
  readonly unreadable: Loader['unreadable'];
  /** How often the store was found to be set back, and how many changes it was found not to have told of. */
  readonly found: { readonly setBack: number; readonly untold: number };
  /** Calls each time the store is found to be set back, before anybody lists anew, until the returned function is called. */
  onSetBack(listener: () => void): () => void;
  /**
   * Calls when the watch tells that a key beside the registry's own was written or deleted, until the returned
   * function is called. It is a hint: of what happens while the watch is away nothing is told.
   */
  onOther(listener: (key: string) => void): () => void;
  /** Why the caches don't follow the store now; `undefined` while they do. */
  readonly trouble: string | undefined;
  /** Fills the caches and then follows the store until `signal` aborts; resolves once they are filled. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when what `start` began has ended. */
  stopped(): Promise<void>;
  /** Resolves when what was written up to `revision` is in the caches. @throws Timeout after 3 s */
  reach(revision: Revision): Promise<void>;
}

function ringAll(caches: KindCaches, now: Millis): void {
  for (const [, cache] of [...caches.all()]) {
    cache.ring();
    cache.window.age(now);
  }
}

function createTrouble(log: Log): Trouble {
  let text: string | undefined = 'the cache has not been filled yet';
  return {
    get text() {
      return text;
    },
    is(thrown) {
      const { message } = asTitanError(thrown);
      if (text === undefined) log.warn('the cache has lost the store', { error: message });
      text = message;
    },
    over(revision) {
      if (text !== undefined) log.info('the cache follows the store', { revision });
      text = undefined;
    },
  };
}

/** Those who are told of something. */
function createAudience<About extends readonly unknown[]>() {
  const listeners = new Set<(...about: About) => void>();
  return {
    tell(...about: About): void {
      for (const each of listeners) each(...about);
    },
    join(listener: (...about: About) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Tells of each time that the store is found to be set back, and counts them; and of keys beside the registry's own. */
function createTidings(found: { setBack: number }) {
  const setBacks = createAudience<[]>();
  const others = createAudience<[key: string]>();
  return {
    told: { onSetBack: setBacks.join, onOther: others.join },
    noticedSetBack(): void {
      found.setBack += 1;
      setBacks.tell();
    },
    /** @returns whether the event is of such a key */
    tellOther(event: StoreEvent): boolean {
      const key = keyOfEvent(event);
      const isOther = !key.startsWith(REGISTRY_PREFIX);
      if (isOther) others.tell(key);
      return isOther;
    },
  };
}

interface FeedSources {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

export function createFeed(sources: FeedSources, caches: KindCaches): Feed {
  const { store, clock, log } = sources;
  const gate = createGate(clock);
  const loader = createLoader(sources, caches);
  const found = { setBack: 0, untold: 0 };
  const compared = { at: 0 };
  const { told, noticedSetBack, tellOther } = createTidings(found);
  const trouble = createTrouble(log);
  const { ask, fresh, asFreshAsCanBe } = createFreshness({ store, clock, gate, trouble });
  let running: Promise<unknown> = Promise.resolve();

  function advance(to: Revision): void {
    gate.open(to);
    ringAll(caches, clock.now());
  }

  async function follow(signal: AbortSignal): Promise<void> {
    const from = { after: gate.revision, seen: loader.seen };
    for await (const { events, revision } of store.watch(ROOT_PREFIX, from, signal)) {
      trouble.over(gate.revision);
      for (const event of events) if (!tellOther(event)) loader.take(event);
      advance(revision);
    }
    if (!signal.aborted) throw new TitanError('ServiceUnavailable', 'the store watch ended');
  }

  async function list(known: Revision): Promise<void> {
    const { at, isSetBack } = await loader.list(known);
    if (isSetBack) noticedSetBack();
    gate.setTo(at);
    compared.at = at;
    advance(at);
  }

  /** Until `signal` aborts: list when there is need, watch, and again after whatever goes wrong. */
  async function run(signal: AbortSignal, filled: () => void): Promise<void> {
    let mustList = true;
    let delayMs = RETRY_MS;
    while (!signal.aborted) {
      const before = gate.revision;
      try {
        if (mustList) await list(before);
        mustList = false;
        trouble.over(gate.revision);
        filled();
        await follow(signal);
      } catch (thrown) {
        mustList ||= hasReason(thrown, 'Expired');
        trouble.is(thrown);
        if (gate.revision !== before) delayMs = RETRY_MS;
        await clock.sleep(delayMs, signal);
        delayMs = Math.min(delayMs * 2, RETRY_MAX_MS);
      }
    }
    filled();
  }

  const audits = {
    ...sources,
    caches,
    loader,
    compared,
    ask,
    fresh,
    revision: () => gate.revision,
    isTroubled: () => trouble.text !== undefined,
    done(mended: number): void {
      found.untold += mended;
      advance(gate.revision);
    },
  };

  return {
    get revision() {
      return gate.revision;
    },
    unreadable: loader.unreadable,
    found,
    ...told,
    get trouble() {
      return trouble.text;
    },
    start: (signal) =>
      new Promise((resolve) => {
        const following = run(signal, resolve);
        running = Promise.all([following, runAudits(audits, signal)]);
      }),
    stopped: () => running.then(() => undefined),
    reach: gate.reach,
    fresh,
    asFreshAsCanBe,
  };
}
