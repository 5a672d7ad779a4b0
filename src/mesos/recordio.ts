import { TitanError } from '../api/error.ts';

/** No event that Mesos sends comes near this; more means that we lost our place in the stream. */
export const recordMaxBytes = 64 * 1024 * 1024;
const headerMaxBytes = 20;
const newline = 10;

export interface RecordDecoder {
  /**
   * Takes the next bytes of the stream, cut anywhere, and returns the records they complete.
   *
   * @throws TitanError `ServiceUnavailable` where the bytes are not RecordIO or a record is too long
   */
  push(chunk: Uint8Array): string[];
  /** Whether the stream stands between two records, where it may end. */
  readonly atBoundary: boolean;
}

/** Reads RecordIO: each record is its length in decimal, a newline, and as many bytes. */
export function recordDecoder(maxBytes: number = recordMaxBytes): RecordDecoder {
  let header = '';
  let missing = 0;
  let parts: Uint8Array[] = [];

  function readHeader(chunk: Uint8Array, from: number): number {
    const end = chunk.indexOf(newline, from);
    const upTo = end < 0 ? chunk.length : end;
    if (header.length + upTo - from > headerMaxBytes) throw broken('a length of too many digits');
    header += viewOf(chunk).toString('latin1', from, upTo);
    if (end < 0) return chunk.length;
    if (!/^\d+$/.test(header)) throw broken(`the length ${JSON.stringify(header)}`);
    missing = Number(header);
    header = '';
    if (missing > maxBytes) throw broken(`a record of ${missing} bytes, more than ${maxBytes}`);
    return end + 1;
  }

  function readBody(chunk: Uint8Array, from: number): number {
    const piece = chunk.subarray(from, from + missing);
    parts.push(piece);
    missing -= piece.length;
    return from + piece.length;
  }

  /** Most records come in one piece, which needs no copy. */
  function takeRecord(): string {
    const [first] = parts;
    const isWhole = parts.length === 1 && first !== undefined;
    const record = isWhole ? viewOf(first) : Buffer.concat(parts);
    parts = [];
    return record.toString('utf8');
  }

  return {
    push(chunk) {
      const records: string[] = [];
      let at = 0;
      while (at < chunk.length) {
        at = missing > 0 ? readBody(chunk, at) : readHeader(chunk, at);
        if (parts.length > 0 && missing === 0) records.push(takeRecord());
      }
      return records;
    },
    get atBoundary() {
      return missing === 0 && header === '' && parts.length === 0;
    },
  };
}

export function encodeRecord(record: string): string {
  return `${Buffer.byteLength(record)}\n${record}`;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function broken(what: string): TitanError {
  return new TitanError(
    'ServiceUnavailable',
    `The master's event stream is broken: it holds ${what}`,
  );
}
