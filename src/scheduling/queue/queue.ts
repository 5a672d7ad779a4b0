import type { Millis } from '../../api/object.ts';
import type { Ledger } from '../shares/ledger.ts';
import type { Entry } from './entry.ts';
import { createLine, type Filed, isFiledBefore, type Line, leaveLine } from './line.ts';
import { openPass, type Pass } from './pass.ts';
import { createRanking, NOT_RANKED } from './ranking.ts';

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
  const entries = new Map<string, Filed>();
  const lines = new Map<string, Line>();
  const heldOut = createRanking<Filed>((a, b) =>
    a.entry.readyAt === b.entry.readyAt ? isFiledBefore(a, b) : a.entry.readyAt < b.entry.readyAt,
  );

  function lineOf(group: string): Line {
    const known = lines.get(group);
    if (known !== undefined) return known;
    const line = createLine(group);
    lines.set(group, line);
    return line;
  }

  function remove(key: string): void {
    const filed = entries.get(key);
    if (filed === undefined) return;
    entries.delete(key);
    const { rank } = filed;
    if (rank === undefined) {
      heldOut.remove(filed);
      return;
    }
    leaveLine(filed, rank);
    if (rank.line.isEmpty) lines.delete(rank.line.group);
  }

  function release(now: Millis): void {
    for (let next = heldOut.first(); next !== undefined; next = heldOut.first()) {
      if (next.entry.readyAt > now) return;
      heldOut.remove(next);
      lineOf(next.entry.group).add(next);
    }
  }

  return {
    get size() {
      return entries.size;
    },
    get: (key) => entries.get(key)?.entry,
    add(entry) {
      remove(entry.key);
      const filed: Filed = { at: NOT_RANKED, entry };
      entries.set(entry.key, filed);
      if (entry.readyAt > 0) heldOut.place(filed);
      else lineOf(entry.group).add(filed);
    },
    remove,
    get nextReadyAt() {
      return heldOut.first()?.entry.readyAt ?? Number.POSITIVE_INFINITY;
    },
    pass(now) {
      release(now);
      for (const line of lines.values()) line.rearm();
      return openPass({ ledger, lines: [...lines.values()], remove, now });
    },
  };
}
