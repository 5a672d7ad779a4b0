import type { Millis } from '../api/object.ts';
import type { Condition, Entry, LeaseId, Store } from '../store/port.ts';
import type { Clock } from './port.ts';

/** The office of the leader while it is held: a key in the store that a lease holds up. */
export interface Seat {
  /** Holds as long as nobody else has sat down. */
  readonly guard: readonly Condition[];
  /** Renews until `signal` aborts, or until the lease may be over before it can be renewed. */
  keep(signal: AbortSignal): Promise<void>;
  /** Leaves it to whoever comes first, or to `successor`: should that one not come, to all once the lease is over. */
  leave(successor?: string): Promise<void>;
}

export interface SeatOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly identity: string;
  readonly ttlMs: Millis;
  readonly key: string;
}

/** How often a lease is renewed within its span. */
const RENEWALS = 3;

/**
 * Sits down, where nobody sits or the one who does is called the same: then it is this process in its
 * former life, or the last holder has named it its successor.
 *
 * @returns nothing where another holds it
 */
export async function takeSeat(options: SeatOptions): Promise<Seat | undefined> {
  const { store, identity, ttlMs, key } = options;
  const found = await store.get(key);
  if (found !== undefined && holderOf(found) !== identity) return undefined;
  const span = createSpan(options);
  const lease = await store.grantLease(ttlMs);
  const when = [{ key, revision: found?.revision ?? 0 }];
  const value = namedValue(identity);
  const result = await store.transact({ when, write: [{ do: 'put', key, value, lease }] });
  const [revision] = result.ok ? result.revisions : [];
  if (revision !== undefined) return seatOf(options, { lease, span, revision });
  await store.revokeLease(lease);
  return undefined;
}

interface Taken {
  readonly lease: LeaseId;
  readonly span: Span;
  readonly revision: number;
}

function seatOf(options: SeatOptions, { lease, span, revision }: Taken): Seat {
  const { store, clock, ttlMs, key } = options;
  const guard = [{ key, revision }];
  return {
    guard,
    async keep(signal) {
      const until = AbortSignal.any([signal, span.over]);
      while (!until.aborted) {
        await clock.sleep(ttlMs / RENEWALS, until);
        if (until.aborted) return;
        const extend = span.ask();
        const kept = await unlessAborted(store.keepLease(lease), until);
        if (kept === false) return;
        if (kept === true) extend();
      }
    },
    async leave(successor) {
      if (successor === undefined) {
        await store.revokeLease(lease);
        return;
      }
      const value = namedValue(successor);
      await store.transact({ when: guard, write: [{ do: 'put', key, value, lease }] });
    },
  };
}

/**
 * The time in which the store surely has not given the lease away. It is held by timers rather than read
 * from the clock, since people set clocks; a process that was paused finds it over before all else.
 */
interface Span {
  readonly over: AbortSignal;
  /** The lease is about to be renewed. The returned function says that it was, as of now. */
  ask(): () => void;
}

function createSpan({ clock, ttlMs }: SeatOptions): Span {
  const ended = new AbortController();
  let asked = 0;
  let granted = 0;
  function ask(): () => void {
    asked += 1;
    const own = asked;
    clock.after(ttlMs, () => {
      if (granted === own) ended.abort();
    });
    return () => {
      granted = own;
    };
  }
  ask()();
  return { over: ended.signal, ask };
}

/** The answer, if it comes in time; an error counts as none. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve) => {
    const none = () => resolve(undefined);
    signal.addEventListener('abort', none, { once: true });
    answer.then(resolve, none).finally(() => signal.removeEventListener('abort', none));
  });
}

function namedValue(identity: string): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ identity }));
}

function holderOf({ value }: Entry): string | undefined {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(value));
    const isNamed = typeof parsed === 'object' && parsed !== null && 'identity' in parsed;
    return isNamed && typeof parsed.identity === 'string' ? parsed.identity : undefined;
  } catch {
    return undefined;
  }
}
