import type { Millis } from '../api/object.ts';
import { type Backoff, backoffDelay } from './backoff.ts';
import { createLine } from './line.ts';
import type { Clock, Random } from './port.ts';
import { shiftOf } from './shift.ts';

/**
 * Keys that wait to be looked at. A key is held once however often it is added, and never worked on
 * twice at once: one that is added meanwhile is worked on again afterwards. After a failure a key rests
 * for the least wait of the back-off, whatever is added: work that writes before it fails would else
 * bring itself back without end. After work that went well it rests as long as `restMs` says. Keys come out in
 * the order in which they went in. Work that waits for nothing is broken off now and then, so that whatever else
 * there is has its turn. It holds at most as many keys as there are objects, so it needs no bound of its own.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds later; of several such wishes for one key the soonest holds. */
  addAfter(key: string, delayMs: Millis): void;
  /** Keys that wait for a worker, delayed ones left out. */
  readonly depth: number;
  /** Whether nothing waits and nothing is under way; delayed keys do not count. */
  readonly idle: boolean;
  /** Takes no more keys; resolves when what is under way has ended. */
  stop(): Promise<void>;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Keys worked on at once; 1 unless told. */
  readonly concurrency?: number;
  /** Waits after failures in a row of one key. */
  readonly backoff?: Backoff;
  /** How long a key that was worked on rests at least, so that dear work is not done too often; 0 unless told. */
  restMs?(key: string): Millis;
  /**
   * Looks at a key. @returns in how many milliseconds to look again if nothing happens (`Infinity`:
   * not by itself). What it throws leads to another attempt after the back-off.
   */
  work(key: string, signal: AbortSignal): Promise<Millis>;
  /** Told of each failure, with how many there were in a row. */
  onError(key: string, error: unknown, failures: number): void;
}

const BACKOFF: Backoff = { initialMs: 100, limitMs: 30_000 };

interface Delay {
  readonly at: Millis;
  readonly cancel: () => void;
}

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { clock, random, concurrency = 1, backoff = BACKOFF, restMs = () => 0 } = options;
  const waiting = createLine();
  const active = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const delays = new Map<string, Delay>();
  const failures = new Map<string, number>();
  const rests = createRests(clock);
  const stopping = new AbortController();
  const shift = shiftOf(clock);
  const pumpSoon = onceSoon(pump);

  function add(key: string): void {
    if (stopping.signal.aborted) return;
    const leftMs = rests.leftMs(key);
    if (active.has(key)) again.add(key);
    else if (leftMs > 0) delay(key, leftMs);
    else waiting.add(key);
    pumpSoon();
  }

  function addAfter(key: string, delayMs: Millis): void {
    if (stopping.signal.aborted || !(delayMs < Number.POSITIVE_INFINITY)) return;
    if (delayMs <= 0) add(key);
    else delay(key, delayMs);
  }

  function delay(key: string, delayMs: Millis): void {
    const at = clock.elapsed() + delayMs;
    const before = delays.get(key);
    if (before !== undefined && before.at <= at) return;
    before?.cancel();
    const cancel = clock.after(delayMs, () => {
      delays.delete(key);
      add(key);
    });
    delays.set(key, { at, cancel });
  }

  function pump(): void {
    while (active.size < concurrency) {
      const key = waiting.take();
      if (key === undefined) return;
      delays.get(key)?.cancel();
      delays.delete(key);
      active.set(key, run(key));
    }
  }

  async function run(key: string): Promise<void> {
    await Promise.resolve();
    if (!shift.mayBegin()) await shift.next();
    try {
      addAfter(key, await options.work(key, stopping.signal));
      failures.delete(key);
      rests.begin(key, restMs(key));
    } catch (error) {
      if (stopping.signal.aborted) return;
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      rests.begin(key, backoff.initialMs / 2);
      options.onError(key, error, count);
      addAfter(key, backoffDelay(count - 1, backoff, random));
    } finally {
      active.delete(key);
      if (again.delete(key)) add(key);
      if (!stopping.signal.aborted) pump();
    }
  }

  return {
    add,
    addAfter,
    get depth() {
      return waiting.size;
    },
    get idle() {
      return waiting.size === 0 && active.size === 0;
    },
    async stop() {
      stopping.abort();
      waiting.clear();
      for (const { cancel } of delays.values()) cancel();
      await Promise.all(active.values());
    },
  };
}

/** Not at once, so that keys that are added many times over in one go are worked on once. */
function onceSoon(work: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    void Promise.resolve().then(() => {
      isDue = false;
      work();
    });
  };
}

/** Until when keys rest. */
function createRests(clock: Pick<Clock, 'elapsed'>) {
  const until = new Map<string, Millis>();
  return {
    leftMs(key: string): Millis {
      const at = until.get(key);
      return at === undefined ? 0 : at - clock.elapsed();
    },
    begin(key: string, spanMs: Millis): void {
      if (spanMs > 0) until.set(key, clock.elapsed() + spanMs);
      else until.delete(key);
    },
  };
}
