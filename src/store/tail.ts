import { EventLog } from './event-log.ts';
import type { Revision, StoreEvent, WatchBatch } from './port.ts';
import { endOf, nativeOf } from './revision.ts';

/**
 * The newest events of a store that lies on disk, in memory too: who watches and keeps up, as the caches of
 * this process do, reads nothing anew. It begins with what is written from now on.
 */
export interface Tail {
  /** The events of a store revision, once they are durable; revisions may come in any order. */
  add(native: number, events: readonly StoreEvent[]): void;
  /** As a history's; `undefined` where it does not reach back so far. */
  readAfter(after: Revision, limit: number): WatchBatch | undefined;
}

/** What it keeps at most; the oldest is forgotten first. */
const EVENTS_MAX = 8_192;
const BYTES_MAX = 32 * 1024 * 1024;
/** Store revisions that wait for one before them; with more it begins anew. */
const EARLY_MAX = 256;

/** @param newest the store revision that was written last */
export function createTail(newest: number, eventsMax = EVENTS_MAX): Tail {
  const log = new EventLog();
  const early = new Map<number, readonly StoreEvent[]>();
  let native = newest;
  let floor = endOf(newest);
  let bytes = 0;

  function take(events: readonly StoreEvent[]): void {
    for (const event of events) {
      log.push(event);
      bytes += bytesOf(event);
    }
    native += 1;
  }

  function startOver(): void {
    native = Math.max(...early.keys());
    early.clear();
    floor = endOf(native);
    for (const event of log.dropUntil(floor)) bytes -= bytesOf(event);
  }

  /** Whole store revisions, as watches read them. */
  function trim(): void {
    while (log.size > eventsMax || bytes > BYTES_MAX) {
      const oldest = log.at(0);
      if (oldest === undefined) return;
      floor = endOf(nativeOf(oldest.type === 'put' ? oldest.entry.revision : oldest.revision));
      for (const event of log.dropUntil(floor)) bytes -= bytesOf(event);
    }
  }

  return {
    add(written, events) {
      early.set(written, events);
      for (let next = early.get(native + 1); next !== undefined; next = early.get(native + 1)) {
        early.delete(native + 1);
        take(next);
      }
      if (early.size > EARLY_MAX) startOver();
      trim();
    },
    readAfter(after, limit) {
      return after < floor ? undefined : log.readAfter(after, limit, endOf(native));
    },
  };
}

function bytesOf(event: StoreEvent): number {
  return (event.type === 'put' ? event.entry.value : event.previous)?.byteLength ?? 0;
}
