import { TitanError } from '../../api/error.ts';

/** How much one user may have under way at a time. */
export interface Limits {
  readonly requests: number;
  readonly watches: number;
}

export const DEFAULT_LIMITS: Limits = { requests: 200, watches: 2_000 };

/** Counts what each user has under way. Only users with something under way are kept. */
export interface Turnstile {
  /**
   * @returns what says that it is over
   * @throws TooManyRequests, with the time after which to come again
   */
  enter(user: string, what: keyof Limits): () => void;
}

export function createTurnstile(limits: Limits): Turnstile {
  const users = new Map<string, { requests: number; watches: number }>();
  return {
    enter(user, what) {
      const under = users.get(user) ?? { requests: 0, watches: 0 };
      if (under[what] >= limits[what]) {
        throw new TitanError('TooManyRequests', 'Too many requests, please try again later.', {
          details: { retryAfterSeconds: 1 },
        });
      }
      if (under.requests + under.watches === 0) users.set(user, under);
      under[what] += 1;
      let over = false;
      return () => {
        if (over) return;
        over = true;
        under[what] -= 1;
        if (under.requests + under.watches === 0) users.delete(user);
      };
    },
  };
}
