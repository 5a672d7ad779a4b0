interface Named {
  readonly name: string;
}

/** Things in the order of their names, each name once. */
export interface Ordered<T extends Named> {
  readonly size: number;
  add(item: T): void;
  delete(item: T): void;
  /** The one with the smallest name above this one; '' gives the first. */
  after(name: string): T | undefined;
  values(): IterableIterator<T>;
}

const CHUNK_MAX = 128;

/** Short sorted lists in a list: every operation costs by the root of how many there are. */
export function createOrdered<T extends Named>(): Ordered<T> {
  const chunks: T[][] = [];
  let size = 0;

  /** The first chunk that ends at or above the name, or the last one. */
  function chunkAt(name: string): number {
    let [low, high] = [0, chunks.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      const last = chunks[middle]?.at(-1);
      if (last !== undefined && last.name < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function add(item: T): void {
    const at = chunkAt(item.name);
    const chunk = chunks[at];
    size += 1;
    if (chunk === undefined) {
      chunks.push([item]);
      return;
    }
    chunk.splice(placeIn(chunk, item.name), 0, item);
    if (chunk.length > CHUNK_MAX) chunks.splice(at + 1, 0, chunk.splice(CHUNK_MAX / 2));
  }

  function remove(item: T): void {
    const at = chunkAt(item.name);
    const chunk = chunks[at];
    if (chunk === undefined) return;
    const index = placeIn(chunk, item.name);
    if (chunk[index] !== item) return;
    chunk.splice(index, 1);
    size -= 1;
    if (chunk.length === 0) chunks.splice(at, 1);
  }

  function after(name: string): T | undefined {
    if (name === '') return chunks[0]?.[0];
    const at = chunkAt(name);
    const chunk = chunks[at] ?? [];
    let index = placeIn(chunk, name);
    if (chunk[index]?.name === name) index += 1;
    return chunk[index] ?? chunks[at + 1]?.[0];
  }

  function* values(): IterableIterator<T> {
    for (const chunk of chunks) yield* chunk;
  }

  return {
    get size() {
      return size;
    },
    add,
    delete: remove,
    after,
    values,
  };
}

/** Where the name is, or would be. */
function placeIn(chunk: readonly Named[], name: string): number {
  let [low, high] = [0, chunk.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((chunk[middle]?.name ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
