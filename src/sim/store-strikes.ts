import { JOB, TASK } from '../api/kinds.gen.ts';
import type { Millis } from '../api/object.ts';
import { kindPrefix } from '../registry/keys.ts';
import type { Entry } from '../store/port.ts';
import type { Strike } from './scenarios.ts';
import type { WeatherOptions } from './weather.ts';

type StoreStrike = Extract<Strike, `store-${string}` | 'record-spoilt'>;

export interface StoreStrikes {
  readonly strikes: Readonly<Record<Exclude<StoreStrike, 'store-cut'>, () => Promise<void> | void>>;
  /** Records can be read again, and the store is set back no more. */
  clear(): void;
}

const MOST_MS = { away: 90_000, full: 120_000, snapshotAge: 60_000, spoilt: 90_000 };

/** What becomes of the store, and of what is in it. */
export function storeStrikes(options: WeatherOptions): StoreStrikes {
  const { store, clock, random, note, replicas, space } = options;
  const mends = new Map<string, () => Promise<void>>();
  let mayRestore = true;

  function upTo(mostMs: Millis): Millis {
    return Math.ceil(random.next() ** 2 * mostMs);
  }

  function trouble(what: 'away' | 'full'): void {
    const spanMs = upTo(MOST_MS[what]);
    note(`the store is ${what} for ${spanMs} ms`);
    for (const replica of replicas.all) replica.store[what](spanMs);
  }

  /** Half of it is left, until a person puts the whole in its place again. */
  async function spoil({ key, value }: Entry): Promise<void> {
    const half = value.slice(0, value.length / 2);
    const put = (bytes: Uint8Array) =>
      store.transact({ when: [], write: [{ do: 'put', key, value: bytes }] });
    note(`${key} is spoilt`);
    await put(half);
    const mend = async () => {
      if (!mends.delete(key)) return;
      const now = await store.get(key);
      if (now === undefined || Buffer.compare(now.value, half) !== 0) return;
      note(`${key} is mended`);
      await put(value);
    };
    mends.set(key, mend);
    clock.after(upTo(MOST_MS.spoilt), () => void mend());
  }

  return {
    strikes: {
      'store-away': () => trouble('away'),
      'store-full': () => trouble('full'),
      async 'store-compacts'() {
        note('the store forgets its history');
        await store.compact(await store.revision());
      },
      'store-runs-full'() {
        note('the store has no space left');
        space.fill();
      },
      'store-set-back'() {
        const snapshot = store.snapshot();
        // Of one from before the framework had an id nobody could know whose its tasks are.
        if (!snapshot.entries.some(({ key }) => key.endsWith('/titan-framework'))) return;
        clock.after(upTo(MOST_MS.snapshotAge), () => {
          if (!mayRestore) return;
          note(`the store is set back to revision ${snapshot.native}`);
          store.restore(snapshot);
        });
      },
      async 'record-spoilt'() {
        const kind = random.next() < 0.7 ? TASK : JOB;
        const { entries } = await store.range(kindPrefix(kind));
        const entry = entries[Math.floor(random.next() * entries.length)];
        if (entry !== undefined && !mends.has(entry.key)) await spoil(entry);
      },
    },
    clear() {
      mayRestore = false;
      for (const mend of mends.values()) void mend();
    },
  };
}
