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
  by(index: string, value: string): readonly T[];
  /** How many `by` would find; it costs nothing. */
  count(index: string, value: string): number;
}

export function createIndexedMap<T>(indexes: Readonly<Record<string, IndexBy<T>>>): IndexedMap<T> {
  const values = new Map<string, T>();
  const tables = Object.entries(indexes).map(([name, of]) => ({
    name,
    of,
    rows: new Map<string, Map<string, T>>(),
  }));

  function unlink(key: string): void {
    const before = values.get(key);
    if (before === undefined) return;
    for (const { of, rows } of tables) {
      for (const value of of(before)) {
        const row = rows.get(value);
        row?.delete(key);
        if (row?.size === 0) rows.delete(value);
      }
    }
  }

  function link(key: string, object: T): void {
    for (const { of, rows } of tables) {
      for (const value of of(object)) {
        const row = rows.get(value) ?? new Map<string, T>();
        rows.set(value, row.set(key, object));
      }
    }
  }

  function rowOf(index: string, value: string): ReadonlyMap<string, T> | undefined {
    return tables.find(({ name }) => name === index)?.rows.get(value);
  }

  return {
    get size() {
      return values.size;
    },
    get: (key) => values.get(key),
    set(key, value) {
      unlink(key);
      values.set(key, value);
      link(key, value);
    },
    delete(key) {
      unlink(key);
      values.delete(key);
    },
    keys: () => values.keys(),
    entries: () => values.entries(),
    values: () => values.values(),
    by: (index, value) => [...(rowOf(index, value)?.values() ?? [])],
    count: (index, value) => rowOf(index, value)?.size ?? 0,
  };
}
