import type { Turn } from '../registry/turn.ts';

const SLICE_BYTES = 128 * 1024;

/**
 * Joins parts to slices of some size, and gives others their turn after each, and when making the parts takes
 * long. Texts that follow each other are encoded at once, which costs far less than each alone.
 */
export async function* inSlices(
  parts: Iterable<string | Uint8Array>,
  turn: Turn,
): AsyncGenerator<Uint8Array> {
  let slice = createSlice();
  for (const part of parts) {
    slice.add(part);
    if (slice.size < SLICE_BYTES && !turn.isOver()) continue;
    yield slice.bytes();
    await turn.next();
    slice = createSlice();
  }
  yield slice.bytes();
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
    bytes(): Uint8Array {
      encodeText();
      const [only] = pieces;
      return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
    },
  };
}
