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
  const under = new Map<string, number>();
  return {
    enter(user, what) {
      const key = `${what} ${user}`;
      const count = under.get(key) ?? 0;
      if (count >= limits[what]) {
        throw new TitanError('TooManyRequests', 'Too many requests, please try again later.', {
          details: { retryAfterSeconds: 1 },
        });
      }
      under.set(key, count + 1);
      let over = false;
      return () => {
        if (over) return;
        over = true;
        const left = (under.get(key) ?? 1) - 1;
        if (left === 0) under.delete(key);
        else under.set(key, left);
      };
    },
  };
}
