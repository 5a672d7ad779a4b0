import { TitanError } from '../../api/error.ts';
import type { Body } from '../../registry/port.ts';
import { parseJson } from './json.ts';
import { DELETE_OPTIONS, type Field, MESSAGES, type Message } from './messages.ts';
import { readFields, type WireField } from './wire.ts';

const MAGIC = Buffer.from('k8s\0', 'latin1');

/**
 * Reads a built-in object from Kubernetes' protobuf envelope into its JSON form. Fields that the
 * message does not have are left out, as protobuf means it.
 *
 * @throws BadRequest for bytes that are no such envelope, UnsupportedMediaType for a kind that is
 *   only read as JSON
 */
export function parseProtobuf(bytes: Buffer): Body {
  try {
    return { value: readEnvelope(bytes), duplicates: [] };
  } catch (thrown) {
    if (thrown instanceof TitanError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new TitanError('BadRequest', `the body is not valid protobuf: ${why}`, { cause: thrown });
  }
}

function readEnvelope(bytes: Buffer): unknown {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new RangeError('it does not begin with k8s\\0');
  }
  const parts = new Map(
    [...readFields(bytes.subarray(MAGIC.length))].map((wire) => [wire.number, wire]),
  );
  const { apiVersion, kind } = readType(parts.get(1));
  const raw = bytesAt(parts.get(2));
  if (bytesAt(parts.get(4)).toString() === 'application/json') {
    return parseJson(raw.toString()).value;
  }
  const message = kind === 'DeleteOptions' ? DELETE_OPTIONS : messageOf(`${apiVersion}/${kind}`);
  if (message === undefined) {
    throw new TitanError(
      'UnsupportedMediaType',
      `${kind || 'this kind'} in version "${apiVersion}" is only accepted as application/json`,
    );
  }
  return { kind, apiVersion, ...readMessage(raw, message) };
}

function messageOf(name: string): Message | undefined {
  return Object.hasOwn(MESSAGES, name) ? MESSAGES[name] : undefined;
}

function readType(wire: WireField | undefined): { apiVersion: string; kind: string } {
  const parts = new Map([...readFields(bytesAt(wire))].map((part) => [part.number, part]));
  return { apiVersion: bytesAt(parts.get(1)).toString(), kind: bytesAt(parts.get(2)).toString() };
}

function bytesAt(wire: WireField | undefined): Buffer {
  return wire === undefined ? Buffer.alloc(0) : bytesOf(wire);
}

function readMessage(bytes: Buffer, message: Message): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const wire of readFields(bytes)) {
    const field = message[wire.number];
    if (field !== undefined) put(out, field, wire);
  }
  return out;
}

function put(out: Record<string, unknown>, field: Field, wire: WireField): void {
  const { name, type } = field;
  if (type === 'string-map' || type === 'bytes-map') {
    out[name] ??= {};
    const map = out[name] as Record<string, string>;
    const [key, value] = mapEntry(wire);
    map[key] = type === 'string-map' ? value.toString() : value.toString('base64');
    return;
  }
  const value = readValue(field, wire);
  if (field.repeated) {
    out[name] ??= [];
    (out[name] as unknown[]).push(value);
  } else if (value !== undefined && value !== '') out[name] = value;
}

function readValue({ type }: Field, wire: WireField): unknown {
  switch (type) {
    case 'string':
      return text(wire);
    case 'bool':
      return integer(wire) !== 0;
    case 'int':
      return integer(wire);
    case 'bytes':
      return bytesOf(wire).toString('base64');
    case 'time':
      return moment(wire, 0);
    case 'micro-time':
      return moment(wire, 6);
    case 'raw-json':
      return rawJson(wire);
    case 'string-map':
    case 'bytes-map':
      return undefined;
    default:
      return readMessage(bytesOf(wire), type);
  }
}

function mapEntry(wire: WireField): [string, Buffer] {
  let key = '';
  let value: Buffer = Buffer.alloc(0);
  for (const part of readFields(bytesOf(wire))) {
    if (part.number === 1) key = text(part);
    if (part.number === 2) value = bytesOf(part);
  }
  if (key === '__proto__') throw new RangeError('the key "__proto__" is not allowed');
  return [key, value];
}

/** A moment of which seconds are 0 is Go's zero time: none. */
function moment(wire: WireField, decimals: 0 | 6): string | undefined {
  let seconds = 0;
  let nanos = 0;
  for (const part of readFields(bytesOf(wire))) {
    if (part.number === 1) seconds = integer(part);
    if (part.number === 2) nanos = integer(part);
  }
  const at = new Date(seconds * 1000);
  if (seconds <= 0 || Number.isNaN(at.getTime())) return undefined;
  const whole = at.toISOString().slice(0, 19);
  const micros = String(Math.floor(nanos / 1000)).padStart(6, '0');
  return decimals === 0 ? `${whole}Z` : `${whole}.${micros}Z`;
}

function rawJson(wire: WireField): unknown {
  for (const part of readFields(bytesOf(wire))) {
    if (part.number === 1) return parseJson(text(part)).value;
  }
  return undefined;
}

function text(wire: WireField): string {
  return bytesOf(wire).toString();
}

function bytesOf(wire: WireField): Buffer {
  if (wire.type === 'bytes') return wire.value;
  throw new RangeError(`field ${wire.number} has the wrong type`);
}

function integer(wire: WireField): number {
  if (wire.type !== 'varint') throw new RangeError(`field ${wire.number} has the wrong type`);
  const value = Number(BigInt.asIntN(64, wire.value));
  if (!Number.isSafeInteger(value)) throw new RangeError(`the number ${value} is too large`);
  return value;
}
