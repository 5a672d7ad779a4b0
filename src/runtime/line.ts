/** Keys, or what else waits, in the order in which they came, each once. */
export interface Line<T = string> {
  readonly size: number;
  add(key: T): void;
  /** The first leaves the line. */
  take(): T | undefined;
  clear(): void;
}

export function createLine<T = string>(): Line<T> {
  const keys = new Set<T>();
  // Kept, since one that begins anew would step over all the places of those that have left.
  let order = keys.values();

  function next(): T | undefined {
    const { value } = order.next();
    if (value !== undefined) return value;
    order = keys.values();
    return order.next().value;
  }

  return {
    get size() {
      return keys.size;
    },
    add: (key) => void keys.add(key),
    take() {
      const key = next();
      if (key !== undefined) keys.delete(key);
      return key;
    },
    clear: () => keys.clear(),
  };
}
