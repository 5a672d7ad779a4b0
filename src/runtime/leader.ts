import { asTitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Condition, Store } from '../store/port.ts';
import type { Clock, Log, Random } from './port.ts';
import { type Seat, takeSeat } from './seat.ts';

/** A time of leading. */
export interface Term {
  /** What every write of the term must compare: it fails once another leads. */
  readonly guard: readonly Condition[];
  /** Aborted when the term is over, or may be: nothing may be begun after it. */
  readonly signal: AbortSignal;
  /** Ends the term, for `successor` if one is named, else for whoever comes first but this process. */
  resign(successor?: string): void;
  /** Ends the term, because a write found that another leads. */
  deposed(): void;
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
  /**
   * Calls when the key may have changed hands, until the returned function is called: who stands then looks at once.
   * It is a hint, and may be late or left out; absent, there are only the looks of every so often.
   */
  readonly onChange?: ((listener: () => void) => () => void) | undefined;
}

export const LEADER_KEY = '/titan/leader';
/** How often the seat is looked at by those who stand, within the lease's span, and at least. */
const LOOKS = 3;
const LOOK_MAX_MS = 500;

export function leadership(options: LeadershipOptions): Leadership {
  const { clock, random, identity, ttlMs, key = LEADER_KEY, onChange } = options;
  const log = options.log.child({ component: 'leader', identity });

  /** @returns whether it was given up of own will */
  async function term(seat: Seat, work: (term: Term) => Promise<void>, stop: AbortSignal) {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, stop]);
    const renewing = seat.keep(signal).then(() => over.abort());
    let resigned = false;
    let successor: string | undefined;
    log.info('leading');
    try {
      await work({
        guard: seat.guard,
        signal,
        resign(to) {
          resigned = true;
          successor = to;
          over.abort();
        },
        deposed() {
          log.warn('a write found that another leads');
          over.abort();
        },
      });
    } finally {
      over.abort();
      await renewing;
      await seat.leave(successor).catch(warn);
      log.info('leading no more');
    }
    return resigned;
  }

  function warn(thrown: unknown): undefined {
    log.warn('leadership failed, will try again', { error: asTitanError(thrown).message });
  }

  function lookMs(): Millis {
    return Math.min(ttlMs / LOOKS, LOOK_MAX_MS) * (0.5 + random.next() / 2);
  }

  /** Looks whether the seat is free until it is, and sits down. @returns nothing where `stop` aborted first */
  async function stand(stop: AbortSignal): Promise<Seat | undefined> {
    while (!stop.aborted) {
      const changed = new AbortController();
      // From before the look on, so that what happens during it is not slept through.
      const ignore = onChange?.(() => changed.abort());
      const seat = await takeSeat({ ...options, identity, key }).catch(warn);
      if (seat === undefined) await clock.sleep(lookMs(), AbortSignal.any([stop, changed.signal]));
      ignore?.();
      if (seat !== undefined) return seat;
    }
    return undefined;
  }

  return {
    async hold(work, stop) {
      while (!stop.aborted) {
        const seat = await stand(stop);
        const resigned = seat && (await term(seat, work, stop).catch(warn));
        await clock.sleep(resigned === true ? ttlMs / LOOKS : lookMs(), stop);
      }
    },
  };
}
