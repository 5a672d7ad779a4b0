import type { Millis } from '../api/object.ts';
import type { LocalMaster } from '../mesos/local/master/master.ts';
import type { V1Event } from '../mesos/v1.ts';
import type { Clock, Random } from '../runtime/port.ts';
import type { Revision, Store } from '../store/port.ts';
import type { LifeOptions, SimDomain, SimLife } from './domain.ts';
import type { Faults } from './faults.ts';
import type { Space } from './space.ts';
import { type StoreRates, type WeakStore, weakStore } from './weak-store.ts';

/** The place of one control plane, where one life follows the other. */
export interface Replica {
  readonly name: string;
  readonly alive: boolean;
  readonly paused: boolean;
  /** Dies, as by SIGKILL. */
  kill(): void;
  /** Ends in order, as by SIGTERM. */
  terminate(): void;
  /** Stands still for so long. */
  pause(spanMs: Millis): void;
  /** Does not reach the store, or Mesos, for so long. */
  cutStore(spanMs: Millis): void;
  cutMesos(spanMs: Millis): void;
  /** Somebody sets its machine's clock. */
  jump(byMs: Millis): void;
  readonly store: WeakStore;
}

export interface Replicas {
  readonly all: readonly Replica[];
  /** Lives so far. */
  readonly count: number;
  /** Which of them made the write of this revision. */
  writerOf(revision: Revision): string | undefined;
  /** The store was set back: who has made its next writes is not known yet. */
  storeRestored(): void;
  /** All of them live, run, and reach everything. */
  clear(): void;
  stop(): void;
}

export interface ReplicasOptions extends Pick<LifeOptions, 'plant' | 'heard' | 'note'> {
  readonly count: number;
  readonly domain: SimDomain;
  readonly store: Store;
  readonly reach: () => LocalMaster | undefined;
  readonly faults: Faults;
  readonly rates: StoreRates;
  readonly space?: Space;
  readonly clock: Clock;
  /** When they come back, and what their stores do. */
  readonly random: Random;
  /** Is told what reaches a control plane that runs. */
  told(event: V1Event): void;
  /** Chance within a life, by its number. */
  readonly draw: (life: number) => Random;
}

/** The time that a new life takes to come up. */
const REBIRTH_MAX_MS = 5_000;

/** Control planes of one domain: of those that live one leads, and who dies comes back. */
export function createReplicas(options: ReplicasOptions): Replicas {
  const writers = new Map<Revision, string>();
  let count = 0;
  const next = () => {
    count += 1;
    return count;
  };
  const all = Array.from({ length: options.count }, (_, index) =>
    createReplica(`titan-${index + 1}`, { ...options, writers, next }),
  );
  return {
    all,
    get count() {
      return count;
    },
    writerOf: (revision) => writers.get(revision),
    storeRestored: () => writers.clear(),
    clear() {
      for (const replica of all) replica.clear();
    },
    stop() {
      for (const replica of all) replica.stop();
    },
  };
}

interface Place extends ReplicasOptions {
  readonly writers: Map<Revision, string>;
  readonly next: () => number;
}

function createReplica(name: string, place: Place) {
  const { clock, random, faults, domain, note, rates } = place;
  const isOn = () => !faults.over;
  const base = signed(place.store, name, place.writers);
  const weak = weakStore({ store: base, clock, random, rates, space: place.space, isOn });
  let life: SimLife | undefined;
  let stopped = false;
  let cutUntil = 0;

  function begin(): void {
    if (stopped || life?.mortal.alive === true) return;
    const number = place.next();
    note(`${name}: life ${number} begins`);
    life = domain.startLife({
      ...place,
      identity: name,
      label: place.count > 1 ? name : '',
      random: place.draw(number),
      fate: faults.fate,
      garble: (event, deliver) =>
        faults.garble(event, (each) => {
          if (life?.mortal.paused === false) place.told(each);
          deliver(each);
        }),
      store: weak.store,
      reach: () => (isOn() && clock.now() < cutUntil ? undefined : place.reach()),
    });
    const again = () => clock.after(isOn() ? random.next() * REBIRTH_MAX_MS : 0, begin);
    life.mortal.signal.addEventListener('abort', again, { once: true });
  }

  begin();
  return {
    name,
    get alive() {
      return life?.mortal.alive ?? false;
    },
    get paused() {
      return life?.mortal.paused ?? false;
    },
    store: weak,
    kill: () => life?.mortal.die(),
    terminate: () => life?.terminate(),
    pause(spanMs: Millis) {
      const { mortal } = life ?? {};
      mortal?.pause();
      clock.after(spanMs, () => mortal?.resume());
    },
    cutStore: (spanMs: Millis) => weak.away(spanMs),
    cutMesos(spanMs: Millis) {
      cutUntil = clock.now() + spanMs;
    },
    jump: (byMs: Millis) => life?.mortal.jump(byMs),
    clear() {
      life?.mortal.resume();
      begin();
    },
    stop() {
      stopped = true;
      life?.mortal.die();
    },
  };
}

/** The store, which writes down whose writes it has taken. */
function signed(store: Store, name: string, writers: Map<Revision, string>): Store {
  return {
    ...store,
    async transact(transaction) {
      const result = await store.transact(transaction);
      if (result.ok) for (const revision of result.revisions) writers.set(revision, name);
      return result;
    },
  };
}
