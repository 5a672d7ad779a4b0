import { type Entry, goesBefore } from './entry.ts';
import { createRanking, type Ranking } from './ranking.ts';

/** The entries of one group that ask alike and have one priority, first come first. */
export interface Rank {
  readonly key: string;
  readonly entries: Ranking<Entry>;
  /** The first of them. */
  head: Entry;
}

/** The ready entries of one group. */
export interface Line {
  readonly group: string;
  readonly isEmpty: boolean;
  add(entry: Entry): void;
  remove(entry: Entry): void;
  /** The class whose turn it is, of those that are not set aside. */
  first(): Rank | undefined;
  /** Passes the class over until `rearm`. */
  setAside(rank: Rank): void;
  /** Passes over all that is left. */
  setAllAside(): void;
  rearm(): void;
}

export function createLine(group: string): Line {
  const ranks = new Map<string, Rank>();
  const active = createRanking<Rank>((a, b) => goesBefore(a.head, b.head));
  const aside = new Set<Rank>();

  function rankOf(entry: Entry): Rank {
    const key = `${entry.promised === true}|${entry.priority}|${entry.class}`;
    const known = ranks.get(key);
    if (known !== undefined) return known;
    const rank = { key, entries: createRanking(goesBefore), head: entry };
    ranks.set(key, rank);
    return rank;
  }

  function setAside(rank: Rank): void {
    active.remove(rank);
    aside.add(rank);
  }

  return {
    group,
    get isEmpty() {
      return ranks.size === 0;
    },
    add(entry) {
      const rank = rankOf(entry);
      rank.entries.place(entry);
      rank.head = rank.entries.first() ?? entry;
      if (!aside.has(rank)) active.place(rank);
    },
    remove(entry) {
      const rank = rankOf(entry);
      rank.entries.remove(entry);
      const head = rank.entries.first();
      if (head !== undefined) {
        rank.head = head;
        if (active.has(rank)) active.place(rank);
        return;
      }
      active.remove(rank);
      aside.delete(rank);
      ranks.delete(rank.key);
    },
    first: () => active.first(),
    setAside,
    setAllAside() {
      for (const rank of [...active.items()]) setAside(rank);
    },
    rearm() {
      for (const rank of aside) active.place(rank);
      aside.clear();
    },
  };
}
