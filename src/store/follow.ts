import type { Bell } from './bell.ts';
import { keyOfEvent, type Revision, type WatchBatch } from './port.ts';

const BATCH_EVENTS = 1000;

/** The part of a store's own event log that a watch reads. */
export interface History {
  /**
   * What came after `after`: whole store revisions in order, about `limit` events at most. Nothing
   * new gives `after` itself as the revision.
   * @throws TitanError `Expired` when a part of it has been compacted away
   */
  readAfter(after: Revision, limit: number): WatchBatch;
}

/**
 * Watches a log that lies in this process. The watcher pulls, so there is no queue to fill: one
 * that is slower than the compaction is told `Expired` and lists again.
 */
export async function* followHistory(
  { history, changed }: { readonly history: History; readonly changed: Bell },
  { prefix, after }: { readonly prefix: string; readonly after: Revision },
  signal: AbortSignal,
): AsyncGenerator<WatchBatch, void> {
  let seen = after;
  while (!signal.aborted) {
    const { events, revision } = history.readAfter(seen, BATCH_EVENTS);
    if (revision > seen) {
      seen = revision;
      yield { events: events.filter((event) => keyOfEvent(event).startsWith(prefix)), revision };
    } else {
      await changed.heard(signal);
    }
  }
}
