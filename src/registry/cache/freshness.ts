import { hasReason } from '../../api/error.ts';
import type { Clock } from '../../runtime/port.ts';
import type { Revision, Store } from '../../store/port.ts';
import { createRevisionAsk, type Gate } from './gate.ts';

/** How long a read waits for a store that is known to be in trouble. */
const TROUBLED_MS = 250;

/** Why the caches don't follow the store now. */
export interface Trouble {
  readonly text: string | undefined;
  is(thrown: unknown): void;
  over(revision: Revision): void;
}

/** Whether the caches have come as far as the store. */
export interface Freshness {
  /** The store's newest revision. */
  ask(): Revision | Promise<Revision>;
  /** Resolves when all that was written before the call is in the caches. @throws ServiceUnavailable */
  fresh(): Promise<void>;
  /**
   * As `fresh`; but while the store is away, what the caches have must do. There is nothing to wait for where
   * they are known to be fresh.
   *
   * @returns why they may be old; `undefined` where they are not
   */
  asFreshAsCanBe(): Promise<string | undefined> | undefined;
}

interface Sources {
  readonly store: Pick<Store, 'revision'>;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly trouble: Trouble;
}

export function createFreshness({ store, clock, gate, trouble }: Sources): Freshness {
  const ask = createRevisionAsk(store);

  async function reached(newest: Revision | Promise<Revision>): Promise<void> {
    const wanted = await newest;
    if (gate.revision < wanted) await gate.reach(wanted);
    trouble.over(gate.revision);
  }

  async function reachedOrTrouble(answer: Promise<void>): Promise<string | undefined> {
    const isEmpty = gate.revision === 0;
    const isTroubled = trouble.text !== undefined && !isEmpty;
    answer.catch(() => undefined);
    try {
      if (isTroubled && !(await isSoon(clock, answer)) && trouble.text !== undefined) {
        return trouble.text;
      }
      // Where the trouble has just gone the caches follow again, but may not have come this far.
      await answer;
      return undefined;
    } catch (thrown) {
      if (isEmpty) throw thrown;
      if (hasReason(thrown, 'ServiceUnavailable')) trouble.is(thrown);
      if (trouble.text === undefined) throw thrown;
      return trouble.text;
    }
  }

  return {
    ask,
    async fresh() {
      await reached(ask());
    },
    asFreshAsCanBe() {
      const newest = ask();
      const isKnown = typeof newest === 'number' && newest <= gate.revision;
      if (isKnown && trouble.text === undefined) return undefined;
      return reachedOrTrouble(reached(newest));
    },
  };
}

/** Whether there is an answer soon. */
async function isSoon(clock: Clock, answer: Promise<void>): Promise<boolean> {
  const done = new AbortController();
  const late = clock.sleep(TROUBLED_MS, done.signal).then(() => false);
  return Promise.race([answer.then(() => true), late]).finally(() => done.abort());
}
