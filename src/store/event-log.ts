import type { Revision, StoreEvent, WatchBatch } from './port.ts';
import { endOf, nativeOf } from './revision.ts';

/** Forgotten events that may lie at the head of the log before it is cut. */
const SLACK = 1024;

/** Events in revision order: added at the end, dropped at the head. */
export class EventLog {
  #events: StoreEvent[] = [];
  #head = 0;

  get size(): number {
    return this.#events.length - this.#head;
  }

  push(event: StoreEvent): void {
    this.#events.push(event);
  }

  /** The `index`-th event that is kept. */
  at(index: number): StoreEvent | undefined {
    return this.#events[this.#head + index];
  }

  /** Drops what is at or before `moment`, oldest first. */
  *dropUntil(moment: Revision): Generator<StoreEvent> {
    for (let event = this.at(0); event !== undefined; event = this.at(0)) {
      if (written(event).revision > moment) break;
      this.#head += 1;
      yield event;
    }
    if (this.#head <= SLACK) return;
    this.#events = this.#events.slice(this.#head);
    this.#head = 0;
  }

  /**
   * What came after `after`: about `limit` events, to the end of a store revision. At the end of
   * the log everything up to `newest` has been seen.
   */
  readAfter(after: Revision, limit: number, newest: Revision): WatchBatch {
    const from = this.#firstAfter(after);
    const until = this.#endOfRevision(from, Math.min(this.#events.length, from + limit));
    const events = this.#events.slice(from, until);
    const last = events.at(-1);
    const unread = until < this.#events.length && last !== undefined;
    const revision = unread ? endOf(nativeOf(written(last).revision)) : newest;
    return { events, revision: Math.max(after, revision) };
  }

  #firstAfter(after: Revision): number {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (written(this.#events[middle] as StoreEvent).revision <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #endOfRevision(from: number, until: number): number {
    const native = (at: number) => nativeOf(written(this.#events[at] as StoreEvent).revision);
    let end = until;
    while (end > from && end < this.#events.length && native(end) === native(end - 1)) end += 1;
    return end;
  }
}

/** Which key an event changed, and when. */
export function written(event: StoreEvent): { readonly key: string; readonly revision: Revision } {
  return event.type === 'put' ? event.entry : event;
}
