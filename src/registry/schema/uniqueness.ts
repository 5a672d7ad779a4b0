import type { Cause } from '../../api/error.ts';
import { duplicate, required } from '../causes.ts';
import { field, isRecord } from '../json.ts';
import type { Schema } from '../port.ts';
import { fieldSchema } from './tidy.ts';

/** Whether anything below the schema is a list of type `set` or `map`; else there is nothing to check. */
export function hasKeyedLists(schema: Schema): boolean {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set' || type === 'map') return true;
  const { items, additionalProperties: others, properties = {} } = schema;
  const below = [items, typeof others === 'object' ? others : undefined];
  return [...below, ...Object.values(properties)].some((of) => of && hasKeyedLists(of));
}

/** Items of a `set` that are equal, and items of a `map` that share their keys or lack one. */
export function duplicatesIn(schema: Schema, value: unknown, path = ''): readonly Cause[] {
  if (Array.isArray(value)) {
    const below = schema.items;
    const inner = value.flatMap((item, index) =>
      below ? duplicatesIn(below, item, `${path}[${index}]`) : [],
    );
    return [...ofList(schema, value, path), ...inner];
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const of = fieldSchema(schema, key);
    return of ? duplicatesIn(of, item, path === '' ? key : `${path}.${key}`) : [];
  });
}

function ofList(schema: Schema, items: readonly unknown[], path: string): readonly Cause[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const identity = type === 'set' ? item : listMapKey(schema, item);
    const lacks = type === 'map' ? missingKeys(schema, item, `${path}[${index}]`) : [];
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
  return Object.fromEntries(
    keys.toSorted().flatMap((key) => {
      const value = field(item, key) ?? schema.items?.properties?.[key]?.default;
      return value === undefined ? [] : [[key, value]];
    }),
  );
}
