/** How to undo what was done, in transactions that nest. */
interface Journal {
  /** Whether changes made now can be undone. */
  readonly isOpen: boolean;
  begin(): void;
  /** What was done since `begin` stays; inside another transaction it can still be undone with that. */
  commit(): void;
  /** Everything is as it was at `begin`. */
  undo(): void;
  /** Notes how the next change is undone; without a transaction nothing is noted. */
  note(back: () => void): void;
}

export function createJournal(): Journal {
  const open: (() => void)[][] = [];
  return {
    get isOpen() {
      return open.length > 0;
    },
    begin() {
      open.push([]);
    },
    commit() {
      const done = open.pop() ?? [];
      open.at(-1)?.push(...done);
    },
    undo() {
      const done = open.pop() ?? [];
      for (const back of done.toReversed()) back();
    },
    note(back) {
      open.at(-1)?.push(back);
    },
  };
}
