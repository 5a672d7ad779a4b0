import type { Millis } from '../../api/object.ts';
import type { Clock } from '../../runtime/port.ts';
import type { KindCache } from '../cache/kind-cache.ts';

const BOOKMARK_MS = 60_000;
/** So long before its end a watch gets a last bookmark, from which the client goes on. */
const LAST_BOOKMARK_MS = 2_000;

export interface BellOptions {
  readonly clock: Clock;
  readonly cache: KindCache;
  /** The only object that the watch can be about. */
  readonly local: string | undefined;
  readonly withBookmarks: boolean;
  /** In how long the watch is ended, where that is known. */
  readonly endsInMs: Millis | undefined;
}

/** Tells a watch when there is something for it. */
export interface Bell {
  /** Whether a bookmark is due: once a minute, and shortly before the end. */
  takeBookmark(): boolean;
  /** The place to read on from: `cursor`, or behind it where what lies between is of other objects. */
  skip(cursor: number): number;
  /** Resolves when there is something behind `cursor`, a bookmark is due, or the watch ends. */
  heard(cursor: number): Promise<void>;
  stop(): void;
}

export function createBell(options: BellOptions, signal: AbortSignal): Bell {
  const { cache, local } = options;
  let wake: (() => void) | undefined;
  let due = false;

  function ring(): void {
    wake?.();
    wake = undefined;
  }

  const cancelBookmarks = scheduleBookmarks(options, () => {
    due = true;
    ring();
  });
  const own = local === undefined ? undefined : cache.onKeyChange(local, ring);
  /** Changes before this were not noted for the object: they must be read. */
  const notedFrom = cache.window.end;
  const stopListening = own === undefined ? cache.onChange(ring) : own.stop;
  const isBehind = (cursor: number) =>
    own === undefined ? cache.window.end > cursor : own.unread !== undefined;
  signal.addEventListener('abort', ring, { once: true });
  return {
    takeBookmark() {
      const was = due;
      due = false;
      return was;
    },
    skip(cursor) {
      if (own === undefined || cursor < notedFrom) return cursor;
      const { unread } = own;
      if (unread !== undefined && cursor <= unread.last) return Math.max(cursor, unread.first);
      own.taken();
      return Math.max(cursor, cache.window.end);
    },
    heard(cursor) {
      if (due || signal.aborted || isBehind(cursor)) return Promise.resolve();
      return new Promise((resolve) => {
        wake = resolve;
      });
    },
    stop() {
      cancelBookmarks();
      stopListening();
      signal.removeEventListener('abort', ring);
    },
  };
}

function scheduleBookmarks(
  { clock, withBookmarks, endsInMs = 0 }: BellOptions,
  due: () => void,
): () => void {
  if (!withBookmarks) return () => undefined;
  let cancelNext: () => void;

  function arm(): void {
    cancelNext = clock.after(BOOKMARK_MS, () => {
      due();
      arm();
    });
  }

  arm();
  const lastInMs = endsInMs - LAST_BOOKMARK_MS;
  const cancelLast = lastInMs > 0 ? clock.after(lastInMs, due) : () => undefined;
  return () => {
    cancelNext();
    cancelLast();
  };
}
