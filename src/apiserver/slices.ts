import type { Turn } from '../registry/turn.ts';

/** A slice holds so many bytes; most lists are far shorter, and begin with less. */
const SLICE_BYTES = 64 * 1024;
const FIRST_BYTES = 4 * 1024;

/** UTF-8 takes no more for each UTF-16 code unit. */
const UNIT_BYTES = 3;

/**
 * Joins parts to slices of some size, and gives others their turn after each, and when making the parts takes
 * long. Slices share their memory: each is good until the next is asked for. What is made for each anew is a load for
 * the collector of garbage, which takes it for something that lives long, so that lists of 100,000 have all of the
 * heap collected several times, for tens of milliseconds each.
 */
export async function* inSlices(
  parts: Iterable<string | Uint8Array>,
  turn: Turn,
): AsyncGenerator<Uint8Array> {
  const slice = createSlice();
  if (turn.isOver()) await turn.next();
  for (const part of parts) {
    if (!slice.hasRoom(part)) {
      yield slice.taken();
      await turn.next();
    }
    slice.add(part);
    if (!turn.isOver()) continue;
    yield slice.taken();
    await turn.next();
  }
  if (slice.size > 0) yield slice.taken();
}

function createSlice() {
  let buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let size = 0;

  function grow(wanted: number): void {
    const larger = Buffer.allocUnsafeSlow(
      Math.max(wanted, Math.min(4 * buffer.length, SLICE_BYTES)),
    );
    buffer.copy(larger, 0, 0, size);
    buffer = larger;
  }

  return {
    get size() {
      return size;
    },
    /** Whether a part may be added before what is there is taken. */
    hasRoom: (part: string | Uint8Array) => size === 0 || size + mostOf(part) <= SLICE_BYTES,
    add(part: string | Uint8Array): void {
      const wanted = size + mostOf(part);
      if (wanted > buffer.length) grow(wanted);
      if (typeof part === 'string') size += buffer.write(part, size);
      else {
        buffer.set(part, size);
        size += part.length;
      }
    },
    taken(): Uint8Array {
      const taken = buffer.subarray(0, size);
      size = 0;
      return taken;
    },
  };
}

/** How many bytes a part may take. */
function mostOf(part: string | Uint8Array): number {
  return typeof part === 'string' ? UNIT_BYTES * part.length : part.length;
}
