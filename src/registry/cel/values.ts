import { Optional } from '@marcbachmann/cel-js';
import type { Int64 } from '../int64.ts';
import { isRecord } from '../json.ts';
import type { Schema } from '../port.ts';
import { fieldSchema } from '../schema/tidy.ts';

const KEYWORDS = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);

const ESCAPED = /__|[./-]/;

/** The name of a field in a rule: `__dash__` for `-` and so on, as Kubernetes writes it. */
export function escapeName(name: string): string {
  if (KEYWORDS.has(name)) return `__${name}__`;
  if (!ESCAPED.test(name)) return name;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

/** A JSON value as rules see it: integers, numbers and texts by their schema, fields by escaped names. */
export function celValue(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => celValue(schema.items ?? ANY, item));
  if (isRecord(value)) return celMap(schema, value);
  if (typeof value === 'number' || typeof value === 'bigint') return celNumber(schema, value);
  if (typeof value === 'string' && schema.type === 'string') return celText(schema, value);
  return value;
}

const ANY: Schema = {};

function celMap(schema: Schema, value: Readonly<Record<string, unknown>>): unknown {
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const own = schema.properties !== undefined && Object.hasOwn(schema.properties, key);
    const name = own ? escapeName(key) : key;
    if (item !== undefined && name !== '__proto__' && name !== 'constructor') {
      out[name] = celValue(fieldSchema(schema, key) ?? ANY, item);
    }
  }
  return out;
}

function celNumber({ type }: Schema, value: Int64): unknown {
  if (type === 'number') return Number(value);
  return Number.isSafeInteger(value) ? BigInt(value) : value;
}

/** Moments are moments in rules, as in Kubernetes; a text that is none has been refused before. */
function celText({ format }: Schema, text: string): unknown {
  if (format !== 'date-time' && format !== 'date') return text;
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? text : moment;
}

/** A value that there may not be. */
export function optionally(value: unknown): unknown {
  return value === undefined ? Optional.none() : Optional.of(value);
}
