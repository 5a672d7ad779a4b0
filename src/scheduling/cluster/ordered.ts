interface Named {
  readonly name: string;
}

const CHUNK_MAX = 128;

/**
 * Things in the order of their names, each name once: short sorted lists in a list, so that every
 * operation costs by the root of how many there are.
 */
export class Ordered<T extends Named> {
  readonly #chunks: T[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(item: T): void {
    const at = this.#chunkAt(item.name);
    const chunk = this.#chunks[at];
    this.#size += 1;
    if (chunk === undefined) {
      this.#chunks.push([item]);
      return;
    }
    chunk.splice(placeIn(chunk, item.name), 0, item);
    if (chunk.length > CHUNK_MAX) this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK_MAX / 2));
  }

  delete(item: T): void {
    const at = this.#chunkAt(item.name);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return;
    const index = placeIn(chunk, item.name);
    if (chunk[index] !== item) return;
    chunk.splice(index, 1);
    this.#size -= 1;
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  *[Symbol.iterator](): Generator<T, void> {
    for (const chunk of this.#chunks) yield* chunk;
  }

  /** The one with the smallest name above this one; '' gives the first. */
  after(name: string): T | undefined {
    if (name === '') return this.#chunks[0]?.[0];
    const at = this.#chunkAt(name);
    const chunk = this.#chunks[at] ?? [];
    let index = placeIn(chunk, name);
    if (chunk[index]?.name === name) index += 1;
    return chunk[index] ?? this.#chunks[at + 1]?.[0];
  }

  /** The first chunk that ends at or above the name, or the last one. */
  #chunkAt(name: string): number {
    const chunks = this.#chunks;
    let [low, high] = [0, chunks.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      const last = chunks[middle]?.at(-1);
      if (last !== undefined && last.name < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
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
