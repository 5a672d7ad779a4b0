import { type Entry, goesBefore } from './entry.ts';
import { createRanking, NOT_RANKED, type Ranked, type Ranking } from './ranking.ts';

/** An entry in the queue: held out, or in a line. */
export interface Filed extends Ranked {
  readonly entry: Entry;
  /** Where it stands; absent while it is held out. */
  rank?: Rank;
}

/** The entries of one group that ask alike and have one priority, first come first. */
export interface Rank extends Ranked {
  readonly key: string;
  readonly line: Line;
  readonly filed: Ranking<Filed>;
  /** The first of them. */
  head: Entry;
}

/** The ready entries of one group. */
export interface Line {
  readonly group: string;
  readonly isEmpty: boolean;
  add(filed: Filed): void;
  /** The class whose turn it is, of those that are not set aside. */
  first(): Rank | undefined;
  /** Brings the line up to date with a rank that an entry has left. */
  settle(rank: Rank): void;
  /** Passes the class over until `rearm`. */
  setAside(rank: Rank): void;
  /** Passes over all that is left. */
  setAllAside(): void;
  rearm(): void;
}

/** Takes the entry out of its line for good. */
export function leaveLine(filed: Filed, rank: Rank): void {
  rank.filed.remove(filed);
  rank.line.settle(rank);
}

export function isFiledBefore(a: Filed, b: Filed): boolean {
  return goesBefore(a.entry, b.entry);
}

export function createLine(group: string): Line {
  const ranks = new Map<string, Rank>();
  const active = createRanking<Rank>((a, b) => goesBefore(a.head, b.head));
  const aside = new Set<Rank>();

  function rankOf(entry: Entry): Rank {
    const key = `${entry.promised === true}|${entry.priority}|${entry.class}`;
    const known = ranks.get(key);
    if (known !== undefined) return known;
    const rank: Rank = {
      at: NOT_RANKED,
      key,
      line,
      filed: createRanking(isFiledBefore),
      head: entry,
    };
    ranks.set(key, rank);
    return rank;
  }

  function setAside(rank: Rank): void {
    active.remove(rank);
    aside.add(rank);
  }

  function settle(rank: Rank): void {
    const first = rank.filed.first();
    if (first === undefined) {
      active.remove(rank);
      aside.delete(rank);
      ranks.delete(rank.key);
      return;
    }
    if (rank.head === first.entry && rank.at !== NOT_RANKED) return;
    rank.head = first.entry;
    if (!aside.has(rank)) active.place(rank);
  }

  const line: Line = {
    group,
    get isEmpty() {
      return ranks.size === 0;
    },
    add(filed) {
      const rank = rankOf(filed.entry);
      filed.rank = rank;
      rank.filed.place(filed);
      settle(rank);
    },
    first: () => active.first(),
    settle,
    setAside,
    setAllAside() {
      for (const rank of [...active.items()]) setAside(rank);
    },
    rearm() {
      for (const rank of aside) active.place(rank);
      aside.clear();
    },
  };
  return line;
}
