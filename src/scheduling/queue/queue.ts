import type { Millis } from '../../api/object.ts';
import type { Ledger } from '../shares/ledger.ts';
import { type Entry, goesBefore } from './entry.ts';
import { createLine, type Line } from './line.ts';
import { openPass, type Pass } from './pass.ts';
import { createRanking } from './ranking.ts';

/**
 * What waits, in the order in which it is due. It lives as long as the scheduler does: adding and
 * removing one entry costs O(log n), whatever else waits.
 */
export interface Queue {
  readonly size: number;
  /** Adds the entry, or puts it in the place of the one with its key. */
  add(entry: Entry): void;
  remove(key: string): void;
  get(key: string): Entry | undefined;
  /** When the next entry that is held out becomes ready; `Infinity` where none is. */
  readonly nextReadyAt: Millis;
  /** Begins to offer what is ready, the most deserving first. One pass at a time. */
  pass(now: Millis): Pass;
}

/** @param ledger the shares that a pass is judged by and charges what it places to */
export function createQueue(ledger: Ledger): Queue {
  const entries = new Map<string, Entry>();
  const lines = new Map<string, Line>();
  const heldOut = createRanking<Entry>((a, b) =>
    a.readyAt === b.readyAt ? goesBefore(a, b) : a.readyAt < b.readyAt,
  );

  function lineOf(group: string): Line {
    const line = lines.get(group) ?? createLine(group);
    lines.set(group, line);
    return line;
  }

  function remove(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    if (heldOut.has(entry)) {
      heldOut.remove(entry);
      return;
    }
    const line = lineOf(entry.group);
    line.remove(entry);
    if (line.isEmpty) lines.delete(entry.group);
  }

  function release(now: Millis): void {
    for (let next = heldOut.first(); next !== undefined; next = heldOut.first()) {
      if (next.readyAt > now) return;
      heldOut.remove(next);
      lineOf(next.group).add(next);
    }
  }

  return {
    get size() {
      return entries.size;
    },
    get: (key) => entries.get(key),
    add(entry) {
      remove(entry.key);
      entries.set(entry.key, entry);
      if (entry.readyAt > 0) heldOut.place(entry);
      else lineOf(entry.group).add(entry);
    },
    remove,
    get nextReadyAt() {
      return heldOut.first()?.readyAt ?? Number.POSITIVE_INFINITY;
    },
    pass(now) {
      release(now);
      for (const line of lines.values()) line.rearm();
      return openPass({ ledger, lines: [...lines.values()], remove, now });
    },
  };
}
