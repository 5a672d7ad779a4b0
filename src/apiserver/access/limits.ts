import { TitanError } from '../../api/error.ts';

/** How much one user may have under way at a time. */
export interface Limits {
  readonly requests: number;
  readonly watches: number;
}

export const DEFAULT_LIMITS: Limits = { requests: 200, watches: 2_000 };

/**
 * What is counted: requests that go through a collection apart from others, since one of them may be as much as many,
 * and must not keep out what is small. They count by the pages that they go through, of which there may be as many as
 * requests.
 */
export type Counted = 'requests' | 'watches' | 'pages';

/** Counts what each user has under way. */
export interface Turnstile {
  /**
   * Who has less under way than they may enters, whatever it weighs.
   *
   * @param weight how many it counts for; 1 unless told
   * @returns what says that it is over
   * @throws TooManyRequests, with the time after which to come again
   */
  enter(user: string, what: Counted, weight?: number): () => void;
  underWay(user: string, what: Counted): number;
}

/** Made once: making an error costs as much as all else that turning a request away does. */
const TOO_MANY = new TitanError('TooManyRequests', 'Too many requests, please try again later.', {
  details: { retryAfterSeconds: 1 },
});

/** So many users are kept though they have nothing under way: most come again soon. */
const KEPT_MAX = 1_000;

export function createTurnstile({ requests, watches }: Limits): Turnstile {
  const limits: Readonly<Record<Counted, number>> = { requests, watches, pages: requests };
  const users = new Map<string, Record<Counted, number>>();
  let keptMax = KEPT_MAX;

  function forgetIdle(): void {
    for (const [user, { requests, watches, pages }] of users) {
      if (requests + watches + pages === 0) users.delete(user);
    }
    keptMax = Math.max(KEPT_MAX, 2 * users.size);
  }

  function underOf(user: string): Record<Counted, number> {
    const known = users.get(user);
    if (known !== undefined) return known;
    if (users.size >= keptMax) forgetIdle();
    const made = { requests: 0, watches: 0, pages: 0 };
    users.set(user, made);
    return made;
  }

  return {
    enter(user, what, weight = 1) {
      const under = underOf(user);
      if (under[what] >= limits[what]) throw TOO_MANY;
      under[what] += weight;
      let over = false;
      return () => {
        if (over) return;
        over = true;
        under[what] -= weight;
      };
    },
    underWay: (user, what) => users.get(user)?.[what] ?? 0,
  };
}
