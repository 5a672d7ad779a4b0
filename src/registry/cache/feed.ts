import { asTitanError, hasReason, TitanError } from '../../api/error.ts';
import type { Millis } from '../../api/object.ts';
import type { Clock, Log } from '../../runtime/port.ts';
import type { Revision, Store } from '../../store/port.ts';
import { REGISTRY_PREFIX } from '../keys.ts';
import { runAudits } from './audit.ts';
import { createGate, createRevisionAsk } from './gate.ts';
import type { KindCaches } from './kind-caches.ts';
import { createLoader, type Loader } from './loader.ts';

const RETRY_MS = 100;
const RETRY_MAX_MS = 5_000;
/** How long a read waits for a store that is known to be in trouble. */
const TROUBLED_MS = 250;

/** The one store watch that keeps the caches of all kinds. */
export interface Feed {
  /** Everything that was written up to here is in the caches. */
  readonly revision: Revision;
  /** Records that are no objects, by key in the store. */
  readonly unreadable: Loader['unreadable'];
  /** How often the store was found to be set back, and how many changes it was found not to have told of. */
  readonly found: { readonly setBack: number; readonly untold: number };
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
  /**
   * As `fresh`; but while the store is away, what the caches have must do.
   * @returns why they may be old; `undefined` where they are not
   */
  asFreshAsCanBe(): Promise<string | undefined>;
}

function ringAll(caches: KindCaches, now: Millis): void {
  for (const [, cache] of [...caches.all()]) {
    cache.ring();
    cache.window.age(now);
  }
}

/** Why the caches don't follow the store now. */
interface Trouble {
  readonly text: string | undefined;
  is(thrown: unknown): void;
  over(revision: Revision): void;
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

export function createFeed(
  sources: { readonly store: Store; readonly clock: Clock; readonly log: Log },
  caches: KindCaches,
): Feed {
  const { store, clock, log } = sources;
  const gate = createGate(clock);
  const ask = createRevisionAsk(store);
  const loader = createLoader(sources, caches);
  const found = { setBack: 0, untold: 0 };
  const trouble = createTrouble(log);
  let running: Promise<unknown> = Promise.resolve();

  function advance(to: Revision): void {
    gate.open(to);
    ringAll(caches, clock.now());
  }

  async function follow(signal: AbortSignal): Promise<void> {
    const from = { after: gate.revision };
    for await (const { events, revision } of store.watch(REGISTRY_PREFIX, from, signal)) {
      trouble.over(gate.revision);
      for (const event of events) loader.take(event);
      advance(revision);
    }
    if (!signal.aborted) throw new TitanError('ServiceUnavailable', 'the store watch ended');
  }

  async function list(known: Revision): Promise<void> {
    const at = await loader.list(known === 0, known);
    if (at < known) found.setBack += 1;
    gate.setTo(at);
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

  async function fresh(): Promise<void> {
    const newest = await ask();
    if (gate.revision < newest) await gate.reach(newest);
    trouble.over(gate.revision);
  }

  const audits = {
    ...sources,
    caches,
    loader,
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
    get trouble() {
      return trouble.text;
    },
    start: (signal) =>
      new Promise((resolve) => {
        const following = run(signal, resolve);
        running = Promise.all([following, runAudits(audits, signal)]);
      }),
    async stopped() {
      await running;
    },
    reach: gate.reach,
    fresh,
    asFreshAsCanBe: () => asFreshAsCanBe({ clock, trouble, fresh, isEmpty: gate.revision === 0 }),
  };
}

/** Whether there is an answer soon. */
async function isSoon(clock: Clock, answer: Promise<void>): Promise<boolean> {
  const done = new AbortController();
  const late = clock.sleep(TROUBLED_MS, done.signal).then(() => false);
  return Promise.race([answer.then(() => true), late]).finally(() => done.abort());
}

interface Freshening {
  readonly clock: Clock;
  readonly trouble: Trouble;
  fresh(): Promise<void>;
  /** Whether there is nothing in the caches that could do. */
  readonly isEmpty: boolean;
}

async function asFreshAsCanBe(parts: Freshening): Promise<string | undefined> {
  const { clock, trouble, fresh, isEmpty } = parts;
  const isTroubled = trouble.text !== undefined && !isEmpty;
  const answer = fresh();
  answer.catch(() => undefined);
  try {
    if (isTroubled && !(await isSoon(clock, answer)) && trouble.text !== undefined) {
      return trouble.text;
    }
    // Where the trouble has just gone the caches follow again, but may not have come this far.
    await answer;
    return undefined;
  } catch (thrown) {
    if (isEmpty) throw thrown;
    if (hasReason(thrown, 'ServiceUnavailable')) trouble.is(thrown);
    if (trouble.text === undefined) throw thrown;
    return trouble.text;
  }
}
