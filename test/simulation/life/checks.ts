import { TitanError } from '../../../src/api/error.ts';
import type { VirtualClock } from '../../../src/runtime/clock.ts';
import type { ReadPage } from '../../../src/runtime/page.ts';
import type { Random } from '../../../src/runtime/port.ts';

/** Answers what a rollout asks between its steps: for some versions yes, for some no, for some now this, now that, or nothing. */
export interface PlayedChecks {
  readonly readPage: ReadPage;
  /** How often it has spoken for a revision. */
  goodAnswers(revision: string): number;
}

export function createChecks(clock: VirtualClock, random: Random): PlayedChecks {
  const shares = new Map<string, { readonly good: number; readonly silent: number }>();
  const good = new Map<string, number>();

  function drawShares() {
    const drawn = random.next();
    if (drawn < 0.6) return { good: 1, silent: 0 };
    if (drawn < 0.75) return { good: 0, silent: 0 };
    return drawn < 0.85 ? { good: 0, silent: 1 } : { good: 0.6, silent: 0.2 };
  }

  return {
    async readPage(url, timeoutMs) {
      const revision = url.split('/').at(-1) ?? '';
      const share = shares.get(revision) ?? drawShares();
      shares.set(revision, share);
      const drawn = random.next();
      await clock.sleep(random.next() * timeoutMs);
      if (drawn < share.good) {
        good.set(revision, (good.get(revision) ?? 0) + 1);
        return { status: 200, body: '' };
      }
      if (drawn < share.good + share.silent) {
        throw new TitanError('ServiceUnavailable', 'no answer');
      }
      return { status: 500, body: '' };
    },
    goodAnswers: (revision) => good.get(revision) ?? 0,
  };
}
