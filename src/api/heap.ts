/** A binary heap: the smallest by `before` comes out first. */
export interface Heap<T> {
  readonly size: number;
  peek(): T | undefined;
  push(item: T): void;
  pop(): T | undefined;
  /** Lets go of all that are not worth keeping. */
  keep(isWorth: (item: T) => boolean): void;
}

/** @param before whether the first comes out before the second; ties come out in no stated order */
export function createHeap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];

  function swap(a: number, b: number): void {
    const held = items[a] as T;
    items[a] = items[b] as T;
    items[b] = held;
  }

  function isBefore(a: number, b: number): boolean {
    return before(items[a] as T, items[b] as T);
  }

  function rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  }

  function sink(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= items.length) return;
      const right = left + 1;
      const child = right < items.length && isBefore(right, left) ? right : left;
      if (!isBefore(child, at)) return;
      swap(at, child);
      at = child;
    }
  }

  return {
    get size() {
      return items.length;
    },
    peek: () => items[0],
    push(item) {
      items.push(item);
      rise(items.length - 1);
    },
    pop() {
      const top = items[0];
      const last = items.pop();
      if (items.length > 0 && last !== undefined) {
        items[0] = last;
        sink(0);
      }
      return top;
    },
    keep(isWorth) {
      let count = 0;
      for (const item of items) if (isWorth(item)) items[count++] = item;
      items.length = count;
      for (let at = (items.length >> 1) - 1; at >= 0; at--) sink(at);
    },
  };
}
