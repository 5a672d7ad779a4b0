/** Reads protobuf without knowing its messages: what the bytes themselves say. */

/** A message is its fields by number; what is no message is text, a number or hex. */
export type WireValue = string | number | bigint | WireMessage;
export interface WireMessage {
  readonly [field: number]: readonly WireValue[];
}

/** The records of a RecordIO stream as bytes; a record that has not ended is not among them. */
export function recordsOf(stream: Buffer): Buffer[] {
  const records: Buffer[] = [];
  let at = 0;
  while (at < stream.length) {
    const start = stream.indexOf('\n', at) + 1;
    const end = start + Number(stream.subarray(at, start - 1).toString());
    if (start === 0 || end > stream.length) break;
    records.push(stream.subarray(start, end));
    at = end;
  }
  return records;
}

/** Throws where the bytes are no message. */
export function readMessage(bytes: Buffer): WireMessage {
  const fields: Record<number, WireValue[]> = {};
  let at = 0;

  function take(length: number): Buffer {
    if (at + length > bytes.length) throw new Error('The message ends too early');
    at += length;
    return bytes.subarray(at - length, at);
  }

  function varint(): bigint {
    let whole = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = take(1).readUInt8();
      whole |= BigInt(byte & 127) << shift;
      if (byte < 128) return whole;
    }
  }

  function field(wireType: number): WireValue {
    if (wireType === 0) return varint();
    if (wireType === 1) return take(8).readDoubleLE();
    if (wireType === 2) return readBytes(take(Number(varint())));
    throw new Error(`No wire type: ${wireType}`);
  }

  while (at < bytes.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    fields[number] = [...(fields[number] ?? []), field(tag % 8)];
  }
  return fields;
}

function readBytes(bytes: Buffer): WireValue {
  if (bytes.every((byte) => byte >= 32 && byte < 127)) return bytes.toString();
  try {
    return readMessage(bytes);
  } catch {
    return bytes.toString('hex');
  }
}

/** The same with every text changed. */
export function mapTexts(value: WireMessage, change: (text: string) => string): WireMessage {
  const map = (one: WireValue): WireValue => {
    if (typeof one === 'string') return change(one);
    return typeof one === 'object' ? mapTexts(one, change) : one;
  };
  return Object.fromEntries(
    Object.entries(value).map(([number, ones]: [string, readonly WireValue[]]) => [
      Number(number),
      ones.map(map),
    ]),
  );
}
