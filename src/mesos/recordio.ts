import { TitanError } from '../api/error.ts';

/** No event that Mesos sends comes near this; more means that we lost our place in the stream. */
export const recordMaxBytes = 64 * 1024 * 1024;
const digitsMax = 20;
const newline = 10;
const zero = 48;
const nine = 57;

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
  /** The digits of a length, while it is being read. */
  let digits = 0;
  let length = 0;
  /** Of the record that is being read; what earlier chunks held of it lies in `parts`. */
  let missing = 0;
  let parts: Buffer[] = [];

  function readLength(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? newline;
      if (byte === newline && digits > 0) {
        missing = length;
        length = 0;
        digits = 0;
        return at + 1;
      }
      if (!isDigit(byte)) throw broken('a length that is not a decimal number');
      length = length * 10 + byte - zero;
      digits += 1;
      if (length > maxBytes || digits > digitsMax)
        throw broken(`a record of more than ${maxBytes} bytes`);
    }
    return chunk.length;
  }

  /** The text of a record that ends in this chunk; most lie in it whole, which needs no copy. */
  function endOf(chunk: Buffer, from: number): string {
    const to = from + missing;
    missing = 0;
    if (parts.length === 0) return chunk.toString('utf8', from, to);
    const whole = Buffer.concat([...parts, chunk.subarray(from, to)]);
    parts = [];
    return whole.toString('utf8');
  }

  return {
    push(bytes) {
      const chunk = viewOf(bytes);
      const records: string[] = [];
      let at = 0;
      while (at < chunk.length) {
        if (missing === 0) at = readLength(chunk, at);
        else if (at + missing <= chunk.length) {
          const next = at + missing;
          records.push(endOf(chunk, at));
          at = next;
        } else {
          parts.push(chunk.subarray(at));
          missing -= chunk.length - at;
          at = chunk.length;
        }
      }
      return records;
    },
    get atBoundary() {
      return missing === 0 && digits === 0;
    },
  };
}

export function encodeRecord(record: string): string {
  return `${Buffer.byteLength(record)}\n${record}`;
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= nine;
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
