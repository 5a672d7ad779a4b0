import { hasReason, TitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Clock, Random } from '../runtime/port.ts';
import type {
  Range,
  RangeOptions,
  Revision,
  Store,
  StoreEvent,
  StoreUpkeep,
  WatchBatch,
} from '../store/port.ts';
import type { Space } from './space.ts';

/** How likely each fault of the store is, at each chance for it. */
export interface StoreRates {
  /** That a watch leaves an event out, brings it again, or brings a batch late. */
  readonly lose: number;
  readonly repeat: number;
  readonly late: number;
  /** That a call takes long. */
  readonly slow: number;
  /** That a write is done although its answer is lost. */
  readonly answerLost: number;
  /** That a read is answered by a member that is behind, as etcd did after a pause of its leader. */
  readonly stale: number;
}

/** A store that does all that is asked of it. */
export const SOUND: StoreRates = { lose: 0, repeat: 0, late: 0, slow: 0, answerLost: 0, stale: 0 };

/** A store in the way that networks and datastores are weak. What was acknowledged is kept. */
export interface WeakStore {
  readonly store: Store;
  /** Nobody reaches it for so long. */
  away(spanMs: Millis): void;
  /** It takes no writes for so long. */
  full(spanMs: Millis): void;
}

export interface WeakStoreOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly rates: StoreRates;
  /** Shared by all who use the store; absent, it never runs full by itself. */
  readonly space?: Space | undefined;
  /** Whether faults still happen. */
  readonly isOn: () => boolean;
}

const LATE_MAX_MS = 3_000;
const SLOW_MAX_MS = 15_000;
const STALE_MAX_MS = 3_000;
const REVISIONS_MAX = 200;

export function weakStore(options: WeakStoreOptions): WeakStore {
  const { store, clock, random, rates, space, isOn } = options;
  let awayUntil = 0;
  let fullUntil = 0;
  let breaking = new AbortController();
  const told: { readonly at: Millis; readonly revision: Revision }[] = [];
  const happens = (rate: number) => rate > 0 && isOn() && random.next() < rate;

  function reach(): void {
    if (isOn() && clock.now() < awayUntil) throw new TitanError('ServiceUnavailable', 'store away');
  }

  async function call<T>(work: () => Promise<T>): Promise<T> {
    reach();
    if (happens(rates.slow)) await clock.sleep(random.next() ** 2 * SLOW_MAX_MS);
    reach();
    return work();
  }

  async function write<T>(work: () => Promise<T>): Promise<T> {
    if (space?.full === true || (isOn() && clock.now() < fullUntil)) {
      throw new TitanError('ServiceUnavailable', 'the store is full');
    }
    const answer = await call(work);
    tell(await store.revision());
    if (happens(rates.answerLost))
      throw new TitanError('ServiceUnavailable', 'the answer was lost');
    return answer;
  }

  /** The revision as it was a while ago; `undefined` where that is not known. */
  function behind(): Revision | undefined {
    const from = clock.now() - random.next() * STALE_MAX_MS;
    return told.find(({ at }) => at >= from)?.revision;
  }

  function tell(revision: Revision): void {
    told.push({ at: clock.now(), revision });
    if (told.length > REVISIONS_MAX) told.shift();
  }

  /** What is behind and compacted away is read as it is now. */
  async function range(prefix: string, options: RangeOptions = {}): Promise<Range> {
    const at = options.at === undefined && happens(rates.stale) ? behind() : undefined;
    const found =
      at === undefined
        ? undefined
        : await store.range(prefix, { ...options, at }).catch(unlessExpired);
    return found ?? store.range(prefix, options);
  }

  /** What arrives of a batch. */
  function garbled(batch: WatchBatch): WatchBatch {
    const events = batch.events.flatMap((event): readonly StoreEvent[] => {
      if (happens(rates.lose)) return [];
      return happens(rates.repeat) ? [event, event] : [event];
    });
    return { ...batch, events };
  }

  return {
    store: {
      ...store,
      get: (key) => call(() => store.get(key)),
      range: (prefix, options) => call(() => range(prefix, options)),
      revision: () => call(async () => store.revision()),
      transact: (transaction) => write(() => store.transact(transaction)),
      grantLease: (spanMs) => write(() => store.grantLease(spanMs)),
      keepLease: (lease) => call(() => store.keepLease(lease)),
      revokeLease: (lease) => call(() => store.revokeLease(lease)),
      async compact(revision) {
        await call(() => store.compact(revision));
        space?.compacted();
      },
      ...(space === undefined ? {} : { upkeep: reached(space.upkeep, call) }),
      async *watch(prefix, options, signal) {
        reach();
        const until = AbortSignal.any([signal, breaking.signal]);
        for await (const batch of store.watch(prefix, options, until)) {
          if (happens(rates.late)) await clock.sleep(random.next() * LATE_MAX_MS, signal);
          yield garbled(batch);
        }
        if (!signal.aborted) throw new TitanError('ServiceUnavailable', 'the watch broke');
      },
    },
    away(spanMs) {
      awayUntil = clock.now() + spanMs;
      breaking.abort();
      breaking = new AbortController();
    },
    full(spanMs) {
      fullUntil = clock.now() + spanMs;
    },
  };
}

type Call = <T>(work: () => Promise<T>) => Promise<T>;

function reached({ space, defragment, disarm }: StoreUpkeep, call: Call): StoreUpkeep {
  return {
    space: () => call(space),
    defragment: (how) => call(() => defragment(how)),
    disarm: () => call(disarm),
  };
}

function unlessExpired(error: unknown): undefined {
  if (!hasReason(error, 'Expired')) throw error;
}
