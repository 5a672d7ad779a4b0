/** The values that an object has in an index; none leaves it out. */
export type IndexBy<T> = (object: T) => readonly string[];

/** A map that also finds its values by named indexes. */
export interface IndexedMap<T> {
  readonly size: number;
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
  keys(): IterableIterator<string>;
  entries(): IterableIterator<[string, T]>;
  values(): IterableIterator<T>;
  /** Those with this value in an index: the same list until one of them changes. */
  by(index: string, value: string): readonly T[];
  /** How many `by` would find; it costs nothing. */
  count(index: string, value: string): number;
}

interface Row<T> {
  readonly byKey: Map<string, T>;
  /** What was asked for last, until something changes. */
  list: readonly T[] | undefined;
}

/** The values that have each value of an index, by key. */
type Rows<T> = Map<string, Row<T>>;

interface Table<T> {
  readonly of: IndexBy<T>;
  readonly rows: Rows<T>;
}

const NOWHERE: readonly string[] = [];
const NOBODY: readonly never[] = [];

export function createIndexedMap<T>(indexes: Readonly<Record<string, IndexBy<T>>>): IndexedMap<T> {
  const values = new Map<string, T>();
  const tables = new Map(
    Object.entries(indexes).map(([name, of]): [string, Table<T>] => [
      name,
      { of, rows: new Map() },
    ]),
  );

  function file(key: string, before: T | undefined, now: T | undefined): void {
    for (const table of tables.values()) refile(table, key, before, now);
  }

  function rowOf(index: string, value: string): Row<T> | undefined {
    return tables.get(index)?.rows.get(value);
  }

  return {
    get size() {
      return values.size;
    },
    get: (key) => values.get(key),
    set(key, value) {
      file(key, values.get(key), value);
      values.set(key, value);
    },
    delete(key) {
      file(key, values.get(key), undefined);
      values.delete(key);
    },
    keys: () => values.keys(),
    entries: () => values.entries(),
    values: () => values.values(),
    by(index, value) {
      const row = rowOf(index, value);
      if (row === undefined) return NOBODY;
      row.list ??= [...row.byKey.values()];
      return row.list;
    },
    count: (index, value) => rowOf(index, value)?.byKey.size ?? 0,
  };
}

/** Files a key under what its new value says; of most changes that is what the old one said. */
function refile<T>(
  { of, rows }: Table<T>,
  key: string,
  before: T | undefined,
  now: T | undefined,
): void {
  const old = before === undefined ? NOWHERE : of(before);
  const next = now === undefined ? NOWHERE : of(now);
  for (const value of old) if (!next.includes(value)) unlink(rows, value, key);
  if (now === undefined) return;
  for (const value of next) link(rows, value, [key, now]);
}

function unlink<T>(rows: Rows<T>, value: string, key: string): void {
  const row = rows.get(value);
  if (row === undefined) return;
  row.byKey.delete(key);
  row.list = undefined;
  if (row.byKey.size === 0) rows.delete(value);
}

/** The newest comes last. */
function link<T>(rows: Rows<T>, value: string, [key, object]: readonly [string, T]): void {
  const row = rows.get(value) ?? { byKey: new Map<string, T>(), list: undefined };
  if (row.byKey.size === 0) rows.set(value, row);
  row.byKey.delete(key);
  row.byKey.set(key, object);
  row.list = undefined;
}
