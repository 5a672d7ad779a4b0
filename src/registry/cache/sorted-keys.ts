const BLOCK_MAX = 1_024;

/**
 * Text keys in order. They lie in blocks of bounded size, so that adding one among hundreds of
 * thousands moves a block and not all.
 */
export interface SortedKeys {
  readonly size: number;
  add(key: string): void;
  remove(key: string): void;
  /** The keys that start with `prefix`, from the first one behind `after`. */
  from(prefix: string, after?: string): Generator<string, void>;
  /** How many those are; costs by the blocks, not by the keys. */
  count(prefix: string, after?: string): number;
  /** The key before which there are so many; costs by the blocks, too. */
  at(index: number): string | undefined;
}

export function createSortedKeys(): SortedKeys {
  const blocks: string[][] = [];
  let size = 0;

  /** The last block whose first key is not behind `key`. */
  function blockOf(key: string): number {
    const found = search(blocks.length, (index) => (blocks[index]?.[0] ?? '') <= key);
    return Math.max(0, found - 1);
  }

  return {
    get size() {
      return size;
    },
    add(key) {
      if (blocks.length === 0) blocks.push([]);
      const at = blockOf(key);
      const block = blocks[at] ?? [];
      const place = search(block.length, (index) => (block[index] ?? '') < key);
      if (block[place] === key) return;
      block.splice(place, 0, key);
      size += 1;
      if (block.length > BLOCK_MAX) blocks.splice(at + 1, 0, block.splice(BLOCK_MAX / 2));
    },
    remove(key) {
      const at = blockOf(key);
      const block = blocks[at] ?? [];
      const place = search(block.length, (index) => (block[index] ?? '') < key);
      if (block[place] !== key) return;
      block.splice(place, 1);
      size -= 1;
      if (block.length === 0) blocks.splice(at, 1);
    },
    count(prefix, after) {
      const start = after !== undefined && after > prefix ? after : prefix;
      const first = blockOf(start);
      const last = search(blocks.length, (index) => isUpTo(blocks[index]?.[0] ?? '', prefix)) - 1;
      let found = 0;
      for (let at = first; at <= last; at += 1) found += blocks[at]?.length ?? 0;
      const before = placeIn(blocks[first], (key) => key < start || key === after);
      const behind =
        (blocks[last]?.length ?? 0) - placeIn(blocks[last], (key) => isUpTo(key, prefix));
      return Math.max(0, found - before - behind);
    },
    at(index) {
      let left = index;
      for (const block of blocks) {
        if (left < block.length) return block[left];
        left -= block.length;
      }
      return undefined;
    },
    from(prefix, after) {
      const start = after !== undefined && after > prefix ? after : prefix;
      return scan(blocks.slice(blockOf(start)), { prefix, start, after });
    },
  };
}

function* scan(
  blocks: readonly (readonly string[])[],
  range: { readonly prefix: string; readonly start: string; readonly after: string | undefined },
): Generator<string, void> {
  for (const block of blocks) {
    for (const key of behind(block, range.start)) {
      if (!key.startsWith(range.prefix)) return;
      if (key !== range.after) yield key;
    }
  }
}

/** The keys of a block from the first that is not before `start`. */
function behind(block: readonly string[], start: string): readonly string[] {
  return block.slice(search(block.length, (index) => (block[index] ?? '') < start));
}

/** Whether a key comes before all, or is among those, that start with `prefix`. */
function isUpTo(key: string, prefix: string): boolean {
  return key < prefix || key.startsWith(prefix);
}

function placeIn(block: readonly string[] = [], holds: (key: string) => boolean): number {
  return search(block.length, (index) => holds(block[index] ?? ''));
}

/** How many of the first `length` places `holds`, where it holds for a beginning of them only. */
function search(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
