import { TitanError } from '../../../src/api/error.ts';
import type { Task } from '../../../src/api/kinds.gen.ts';
import type { Millis } from '../../../src/api/object.ts';
import type { VirtualClock } from '../../../src/runtime/clock.ts';
import type { ReadPage } from '../../../src/runtime/page.ts';
import type { Random } from '../../../src/runtime/port.ts';

/** Answers what a disruption budget asks, as chance will have it: yes, no, nonsense, late or not at all. */
export interface PlayedCoordinator {
  readonly readPage: ReadPage;
  /** Whether it has said yes to this task, and not so long ago that it has run out. */
  hasAllowed(task: Task): boolean;
}

/** A yes is good for a minute; timestamps are cut, and a pass takes its time. */
const GOOD_MS = 62_000;

export function createCoordinator(clock: VirtualClock, random: Random): PlayedCoordinator {
  const allowed = new Map<string, Millis>();
  return {
    async readPage(url, timeoutMs) {
      const drawn = random.next();
      await clock.sleep(random.next() * 2_000);
      if (drawn < 0.1) throw new TitanError('ServiceUnavailable', 'connection refused');
      if (drawn < 0.15) return { status: 200, body: 'yes' };
      if (drawn < 0.2) {
        await clock.sleep(timeoutMs);
        throw new TitanError('ServiceUnavailable', 'no answer');
      }
      if (drawn < 0.5) return { status: 200, body: '{"allowed":false,"message":"not now"}' };
      allowed.set(url.split('/').at(-1) ?? '', clock.now());
      return { status: 200, body: '{"allowed":true}' };
    },
    hasAllowed: ({ metadata }) => (allowed.get(metadata.name) ?? -GOOD_MS) + GOOD_MS >= clock.now(),
  };
}
