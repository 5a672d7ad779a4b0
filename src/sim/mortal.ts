import type { EventStream, Transport } from '../mesos/transport.ts';
import type { V1Event } from '../mesos/v1.ts';
import type { Clock } from '../runtime/port.ts';
import type { Store } from '../store/port.ts';

/** Decides at each effect whether the process dies, before it or right after it. */
export type Fate = (effect: string) => 'lives' | 'dies-before' | 'dies-after';

/** One life of a process: once it is over nothing that it began has an effect, or ever resolves. */
export interface Mortal {
  readonly alive: boolean;
  readonly signal: AbortSignal;
  die(): void;
  clock(clock: Clock): Clock;
  store(store: Store): Store;
  transport(transport: Transport, garble: Garble): Transport;
}

/** What the network makes of one event: what arrives in its place, now and later. */
export type Garble = (event: V1Event, deliver: (event: V1Event) => void) => void;

export interface MortalOptions {
  readonly fate: Fate;
  note(text: string): void;
}

export function createMortal({ fate, note }: MortalOptions): Mortal {
  const dead = new AbortController();
  const { signal } = dead;

  function die(): void {
    if (signal.aborted) return;
    note('the control plane dies');
    dead.abort();
  }

  /** Does it, unless the process is dead or dies of it; the dead wait for ever. */
  async function effect<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (signal.aborted) return never();
    const end = fate(name);
    if (end === 'dies-before') {
      note(`dies before ${name}`);
      die();
      return never();
    }
    note(name);
    const done = work();
    if (end === 'dies-after') {
      done.catch(() => undefined);
      note(`dies after ${name}`);
      die();
    }
    return ifAlive(done);
  }

  /** The answer of something that changes nothing. */
  async function ifAlive<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await answer;
      return signal.aborted ? never() : value;
    } catch (error) {
      if (signal.aborted) return never();
      throw error;
    }
  }

  return {
    get alive() {
      return !signal.aborted;
    },
    signal,
    die,
    clock: (clock) => mortalClock(clock, signal),
    store: (store) => mortalStore(store, { effect, ifAlive, signal }),
    transport: (transport, garble) =>
      mortalTransport(transport, { effect, ifAlive, signal }, garble),
  };
}

interface Hand {
  effect<T>(name: string, work: () => Promise<T>): Promise<T>;
  ifAlive<T>(answer: Promise<T>): Promise<T>;
  readonly signal: AbortSignal;
}

function mortalClock(clock: Clock, signal: AbortSignal): Clock {
  return {
    now: () => clock.now(),
    after: (delayMs, fire) =>
      clock.after(delayMs, () => {
        if (!signal.aborted) fire();
      }),
    async sleep(delayMs, until) {
      await clock.sleep(delayMs, until);
      if (signal.aborted) await never();
    },
  };
}

function mortalStore(store: Store, { effect, ifAlive, signal }: Hand): Store {
  return {
    get: (key) => ifAlive(store.get(key)),
    range: (prefix, options) => ifAlive(store.range(prefix, options)),
    async *watch(prefix, options, until) {
      for await (const batch of store.watch(prefix, options, AbortSignal.any([until, signal]))) {
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
    revision: () => ifAlive(store.revision()),
    compact: (revision) => ifAlive(store.compact(revision)),
    grantLease: (spanMs) => ifAlive(store.grantLease(spanMs)),
    keepLease: (lease) => ifAlive(store.keepLease(lease)),
    revokeLease: (lease) => ifAlive(store.revokeLease(lease)),
    close: async () => undefined,
  };
}

function mortalTransport(
  transport: Transport,
  { effect, ifAlive, signal }: Hand,
  garble: Garble,
): Transport {
  return {
    call: (path, call, streamId) =>
      path === '/api/v1'
        ? ifAlive(transport.call(path, call, streamId))
        : effect(`mesos ${call.type}`, () => transport.call(path, call, streamId)),
    async subscribe(call, until, path) {
      const both = AbortSignal.any([until, signal]);
      if (path === '/api/v1') return ifAlive(transport.subscribe(call, both, path));
      const stream = await effect('mesos SUBSCRIBE', () => transport.subscribe(call, both));
      return garbled(stream, garble, signal);
    },
  };
}

/** The stream with what the network makes of it; its end waits for nothing that is still on its way. */
function garbled(stream: EventStream, garble: Garble, dead: AbortSignal): EventStream {
  async function* events(): AsyncGenerator<V1Event> {
    const arrived: V1Event[] = [];
    let ring: () => void = () => undefined;
    let ended: { readonly error?: unknown } | undefined;
    const pump = (async () => {
      for await (const event of stream.events) {
        garble(event, (each) => {
          arrived.push(each);
          ring();
        });
      }
    })();
    pump.then(
      () => {
        ended = {};
        ring();
      },
      (error: unknown) => {
        ended = { error };
        ring();
      },
    );
    for (;;) {
      for (let event = arrived.shift(); event !== undefined; event = arrived.shift()) yield event;
      if (dead.aborted) await never();
      if (ended !== undefined) break;
      await new Promise<void>((resolve) => {
        ring = resolve;
      });
    }
    if ('error' in ended) throw ended.error;
  }
  return { streamId: stream.streamId, events: events() };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
