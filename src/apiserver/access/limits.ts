import { TitanError } from '../../api/error.ts';

/** How much one user may have under way at a time. */
export interface Limits {
  readonly requests: number;
  readonly watches: number;
}

export const DEFAULT_LIMITS: Limits = { requests: 200, watches: 2_000 };

/** Counts what each user has under way. */
export interface Turnstile {
  /**
   * @returns what says that it is over
   * @throws TooManyRequests, with the time after which to come again
   */
  enter(user: string, what: keyof Limits): () => void;
  /** How many requests of a user, watches left out, are under way. */
  underWay(user: string): number;
}

/** So many users are kept though they have nothing under way: most come again soon. */
const KEPT_MAX = 1_000;

interface Under {
  requests: number;
  watches: number;
}

export function createTurnstile(limits: Limits): Turnstile {
  const users = new Map<string, Under>();
  let keptMax = KEPT_MAX;

  function forgetIdle(): void {
    for (const [user, { requests, watches }] of users) {
      if (requests + watches === 0) users.delete(user);
    }
    keptMax = Math.max(KEPT_MAX, 2 * users.size);
  }

  function underOf(user: string): Under {
    const known = users.get(user);
    if (known !== undefined) return known;
    if (users.size >= keptMax) forgetIdle();
    const made = { requests: 0, watches: 0 };
    users.set(user, made);
    return made;
  }

  return {
    enter(user, what) {
      const under = underOf(user);
      if (under[what] >= limits[what]) {
        throw new TitanError('TooManyRequests', 'Too many requests, please try again later.', {
          details: { retryAfterSeconds: 1 },
        });
      }
      under[what] += 1;
      let over = false;
      return () => {
        if (over) return;
        over = true;
        under[what] -= 1;
      };
    },
    underWay: (user) => users.get(user)?.requests ?? 0,
  };
}
