import type { Millis } from '../../api/object.ts';
import type { Revision } from '../../store/port.ts';
import { type Held, hold } from './held.ts';
import { createSortedKeys } from './sorted-keys.ts';
import { type Change, createWindow, type Window } from './window.ts';

/** What is known of a key beyond the cache: `held` is absent where the write deleted it. */
export interface Written {
  readonly revision: Revision;
  readonly held: Held | undefined;
}

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
  /** The newest that this process knows: own writes count before the feed brings them back. */
  newest(local: string): Written | undefined;
  /** Notes an own write, or what a failed one found. */
  wrote(local: string, written: Written): void;
  /** The object of an own write at exactly this revision, so that its bytes need not be parsed. */
  own(local: string, revision: Revision): Held | undefined;
  /** An object of the first list: there, but no change. */
  load(local: string, held: Held): void;
  /** Forgets own writes up to `revision`: the cache now holds what became of them. */
  caughtUp(revision: Revision): void;
  /** A change from the feed. One that is not newer than what is known is ignored. */
  put(local: string, held: Held, now: Millis): void;
  drop(local: string, revision: Revision, now: Millis): void;
  /** Calls after changes until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** Tells the listeners; once for a batch. */
  ring(): void;
}

export function createKindCache(): KindCache {
  const objects = new Map<string, Held>();
  const keys = createSortedKeys();
  const window = createWindow();
  const ahead = new Map<string, Written>();
  const listeners = new Set<() => void>();
  let changedAt: Revision = 0;
  let wroteAt: Revision = 0;
  let rung = 0;

  function changed(change: Change): void {
    changedAt = Math.max(changedAt, change.revision);
    window.push(change);
    const own = ahead.get(change.local);
    if (own !== undefined && own.revision <= change.revision) ahead.delete(change.local);
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
      return wroteAt;
    },
    get: (local) => objects.get(local),
    *scan(prefix, after) {
      for (const local of keys.from(prefix, after)) {
        const held = objects.get(local);
        if (held !== undefined) yield [local, held];
      }
    },
    newest(local) {
      const held = objects.get(local);
      const own = ahead.get(local);
      if (own !== undefined && own.revision > (held?.revision ?? 0)) return own;
      return held === undefined ? own : { revision: held.revision, held };
    },
    wrote(local, written) {
      wroteAt = Math.max(wroteAt, written.revision);
      const known = Math.max(objects.get(local)?.revision ?? 0, ahead.get(local)?.revision ?? 0);
      if (written.revision > known) ahead.set(local, written);
    },
    own(local, revision) {
      const own = ahead.get(local);
      return own?.revision === revision ? own.held : undefined;
    },
    load(local, held) {
      objects.set(local, held);
      keys.add(local);
      changedAt = Math.max(changedAt, held.revision);
    },
    caughtUp(revision) {
      for (const [local, own] of ahead) if (own.revision <= revision) ahead.delete(local);
    },
    put(local, held, now) {
      const old = objects.get(local);
      if (old !== undefined && old.revision >= held.revision) return;
      objects.set(local, held);
      if (old === undefined) keys.add(local);
      const change = { revision: held.revision, local, held, at: now };
      changed(old ? { ...change, type: 'MODIFIED', old } : { ...change, type: 'ADDED' });
    },
    drop(local, revision, now) {
      const old = objects.get(local);
      if (old === undefined || old.revision >= revision) return;
      objects.delete(local);
      keys.remove(local);
      changed({
        type: 'DELETED',
        revision,
        local,
        held: hold(old.object, revision),
        old,
        at: now,
      });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ring() {
      if (rung === window.end) return;
      rung = window.end;
      for (const listener of listeners) listener();
    },
  };
}
