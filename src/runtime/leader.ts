import { asTitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Condition, Entry, LeaseId, Revision, Store } from '../store/port.ts';
import type { Clock, Log, Random } from './port.ts';

/** A time of leading. */
export interface Term {
  /** What every write of the term must compare: it fails once another leads. */
  readonly guard: readonly Condition[];
  /** Aborted when the term is over, or may be: nothing may be begun after it. */
  readonly signal: AbortSignal;
}

export interface Leadership {
  /**
   * Stands for election until `stop` aborts, and does `work` in each term. The term ends when `work`
   * does, when the lease could not be renewed in time, and when `stop` aborts. The next leader need
   * not wait for the lease to run out, unless this process dies.
   */
  hold(work: (term: Term) => Promise<void>, stop: AbortSignal): Promise<void>;
}

export interface LeadershipOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /**
   * Names this process, also in its next life: one that finds itself named as the leader takes over
   * from its former life at once. No two that live at the same time may share one.
   */
  readonly identity: string;
  readonly ttlMs: Millis;
  /** The key that the leader holds. */
  readonly key?: string;
}

const KEY = '/titan/leader';
/** How often a lease is renewed, and the seat is asked for, within the lease's span. */
const TRIES = 3;

interface Seat {
  readonly lease: LeaseId;
  readonly revision: Revision;
  /** The latest moment from which the store may count the lease's span. */
  readonly grantedAt: Millis;
}

export function leadership(options: LeadershipOptions): Leadership {
  const { clock, random, identity, ttlMs } = options;
  const log = options.log.child({ component: 'leader', identity });
  const seats = seatOf(options);

  async function term(seat: Seat, work: (term: Term) => Promise<void>, stop: AbortSignal) {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, stop]);
    const guard = [{ key: options.key ?? KEY, revision: seat.revision }];
    const renewing = seats.keep(seat, signal).then(() => over.abort());
    log.info('leading');
    try {
      await work({ guard, signal });
    } finally {
      over.abort();
      await renewing;
      await seats.leave(seat).catch(warn);
      log.info('leading no more');
    }
  }

  function warn(thrown: unknown): void {
    log.warn('leadership failed, will try again', { error: asTitanError(thrown).message });
  }

  return {
    async hold(work, stop) {
      while (!stop.aborted) {
        const seat = await seats.take().catch(warn);
        if (seat !== undefined) await term(seat, work, stop).catch(warn);
        const pauseMs = (ttlMs / TRIES) * (0.5 + random.next() / 2);
        if (!stop.aborted) await clock.sleep(pauseMs, stop);
      }
    },
  };
}

/** The seat of the leader: a key that a lease holds up. */
function seatOf({ store, clock, identity, ttlMs, key = KEY }: LeadershipOptions) {
  /** @returns nothing where another holds it */
  async function take(): Promise<Seat | undefined> {
    const found = await store.get(key);
    if (found !== undefined && holderOf(found) !== identity) return undefined;
    const grantedAt = clock.now();
    const lease = await store.grantLease(ttlMs);
    const value = new TextEncoder().encode(JSON.stringify({ identity }));
    const result = await store.transact({
      when: [{ key, revision: found?.revision ?? 0 }],
      write: [{ do: 'put', key, value, lease }],
    });
    const [revision] = result.ok ? result.revisions : [];
    if (revision !== undefined) return { lease, revision, grantedAt };
    await store.revokeLease(lease);
    return undefined;
  }

  /** Renews until `signal` aborts, or until the lease may be over before it can be renewed. */
  async function keep({ lease, grantedAt }: Seat, signal: AbortSignal): Promise<void> {
    let safeUntil = grantedAt + ttlMs;
    while (!signal.aborted) {
      await clock.sleep(ttlMs / TRIES, signal);
      if (signal.aborted) return;
      const askedAt = clock.now();
      const kept = await before(safeUntil, store.keepLease(lease), signal);
      if (kept === false || clock.now() >= safeUntil) return;
      if (kept === true) safeUntil = askedAt + ttlMs;
    }
  }

  /** The answer, if it comes in time; an error counts as none. */
  async function before(
    deadline: Millis,
    answer: Promise<boolean>,
    signal: AbortSignal,
  ): Promise<boolean | undefined> {
    const done = new AbortController();
    const timer = clock.sleep(deadline - clock.now(), AbortSignal.any([done.signal, signal]));
    const settled = answer.catch(() => undefined);
    const first = await Promise.race([settled, timer.then(() => undefined)]);
    done.abort();
    return first;
  }

  return { take, keep, leave: ({ lease }: Seat) => store.revokeLease(lease) };
}

function holderOf({ value }: Entry): string | undefined {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(value));
    const identity =
      typeof parsed === 'object' && parsed !== null && 'identity' in parsed
        ? parsed.identity
        : undefined;
    return typeof identity === 'string' ? identity : undefined;
  } catch {
    return undefined;
  }
}
