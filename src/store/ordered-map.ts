import { compareKeys } from './key.ts';

const CHUNK_MAX = 512;

/**
 * A map whose keys can be walked in order from any point. Keys lie in sorted chunks of bounded
 * length, so that adding one among hundreds of thousands moves at most a chunk.
 */
export class OrderedMap<Value> {
  readonly #values = new Map<string, Value>();
  readonly #chunks: string[][] = [];

  get size(): number {
    return this.#values.size;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Value): void {
    if (!this.#values.has(key)) this.#insert(key);
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (!this.#values.delete(key)) return;
    const at = this.#chunkFor(key);
    const chunk = this.#chunks[at] ?? [];
    chunk.splice(firstFrom(chunk, key), 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** The keys at or behind `start`, in order. The map must not change meanwhile. */
  *from(start: string): Generator<readonly [string, Value]> {
    const first = this.#chunkFor(start);
    for (let at = first; at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at] ?? [];
      for (let i = at === first ? firstFrom(chunk, start) : 0; i < chunk.length; i++) {
        const key = chunk[i] as string;
        yield [key, this.#values.get(key) as Value];
      }
    }
  }

  #insert(key: string): void {
    const at = this.#chunkFor(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([key]);
      return;
    }
    chunk.splice(firstFrom(chunk, key), 0, key);
    if (chunk.length > CHUNK_MAX) this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK_MAX / 2));
  }

  /** The last chunk that begins at or before `key`, or the first. */
  #chunkFor(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (compareKeys(this.#chunks[middle]?.[0] ?? '', key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Where the first key at or behind `key` is. */
function firstFrom(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(sorted[middle] ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
