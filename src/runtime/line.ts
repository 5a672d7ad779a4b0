/** Keys in the order in which they came, each once. */
export interface Line {
  readonly size: number;
  add(key: string): void;
  /** The first leaves the line. */
  take(): string | undefined;
  clear(): void;
}

export function createLine(): Line {
  const keys = new Set<string>();
  // Kept, since one that begins anew would step over all the places of those that have left.
  let order = keys.values();

  function next(): string | undefined {
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
