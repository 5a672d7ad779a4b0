import type { Clock } from '../../runtime/port.ts';
import type { Revision, Store } from '../../store/port.ts';
import { tooLargeVersion } from '../errors.ts';

/** How long a read waits for the cache to come as far as it must. */
const WAIT_MS = 3_000;

/** Lets reads through when the caches have come as far as they need. */
export interface Gate {
  /** The revision that the caches have reached. */
  readonly revision: Revision;
  open(revision: Revision): void;
  /** Also to before where it was: the store was set back. */
  setTo(revision: Revision): void;
  /** @throws TitanError Timeout after 3 s */
  reach(revision: Revision): Promise<void>;
}

export function createGate(clock: Clock): Gate {
  const waiters = new Set<() => void>();
  let revision: Revision = 0;

  function wait(wanted: Revision): Promise<void> {
    return new Promise((resolve, reject) => {
      function done(): void {
        cancel();
        waiters.delete(wake);
      }
      function wake(): void {
        if (revision < wanted) return;
        done();
        resolve();
      }
      const cancel = clock.after(WAIT_MS, () => {
        done();
        reject(tooLargeVersion(wanted, revision));
      });
      waiters.add(wake);
    });
  }

  return {
    get revision() {
      return revision;
    },
    open(to) {
      revision = Math.max(revision, to);
      for (const wake of waiters) wake();
    },
    setTo(to) {
      revision = to;
    },
    reach: (wanted) => (revision >= wanted ? Promise.resolve() : wait(wanted)),
  };
}

/**
 * Asks the store for its newest revision. Asks that come while one is under way share the next one, whose
 * answer is newer than they are.
 */
export function createRevisionAsk(
  store: Pick<Store, 'revision'>,
): () => Revision | Promise<Revision> {
  let asking: Promise<Revision> | undefined;
  let next: Promise<Revision> | undefined;

  function answered(): void {
    asking = undefined;
  }

  function ask(): Revision | Promise<Revision> {
    if (asking === undefined) {
      const answer = store.revision();
      if (typeof answer === 'number') return answer;
      asking = answer;
      asking.then(answered, answered);
      return asking;
    }
    next ??= asking
      .catch(() => 0)
      .then(() => {
        next = undefined;
        return ask();
      });
    return next;
  }

  return ask;
}
