import type { Millis } from '../api/object.ts';
import type { EventStream, Transport } from '../mesos/transport.ts';
import type { Clock } from '../runtime/port.ts';
import type { Store } from '../store/port.ts';
import { type Garble, garbled } from './garbled.ts';
import { createSleep, never, type Sleep } from './sleep.ts';

/** Decides at each effect whether the process dies, before it or right after it. */
export type Fate = (effect: string) => 'lives' | 'dies-before' | 'dies-after';

/**
 * One life of a process: once it is over nothing that it began has an effect, or ever resolves; while
 * it is paused nothing reaches it, and what was under way goes on without it.
 */
export interface Mortal {
  readonly alive: boolean;
  readonly paused: boolean;
  readonly signal: AbortSignal;
  die(): void;
  /** Stands still, as by SIGSTOP. */
  pause(): void;
  /** Goes on: first its timers, the one that was due first before the others, then all that has come for it. */
  resume(): void;
  /** Somebody sets its machine's clock by so much; timers, and what has elapsed, go on as they did. */
  jump(byMs: Millis): void;
  clock(clock: Clock): Clock;
  store(store: Store): Store;
  transport(transport: Transport, garble: Garble): Transport;
}

export interface MortalOptions {
  readonly fate: Fate;
  /** Named in what is noted; nothing unless told. */
  readonly name?: string;
  note(text: string): void;
}

export function createMortal({ fate, name: own = '', note }: MortalOptions): Mortal {
  const dead = new AbortController();
  const { signal } = dead;
  const sleep = createSleep();
  const prefix = own === '' ? '' : `${own} `;
  let skewMs = 0;

  function die(): void {
    if (signal.aborted) return;
    note(`${prefix}${own === '' ? 'the control plane ' : ''}dies`);
    dead.abort();
  }

  /** Does it, unless the process is dead or dies of it; the dead wait for ever. */
  async function effect<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (signal.aborted) return never();
    const end = fate(name);
    if (end === 'dies-before') {
      note(`${prefix}dies before ${name}`);
      die();
      return never();
    }
    note(prefix + name);
    const done = work();
    if (end === 'dies-after') {
      done.catch(() => undefined);
      note(`${prefix}dies after ${name}`);
      die();
    }
    return answered(done);
  }

  /** The answer of something that changes nothing that matters. */
  function ask<T>(work: () => Promise<T>): Promise<T> {
    return signal.aborted ? never() : answered(work());
  }

  async function answered<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } finally {
      if (sleep.asleep) await sleep.awake();
      if (signal.aborted) await never();
    }
  }

  const hand = { effect, ask, signal, sleep };
  return {
    get alive() {
      return !signal.aborted;
    },
    get paused() {
      return sleep.asleep;
    },
    signal,
    die,
    pause: sleep.begin,
    resume: sleep.end,
    jump(byMs) {
      skewMs += byMs;
    },
    clock: (clock) => mortalClock(clock, hand, () => skewMs),
    store: (store) => mortalStore(store, hand),
    transport: (transport, garble) => mortalTransport(transport, hand, garble),
  };
}

interface Hand {
  effect<T>(name: string, work: () => Promise<T>): Promise<T>;
  ask<T>(work: () => Promise<T>): Promise<T>;
  readonly signal: AbortSignal;
  readonly sleep: Sleep;
}

function mortalClock(clock: Clock, { signal, sleep }: Hand, skewMs: () => Millis): Clock {
  return {
    now: () => clock.now() + skewMs(),
    elapsed: () => clock.elapsed(),
    after: (delayMs, fire) =>
      sleep.timer(clock, delayMs, () => {
        if (!signal.aborted) fire();
      }),
    sleep: (delayMs, until) =>
      new Promise((resolve) => {
        if (until?.aborted) {
          resolve();
          return;
        }
        const wake = () => {
          cancel();
          resolve();
        };
        const cancel = sleep.timer(clock, delayMs, () => {
          until?.removeEventListener('abort', wake);
          if (!signal.aborted) resolve();
        });
        until?.addEventListener('abort', wake, { once: true });
      }),
  };
}

function mortalStore(store: Store, { effect, ask, signal, sleep }: Hand): Store {
  return {
    get: (key) => ask(() => store.get(key)),
    range: (prefix, options) => ask(() => store.range(prefix, options)),
    async *watch(prefix, options, until) {
      const either = AbortSignal.any([until, signal]);
      for await (const batch of store.watch(prefix, options, either)) {
        if (sleep.asleep) await sleep.awake();
        if (signal.aborted) await never();
        yield batch;
      }
      if (signal.aborted) await never();
    },
    transact: (transaction) =>
      effect(
        `store ${transaction.write.map(({ do: what, key }) => `${what} ${key}`).join(', ')}`,
        () => store.transact(transaction),
      ),
    revision: () => ask(async () => store.revision()),
    compact: (revision) => ask(() => store.compact(revision)),
    grantLease: (spanMs) => ask(() => store.grantLease(spanMs)),
    keepLease: (lease) => ask(() => store.keepLease(lease)),
    revokeLease: (lease) => ask(() => store.revokeLease(lease)),
    ...(store.upkeep === undefined ? {} : { upkeep: store.upkeep }),
    close: async () => undefined,
  };
}

function mortalTransport(
  transport: Transport,
  { effect, ask, signal, sleep }: Hand,
  garble: Garble,
): Transport {
  return {
    call: (path, call, streamId) =>
      path === '/api/v1'
        ? ask(() => transport.call(path, call, streamId))
        : effect(`mesos ${call.type}`, () => transport.call(path, call, streamId)),
    async subscribe(call, until, path) {
      const both = AbortSignal.any([until, signal]);
      if (path === '/api/v1') return ask(() => transport.subscribe(call, both, path));
      const stream = await effect('mesos SUBSCRIBE', () => transport.subscribe(call, both));
      const events = garbled(stream.events, { garble, signal, sleep });
      return { streamId: stream.streamId, events } satisfies EventStream;
    },
  };
}
