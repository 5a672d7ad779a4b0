import { TitanError } from '../../api/error.ts';
import { type Int64, toInt64 } from '../../registry/int64.ts';
import type { Body } from '../../registry/port.ts';
import { parseJson } from './json.ts';
import type { Field, Message } from './messages/field.ts';
import { messageOf } from './messages.ts';
import { readFields, type WireField } from './wire.ts';

const MAGIC = Buffer.from('k8s\0', 'latin1');

/** Texts are UTF-8, as protobuf asks; what is none is refused rather than mended. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a built-in object from Kubernetes' protobuf envelope into its JSON form. A field that the
 * message does not have is refused, unless it says nothing: no field is ever accepted and then ignored.
 *
 * @throws BadRequest for bytes that are no such envelope or no such message, UnsupportedMediaType for
 *   a kind that is only read as JSON
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
    return parseJson(UTF8.decode(raw)).value;
  }
  const message = messageOf(apiVersion, kind);
  if (message === undefined) {
    throw new TitanError(
      'UnsupportedMediaType',
      `${kind || 'this kind'} in version "${apiVersion}" is only accepted as application/json`,
    );
  }
  return { kind, apiVersion, ...readMessage(raw, message) };
}

function readType(wire: WireField | undefined): { apiVersion: string; kind: string } {
  const parts = new Map([...readFields(bytesAt(wire))].map((part) => [part.number, part]));
  return {
    apiVersion: UTF8.decode(bytesAt(parts.get(1))),
    kind: UTF8.decode(bytesAt(parts.get(2))),
  };
}

function bytesAt(wire: WireField | undefined): Buffer {
  return wire === undefined ? Buffer.alloc(0) : bytesOf(wire);
}

function readMessage(bytes: Buffer, message: Message): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const wire of readFields(bytes)) {
    const field = message[wire.number];
    if (field !== undefined) put(out, field, wire);
    else if (!saysNothing(wire)) throw new RangeError(`the unknown field ${wire.number}`);
  }
  return out;
}

/** Fields that are no more are still written by old clients, without content. */
function saysNothing(wire: WireField): boolean {
  return wire.type === 'varint' ? wire.value === 0n : wire.value.length === 0;
}

function put(out: Record<string, unknown>, field: Field, wire: WireField): void {
  const { name, type } = field;
  if (type === 'string-map' || type === 'bytes-map' || type === 'texts-map') {
    out[name] ??= {};
    const map = out[name] as Record<string, unknown>;
    const [key, value] = mapEntry(wire);
    map[key] = mapValue(type, value);
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
    case 'count':
      return integer(wire) || undefined;
    case 'time':
      return moment(wire, 0);
    case 'micro-time':
      return moment(wire, 6);
    case 'raw-json':
      return rawJson(wire);
    case 'string-map':
    case 'bytes-map':
    case 'texts-map':
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

function mapValue(type: 'string-map' | 'bytes-map' | 'texts-map', value: Buffer): unknown {
  if (type === 'bytes-map') return value.toString('base64');
  if (type === 'string-map') return UTF8.decode(value);
  return [...readFields(value)].map(text);
}

/** An empty moment is Go's zero time: none. @throws RangeError for one that no date can name */
function moment(wire: WireField, decimals: 0 | 6): string | undefined {
  let seconds = 0;
  let nanos = 0;
  for (const part of readFields(bytesOf(wire))) {
    if (part.number === 1) seconds = Number(integer(part));
    if (part.number === 2) nanos = Number(integer(part));
  }
  if (seconds === 0 && nanos === 0) return undefined;
  if (nanos < 0 || nanos >= 1e9) throw new RangeError(`the nanoseconds ${nanos}`);
  const whole = new Date(seconds * 1000).toISOString().slice(0, -5);
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
  return UTF8.decode(bytesOf(wire));
}

function bytesOf(wire: WireField): Buffer {
  if (wire.type === 'bytes') return wire.value;
  throw new RangeError(`field ${wire.number} has the wrong type`);
}

function integer(wire: WireField): Int64 {
  if (wire.type !== 'varint') throw new RangeError(`field ${wire.number} has the wrong type`);
  const exact = BigInt.asIntN(64, wire.value);
  return toInt64(exact) ?? Number(exact);
}
