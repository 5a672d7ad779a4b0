import type { Clock } from './port.ts';

/** Bounds how often something is done in any minute. */
export interface RateLimit {
  /** How often it may be done now; never negative. */
  left(): number;
  /** Counts it. */
  took(count?: number): void;
}

export interface RateLimitOptions {
  readonly clock: Pick<Clock, 'elapsed'>;
  /** The bound now; `Infinity` for none. */
  perMinute(): number;
  /** Whether what was done before is to be taken for as much as the bound allows: a bound then lets nothing be done for a minute. */
  readonly beginsSpent?: boolean;
}

const MINUTE_MS = 60_000;

/** A minute touches at most so many of the clock's seconds. */
const SECONDS = 61;

/**
 * Counts by the second, so that its size does not depend on how much is done; in no 60 seconds is more
 * done than the bound, also where somebody sets the clock. What was done before a restart is not known: it begins
 * empty, unless told.
 */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { clock, perMinute, beginsSpent = false } = options;
  const opensAt = clock.elapsed() + (beginsSpent ? MINUTE_MS : 0);
  const counts = Array.from({ length: SECONDS }, () => 0);
  let done = 0;
  let second = Math.floor(clock.elapsed() / 1_000);

  /** Forgets what was done more than a minute ago. */
  function turn(): void {
    const now = Math.floor(clock.elapsed() / 1_000);
    for (let passed = Math.min(now - second, SECONDS); passed > 0; passed -= 1) {
      const slot = (now - passed + 1) % SECONDS;
      done -= counts[slot] ?? 0;
      counts[slot] = 0;
    }
    second = Math.max(second, now);
  }

  return {
    left() {
      turn();
      const bound = perMinute();
      if (bound < Number.POSITIVE_INFINITY && clock.elapsed() < opensAt) return 0;
      return Math.max(0, bound - done);
    },
    took(count = 1) {
      turn();
      const slot = second % SECONDS;
      counts[slot] = (counts[slot] ?? 0) + count;
      done += count;
    },
  };
}
