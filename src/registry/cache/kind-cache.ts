import type { Millis } from '../../api/object.ts';
import type { Revision } from '../../store/port.ts';
import type { Form } from '../schema/form.ts';
import { createDepartures } from './departures.ts';
import { createEncodings, type Encodings } from './encodings.ts';
import { type Held, hold } from './held.ts';
import { createListeners, type KeyListener, type Listeners } from './listeners.ts';
import { createOwnWrites, type OwnWrites, type Written } from './own-writes.ts';
import { type PastScan, pastScan } from './past.ts';
import { createSortedKeys, type SortedKeys } from './sorted-keys.ts';
import { type Change, createWindow, type Window } from './window.ts';

export type { Written } from './own-writes.ts';

/** All objects of one kind as the feed has seen them, by local key, and what changed of late. */
export interface KindCache {
  readonly size: number;
  readonly window: Window;
  /** The newest change of the kind. */
  readonly changedAt: Revision;
  /** The newest own write that is known: a list after it must have reached it. */
  readonly wroteAt: Revision;
  get(local: string): Held | undefined;
  /** In key order, below a prefix such as `default/`, from the first behind `after`. */
  scan(prefix: string, after?: string): Generator<readonly [string, Held], void>;
  /** How many there are in such a scan. */
  count(prefix: string, after?: string): number;
  /** The local key before which there are so many, in key order. */
  keyAt(index: number): string | undefined;
  /** As `scan`, as of a moment; `undefined` where more than `changesMax` changes, or forgotten ones, lie between. */
  scanPast(at: Revision, changesMax: number): PastScan | undefined;
  /** The newest that this process knows: own writes count before the feed brings them back. */
  newest(local: string): Written | undefined;
  /** Notes an own write, or what a failed one found. */
  wrote(local: string, written: Written): void;
  /** The object of an own write at exactly this revision, so that its bytes need not be parsed. */
  own(local: string, revision: Revision): Held | undefined;
  /** How the kind's records are read and written; `undefined` while only the store knows of the kind. */
  form: Form | undefined;
  /** An object of the first list: there, but no change. */
  load(local: string, held: Held): void;
  /** Forgets own writes up to `revision`: the cache now holds what became of them. */
  caughtUp(revision: Revision): void;
  /** A change from the feed. One that is not newer than what is known is ignored. */
  put(local: string, held: Held, now: Millis): void;
  drop(local: string, revision: Revision, now: Millis): void;
  /** What was read from the store beside the feed, as this cache shows its objects. */
  shown(held: Held): Held;
  /** The old state of a changed object at the revision of the change: what they see whose selector it left. */
  departure(change: Change): Held;
  /** Wakes one who waits for the changes of a single object. */
  onKeyChange(local: string, wake: () => void): KeyListener;
  /** The store was set back: nothing of what was known counts, and all who watch must list anew. */
  startOver(revision: Revision): void;
  /** Calls after changes until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** Tells the listeners; once for a batch. */
  ring(): void;
}

export function createKindCache(
  encodings: Encodings = createEncodings(),
  eventsMax?: number,
): KindCache {
  const objects = new Map<string, Held>();
  const keys = createSortedKeys();
  const window = createWindow(eventsMax);
  const own = createOwnWrites();
  const listeners = createListeners();
  let changedAt: Revision = 0;
  let rung = 0;

  function* scan(prefix: string, after?: string): Generator<readonly [string, Held], void> {
    for (const local of keys.from(prefix, after)) {
      const held = objects.get(local);
      if (held !== undefined) yield [local, held];
    }
  }

  function kept(held: Held): Held {
    held.keptBy(encodings);
    return held;
  }

  function changed(change: Change): void {
    changedAt = Math.max(changedAt, change.revision);
    window.push(change);
    listeners.changed(change.local, window.end - 1);
    own.seen(change.local, change.revision);
  }

  return {
    get size() {
      return objects.size;
    },
    window,
    get changedAt() {
      return changedAt;
    },
    get wroteAt() {
      return own.newest;
    },
    get: (local) => objects.get(local),
    scan,
    count: keys.count,
    keyAt: keys.at,
    scanPast: (at, changesMax) =>
      pastScan({ window, keys, get: (local) => objects.get(local) }, at, changesMax),
    newest(local) {
      const held = objects.get(local);
      const written = own.get(local);
      if (written !== undefined && written.revision > (held?.revision ?? 0)) return written;
      return held === undefined ? written : { revision: held.revision, held };
    },
    wrote: (local, written) => own.note(local, written, objects.get(local)?.revision ?? 0),
    own: (local, revision) => heldAt(revision, own.get(local)),
    form: undefined,
    load(local, held) {
      objects.set(local, kept(held));
      keys.add(local);
      changedAt = Math.max(changedAt, held.revision);
    },
    caughtUp: own.seenAll,
    put(local, held, now) {
      const old = objects.get(local);
      if (old !== undefined && old.revision >= held.revision) return;
      objects.set(local, kept(held));
      if (old === undefined) keys.add(local);
      const change = { revision: held.revision, local, held, at: now };
      changed(old ? { ...change, type: 'MODIFIED', old } : { ...change, type: 'ADDED' });
    },
    drop(local, revision, now) {
      const old = objects.get(local);
      if (old === undefined || old.revision >= revision) return;
      objects.delete(local);
      keys.remove(local);
      const held = kept(hold(old.object, revision));
      changed({ type: 'DELETED', revision, local, held, old, at: now });
    },
    startOver(revision) {
      changedAt = forgetAll({ objects, keys, own, window, listeners }, revision);
    },
    departure: createDepartures(kept),
    onKeyChange: listeners.addTo,
    shown: (held) => held,
    onChange: listeners.add,
    ring() {
      if (rung === window.end) return;
      rung = window.end;
      listeners.ring();
    },
  };
}

function heldAt(revision: Revision, written: Written | undefined): Held | undefined {
  return written?.revision === revision ? written.held : undefined;
}

interface Parts {
  readonly objects: Map<string, Held>;
  readonly keys: SortedKeys;
  readonly own: OwnWrites;
  readonly window: Window;
  readonly listeners: Listeners;
}

function forgetAll({ objects, keys, own, window, listeners }: Parts, revision: Revision): Revision {
  for (const local of objects.keys()) keys.remove(local);
  objects.clear();
  own.forget();
  window.startOver(revision);
  listeners.changedAll(window.end - 1);
  return revision;
}
