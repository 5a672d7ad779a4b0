import type { Cause } from '../../api/error.ts';
import { duplicate, required } from '../causes.ts';
import { field, isRecord } from '../json.ts';
import type { Schema } from '../port.ts';
import { fieldSchema } from './tidy.ts';

/** The nodes of a schema that are, or have below them, a list of type `set` or `map`. */
export type Keyed = ReadonlySet<Schema>;

/** All others need not be looked at. */
export function keyedNodes(schema: Schema): Keyed {
  const found = new Set<Schema>();
  note(schema, found);
  return found;
}

function note(schema: Schema, found: Set<Schema>): boolean {
  const { items, additionalProperties: others, properties = {} } = schema;
  const below = [items, typeof others === 'object' ? others : undefined];
  let isKeyed = isKeyedList(schema);
  for (const of of [...below, ...Object.values(properties)]) {
    if (of !== undefined && note(of, found)) isKeyed = true;
  }
  if (isKeyed) found.add(schema);
  return isKeyed;
}

/** A list of which items have an identity. */
export function isKeyedList({ 'x-kubernetes-list-type': type }: Schema): boolean {
  return type === 'set' || type === 'map';
}

/**
 * Items of a `set` that are equal, and items of a `map` that share their keys or lack one.
 *
 * @param keyed of the schema, where it is known
 * @param old what need not be looked at where it still is the same value
 */
export function duplicatesIn(
  schema: Schema,
  value: unknown,
  { keyed, old }: { readonly keyed?: Keyed; readonly old?: unknown } = {},
): readonly Cause[] {
  const causes: Cause[] = [];
  find({ schema, value, old, path: '' }, keyed, causes);
  return causes;
}

interface Place {
  readonly schema: Schema;
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
}

function find(
  { schema, value, old, path }: Place,
  keyed: Keyed | undefined,
  causes: Cause[],
): void {
  const leads = (of: Schema | undefined): of is Schema =>
    of !== undefined && keyed?.has(of) !== false;
  if (value === old) return;
  if (Array.isArray(value)) {
    causes.push(...ofList(schema, value, path));
    const { items } = schema;
    if (!leads(items)) return;
    for (const [index, item] of value.entries()) {
      find(
        { schema: items, value: item, old: undefined, path: `${path}[${index}]` },
        keyed,
        causes,
      );
    }
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) {
      const of = fieldSchema(schema, key);
      if (!leads(of)) continue;
      const at = path === '' ? key : `${path}.${key}`;
      find({ schema: of, value: value[key], old: field(old, key), path: at }, keyed, causes);
    }
  }
}

function ofList(schema: Schema, items: readonly unknown[], path: string): readonly Cause[] {
  if (!isKeyedList(schema)) return [];
  const isMap = schema['x-kubernetes-list-type'] === 'map';
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const lacks = isMap ? missingKeys(schema, item, `${path}[${index}]`) : [];
    if (items.length === 1) return lacks;
    const identity = isMap ? listMapKey(schema, item) : item;
    const text = JSON.stringify(identity);
    if (lacks.length === 0 && seen.has(text)) return [duplicate(`${path}[${index}]`, identity)];
    seen.add(text);
    return lacks;
  });
}

/** A required key is told by the schema; this tells of one that merely has to be there. */
function missingKeys(schema: Schema, item: unknown, path: string): readonly Cause[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const told = new Set(schema.items?.required ?? []);
  const missing = keys.filter((key) => field(item, key) === undefined && !told.has(key));
  return missing.map((key) => required(`${path}.${key}`));
}

/** The keys of a list map's item, sorted by name: its identity. Absent ones take their default. */
export function listMapKey(schema: Schema, item: unknown): Readonly<Record<string, unknown>> {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const out: Record<string, unknown> = {};
  for (const key of keys.length < 2 ? keys : keys.toSorted()) {
    const value = field(item, key) ?? schema.items?.properties?.[key]?.default;
    if (value !== undefined) out[key] = value;
  }
  return out;
}
