import type { Millis } from '../../api/object.ts';
import type { Revision } from '../../store/port.ts';
import type { Held } from './held.ts';

/** One change of a kind. `held` of a deletion is the last state, at the deletion's revision. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: Revision;
  readonly local: string;
  readonly held: Held;
  /** The state before. */
  readonly old?: Held;
  /** When it was heard of. */
  readonly at: Millis;
}

/** Changes that are kept whatever their age. */
const KEPT_MIN = 100;
/** Changes that are kept at most, unless told. */
const KEPT_MAX = 102_400;
/** Younger ones are kept for those who reconnect: a bookmark's period and some. */
const KEPT_MS = 75_000;

/**
 * The last changes of one kind in their order. Watchers read from it at their own pace by a cursor
 * (a count of changes since the beginning), so that there is no queue for each; one that is slower
 * than the window moves finds that its cursor is gone.
 */
export interface Window {
  /** The cursor behind the newest change. */
  readonly end: number;
  /** A watch may resume after this revision or a later one. */
  readonly floor: Revision;
  push(change: Change): void;
  /** From now on nobody may resume from before `revision`; those who watch already go on. */
  raiseFloor(revision: Revision): void;
  /** Forgets everything: all who watch must list anew. */
  startOver(revision: Revision): void;
  /** The cursor of the first change behind `revision`, or `undefined` where that is forgotten. */
  after(revision: Revision): number | undefined;
  /** Forgets what is too old, also of a kind that no longer changes. */
  age(now: Millis): void;
  /** At most `limit` changes from a cursor on, or `undefined` where they are forgotten. */
  read(cursor: number, limit: number): readonly Change[] | undefined;
}

/** @param keptMax the changes that are kept at most */
export function createWindow(keptMax = KEPT_MAX): Window {
  let changes: Change[] = [];
  let head = 0;
  let dropped = 0;
  let floor: Revision = 0;

  function trim(now: Millis): void {
    while (changes.length - head > Math.min(KEPT_MIN, keptMax)) {
      const oldest = changes[head];
      const tooMany = changes.length - head > keptMax;
      if (oldest === undefined || (!tooMany && oldest.at > now - KEPT_MS)) break;
      floor = Math.max(floor, oldest.revision);
      head += 1;
    }
    if (head > 0 && head > changes.length / 2) {
      changes = changes.slice(head);
      dropped += head;
      head = 0;
    }
  }

  return {
    get end() {
      return dropped + changes.length;
    },
    get floor() {
      return floor;
    },
    push(change) {
      changes.push(change);
      trim(change.at);
    },
    age: trim,
    raiseFloor(revision) {
      floor = Math.max(floor, revision);
    },
    startOver(revision) {
      dropped += changes.length + 1;
      changes = [];
      head = 0;
      floor = revision;
    },
    after(revision) {
      if (revision < floor) return undefined;
      let low = head;
      let high = changes.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
        else high = middle;
      }
      return dropped + low;
    },
    read(cursor, limit) {
      const start = cursor - dropped;
      return start < head ? undefined : changes.slice(start, start + limit);
    },
  };
}
