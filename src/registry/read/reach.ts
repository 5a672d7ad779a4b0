import type { Revision } from '../../store/port.ts';
import type { Feed } from '../cache/feed.ts';
import type { Warned } from '../port.ts';

/**
 * Lets a read wait until the caches have what it asks for: a version, or without one all that was written
 * before; where that is known at once, there is nothing to wait for. What they may lack since the store is away
 * the reader is warned of. All that goes wrong is a rejection.
 *
 * @throws Timeout, ServiceUnavailable
 */
export function reach(
  feed: Feed,
  version: Revision | undefined,
  { warn }: Warned,
): Promise<void> | undefined {
  return version === undefined
    ? feed.asFreshAsCanBe()?.then(warnOf)
    : feed.reach(version).then(() => warnOf(feed.trouble));

  function warnOf(trouble: string | undefined): void {
    if (trouble !== undefined) warn?.(staleness(trouble));
  }
}

/** What a person is told of caches that do not follow the store. */
export function staleness(trouble: string): string {
  return `the cache may be old: ${trouble}`;
}
