import type { Revision } from '../../store/port.ts';
import type { Feed } from '../cache/feed.ts';
import type { Warned } from '../port.ts';

/**
 * Lets a read wait until the caches have what it asks for: a version, or without one all that was written
 * before. What they may lack since the store is away the reader is warned of.
 *
 * @throws Timeout, ServiceUnavailable
 */
export async function reach(
  feed: Feed,
  version: Revision | undefined,
  { warn }: Warned,
): Promise<void> {
  const trouble =
    version === undefined
      ? await feed.asFreshAsCanBe()
      : await feed.reach(version).then(() => feed.trouble);
  if (trouble !== undefined) warn?.(staleness(trouble));
}

/** What a person is told of caches that do not follow the store. */
export function staleness(trouble: string): string {
  return `the cache may be old: ${trouble}`;
}
