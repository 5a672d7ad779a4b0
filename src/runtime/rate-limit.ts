import type { Clock } from './port.ts';

/** Bounds how often something is done in any minute. */
export interface RateLimit {
  /** How often it may be done now; never negative. */
  left(): number;
  /** Counts it. */
  took(count?: number): void;
}

export interface RateLimitOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** The bound now; `Infinity` for none. */
  perMinute(): number;
}

/** A minute touches at most so many of the clock's seconds. */
const SECONDS = 61;

/**
 * Counts by the second, so that its size does not depend on how much is done; in no 60 seconds is more
 * done than the bound. It begins empty: what was done before a restart is not known.
 */
export function createRateLimit({ clock, perMinute }: RateLimitOptions): RateLimit {
  const counts = Array.from({ length: SECONDS }, () => 0);
  let done = 0;
  let second = Math.floor(clock.now() / 1_000);

  /** Forgets what was done more than a minute ago. */
  function turn(): void {
    const now = Math.floor(clock.now() / 1_000);
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
      return Math.max(0, perMinute() - done);
    },
    took(count = 1) {
      turn();
      const slot = second % SECONDS;
      counts[slot] = (counts[slot] ?? 0) + count;
      done += count;
    },
  };
}
