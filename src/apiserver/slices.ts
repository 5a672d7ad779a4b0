import type { Turn } from '../registry/turn.ts';

/**
 * Texts and bytes of this size live and die young. Larger ones lie apart from other objects, and a list of 100,000
 * made of them has all of the heap collected several times, each time for as long as hundreds of milliseconds.
 */
const SLICE_SIZE = 64 * 1024;

/**
 * Joins parts to slices of some size, and gives others their turn after each, and when making the parts takes
 * long. Texts that follow each other stay one text, which whoever sends it encodes at once.
 */
export async function* inSlices(
  parts: Iterable<string | Uint8Array>,
  turn: Turn,
): AsyncGenerator<string | Uint8Array> {
  let slice = createSlice();
  if (turn.isOver()) await turn.next();
  for (const part of parts) {
    slice.add(part);
    if (slice.size < SLICE_SIZE && !turn.isOver()) continue;
    yield slice.joined();
    await turn.next();
    slice = createSlice();
  }
  yield slice.joined();
}

function createSlice() {
  const pieces: Uint8Array[] = [];
  let text = '';
  let size = 0;

  function encodeText(): void {
    if (text !== '') pieces.push(Buffer.from(text));
    text = '';
  }

  return {
    get size() {
      return size;
    },
    add(part: string | Uint8Array): void {
      size += part.length;
      if (typeof part === 'string') {
        text += part;
        return;
      }
      encodeText();
      pieces.push(part);
    },
    joined(): string | Uint8Array {
      if (pieces.length === 0) return text;
      encodeText();
      const [only] = pieces;
      return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
    },
  };
}
