/** What can be in one ranking at a time, and bears its place there. */
export interface Ranked {
  /** `NOT_RANKED` while it is in none; only the ranking changes it. */
  at: number;
}

export const NOT_RANKED = -1;

/**
 * Items in an order that may change: a binary heap whose items know where they are. The first by `before`
 * is at hand; adding, removing and moving one cost O(log n).
 */
export interface Ranking<T extends Ranked> {
  readonly size: number;
  first(): T | undefined;
  /** Adds the item, or moves it to where it now belongs. */
  place(item: T): void;
  remove(item: T): void;
  /** All items, in no stated order. */
  items(): Iterable<T>;
}

export function createRanking<T extends Ranked>(before: (a: T, b: T) => boolean): Ranking<T> {
  const heap: T[] = [];

  function put(item: T, at: number): void {
    heap[at] = item;
    item.at = at;
  }

  function rise(item: T, from: number): number {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as T;
      if (!before(item, above)) break;
      put(above, at);
      at = parent;
    }
    put(item, at);
    return at;
  }

  function sink(item: T, from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const isRight = right < heap.length && before(heap[right] as T, heap[left] as T);
      const child = isRight ? right : left;
      if (!before(heap[child] as T, item)) break;
      put(heap[child] as T, at);
      at = child;
    }
    put(item, at);
  }

  return {
    get size() {
      return heap.length;
    },
    first: () => heap[0],
    place(item) {
      sink(item, rise(item, item.at === NOT_RANKED ? heap.length : item.at));
    },
    remove(item) {
      const { at } = item;
      if (at === NOT_RANKED) return;
      item.at = NOT_RANKED;
      const last = heap.pop() as T;
      if (at < heap.length) sink(last, rise(last, at));
    },
    items: () => heap,
  };
}
