import { createHeap } from '../api/heap.ts';
import type { Millis } from '../api/object.ts';
import type { Clock } from './port.ts';

/** The longest delay that the platform's timers take; longer ones are set again. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export function systemClock(): Clock {
  function after(delayMs: Millis, fire: () => void): () => void {
    if (!(delayMs < Number.POSITIVE_INFINITY)) return () => undefined;
    let timer: NodeJS.Timeout;
    function arm(leftMs: Millis): void {
      const spanMs = Math.min(Math.max(0, leftMs), TIMER_MAX_MS);
      timer = setTimeout(() => (leftMs > spanMs ? arm(leftMs - spanMs) : fire()), spanMs);
    }
    arm(delayMs);
    return () => clearTimeout(timer);
  }
  return {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    after,
    sleep: sleepWith(after),
  };
}

/** A clock that stands still until it is told to move, for tests and simulation. */
export interface VirtualClock extends Clock {
  /** Lets everything that is due now, and all that follows from it at once, happen. */
  settle(): Promise<void>;
  /** Moves on by `spanMs`, firing each timer at its own moment, in the order they were set. */
  advance(spanMs: Millis): Promise<void>;
  /**
   * Moves on from timer to timer until `done` holds.
   * @returns whether it came to hold within `limitMs`
   */
  runUntil(done: () => boolean, limitMs: Millis): Promise<boolean>;
  /** Moves on until no timer is left, at most `limitMs`; periodic work never leaves none. */
  runUntilIdle(limitMs: Millis): Promise<void>;
  /** The moment of the next timer; `Infinity` where there is none. */
  nextAt(): Millis;
}

/** Fewer stopped timers than this are left to their moment. */
const stoppedMin = 1_000;

interface Timer {
  readonly at: Millis;
  readonly order: number;
  fire: (() => void) | undefined;
}

/**
 * Promises that are ready run between any two timers: control goes back to the platform once, which
 * runs them all, in an order that depends on nothing but the program.
 */
export function virtualClock(start: Millis = Date.UTC(2026, 0, 1)): VirtualClock {
  const timers = createHeap<Timer>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  let now = start;
  let order = 0;
  let stopped = 0;

  function after(delayMs: Millis, fire: () => void): () => void {
    if (!(delayMs < Number.POSITIVE_INFINITY)) return () => undefined;
    const timer: Timer = { at: now + Math.max(0, delayMs), order: order++, fire };
    timers.push(timer);
    return () => {
      if (timer.fire === undefined) return;
      timer.fire = undefined;
      stopped += 1;
      if (stopped > stoppedMin && stopped > timers.size / 2) sweep();
    };
  }

  /** Most timers are stopped long before their moment, as those of retries. */
  function sweep(): void {
    timers.keep(({ fire }) => fire !== undefined);
    stopped = 0;
  }

  function next(): Timer | undefined {
    while (timers.size > 0 && timers.peek()?.fire === undefined) {
      timers.pop();
      stopped -= 1;
    }
    return timers.peek();
  }

  async function step(limit: Millis): Promise<boolean> {
    const timer = next();
    if (timer === undefined || timer.at > limit) return false;
    timers.pop();
    now = timer.at;
    const { fire } = timer;
    timer.fire = undefined;
    fire?.();
    await drain();
    return true;
  }

  async function advance(spanMs: Millis): Promise<void> {
    const end = now + spanMs;
    await drain();
    while (await step(end));
    now = end;
  }

  return {
    now: () => now,
    elapsed: () => now - start,
    after,
    sleep: sleepWith(after),
    settle: () => advance(0),
    advance,
    async runUntil(done, limitMs) {
      const end = now + limitMs;
      await drain();
      while (!done()) {
        if (!(await step(end))) return false;
      }
      return true;
    },
    async runUntilIdle(limitMs) {
      const end = now + limitMs;
      await drain();
      while (await step(end));
    },
    nextAt: () => next()?.at ?? Number.POSITIVE_INFINITY,
  };
}

function drain(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function sleepWith(after: Clock['after']): Clock['sleep'] {
  return (delayMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const cancel = after(delayMs, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      function stop(): void {
        cancel();
        resolve();
      }
      signal?.addEventListener('abort', stop, { once: true });
    });
}
