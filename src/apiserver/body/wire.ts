/**
 * The protobuf wire format, as much of it as Kubernetes' messages need: variable-length integers,
 * length-delimited fields, and doubles.
 */

/** One field as it stands on the wire. */
export type WireField =
  | { readonly number: number; readonly type: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly type: 'bytes'; readonly value: Buffer };

const VARINT_BYTES_MAX = 10;

/**
 * The fields of a message in order. Numbers of a fixed width occur in none that is read here.
 * @throws RangeError when the bytes are no message
 */
export function* readFields(bytes: Buffer): Generator<WireField> {
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    at = tag.next;
    const number = Number(tag.value >> 3n);
    const type = Number(tag.value & 7n);
    if (number === 0) throw new RangeError('a field with the number 0');
    if (type === 0) {
      const { value, next } = readVarint(bytes, at);
      at = next;
      yield { number, type: 'varint', value };
    } else if (type === 2) {
      const { value: length, next } = readVarint(bytes, at);
      if (length > BigInt(bytes.length - next)) throw new RangeError('a field beyond the end');
      at = next + Number(length);
      yield { number, type: 'bytes', value: bytes.subarray(next, at) };
    } else {
      throw new RangeError(`the wire type ${type}, which no field has`);
    }
  }
}

function readVarint(bytes: Buffer, start: number): { value: bigint; next: number } {
  let value = 0n;
  for (let index = 0; index < VARINT_BYTES_MAX; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) throw new RangeError('a number beyond the end');
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), next: start + index + 1 };
  }
  throw new RangeError('a number that is too long');
}

function varint(value: number | bigint): Buffer {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Buffer.from(out);
}

/** A length-delimited field: a text, bytes, or the parts of a message. */
export function bytesField(number: number, value: string | Uint8Array | readonly Uint8Array[]) {
  const body =
    typeof value === 'string'
      ? Buffer.from(value)
      : value instanceof Uint8Array
        ? value
        : Buffer.concat(value);
  return Buffer.concat([varint((number << 3) | 2), varint(body.length), body]);
}

export function integerField(number: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(number << 3), varint(value)]);
}

export function doubleField(number: number, value: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeDoubleLE(value);
  return Buffer.concat([varint((number << 3) | 1), body]);
}
