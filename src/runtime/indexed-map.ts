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
  /** Those with this value in an index: where there are several, the same list until one of them changes. */
  by(index: string, value: string): readonly T[];
  /** How many `by` would find; it costs nothing. */
  count(index: string, value: string): number;
}

interface Row<T> {
  readonly byKey: Map<string, T>;
  /** What was asked for last, until something changes. */
  list: readonly T[] | undefined;
}

/**
 * What has each value of an index, by key; of one alone only its key. Where values are ids, as they mostly are,
 * a map for each would take more memory than the rest.
 */
type Rows<T> = Map<string, Row<T> | string>;

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
    for (const table of tables.values()) refile(table, { key, before, now, values });
  }

  function rowOf(index: string, value: string): Row<T> | string | undefined {
    return tables.get(index)?.rows.get(value);
  }

  function valuesAt(key: string): readonly T[] {
    const value = values.get(key);
    return value === undefined ? NOBODY : [value];
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
      if (typeof row === 'string') return valuesAt(row);
      row.list ??= [...row.byKey.values()];
      return row.list;
    },
    count(index, value) {
      const row = rowOf(index, value);
      return typeof row === 'string' ? 1 : (row?.byKey.size ?? 0);
    },
  };
}

interface Change<T> {
  readonly key: string;
  readonly before: T | undefined;
  readonly now: T | undefined;
  /** All that there was before it. */
  readonly values: ReadonlyMap<string, T>;
}

/** Files a key under what its new value says; of most changes that is what the old one said. */
function refile<T>({ of, rows }: Table<T>, change: Change<T>): void {
  const { before, now } = change;
  const old = before === undefined ? NOWHERE : of(before);
  const next = now === undefined ? NOWHERE : of(now);
  for (const value of old) if (!next.includes(value)) unlink(rows, value, change.key);
  if (now === undefined) return;
  for (const value of next) link(rows, value, { ...change, now });
}

function unlink<T>(rows: Rows<T>, value: string, key: string): void {
  const row = rows.get(value);
  if (row === key) rows.delete(value);
  if (row === undefined || typeof row === 'string') return;
  row.byKey.delete(key);
  row.list = undefined;
  if (row.byKey.size === 0) rows.delete(value);
}

/** The newest comes last. */
function link<T>(
  rows: Rows<T>,
  value: string,
  { key, now, values }: Change<T> & { readonly now: T },
): void {
  const row = rows.get(value);
  if (row === undefined) rows.set(value, key);
  if (row === undefined || row === key) return;
  if (typeof row === 'string') {
    rows.set(value, rowOfTwo(row, values, [key, now]));
    return;
  }
  row.byKey.delete(key);
  row.byKey.set(key, now);
  row.list = undefined;
}

function rowOfTwo<T>(
  first: string,
  values: ReadonlyMap<string, T>,
  second: readonly [string, T],
): Row<T> {
  const there = values.get(first);
  const byKey = new Map<string, T>();
  if (there !== undefined) byKey.set(first, there);
  return { byKey: byKey.set(...second), list: undefined };
}
