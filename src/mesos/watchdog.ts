import type { Millis } from '../api/object.ts';
import type { Clock } from '../runtime/port.ts';

export interface Watchdog {
  /** Aborts with the outer signal, and when the watchdog bites. */
  readonly signal: AbortSignal;
  /** Whether it ended the connection. */
  readonly bit: boolean;
  /** From now on, silence for this long is too long. */
  allow(silenceMs: Millis): void;
  /** Something came. */
  fed(): void;
  stop(): void;
}

/**
 * Ends a connection on which nothing came for too long: TCP may look alive for hours after the
 * other side is gone. It keeps one timer however much arrives.
 */
export function watchdog(clock: Clock, outer: AbortSignal): Watchdog {
  const controller = new AbortController();
  let silenceMs = Number.POSITIVE_INFINITY;
  let fedAt = clock.elapsed();
  let bit = false;
  let cancel = () => {};

  function arm(): void {
    cancel();
    if (silenceMs === Number.POSITIVE_INFINITY) return;
    cancel = clock.after(Math.max(0, fedAt + silenceMs - clock.elapsed()), look);
  }

  function look(): void {
    bit = clock.elapsed() >= fedAt + silenceMs;
    if (bit) controller.abort();
    else arm();
  }

  const abort = () => controller.abort();
  outer.addEventListener('abort', abort, { once: true });
  if (outer.aborted) abort();

  return {
    signal: controller.signal,
    get bit() {
      return bit;
    },
    allow(ms) {
      silenceMs = ms;
      fedAt = clock.elapsed();
      arm();
    },
    fed() {
      fedAt = clock.elapsed();
    },
    stop() {
      cancel();
      outer.removeEventListener('abort', abort);
      controller.abort();
    },
  };
}
