import { field, isEqual, isRecord } from '../../json.ts';
import type { Schema } from '../../port.ts';
import { fieldSchema } from '../../schema/tidy.ts';
import { type Directives, directivesOf } from './directives.ts';
import { mergedList, withoutItems } from './lists.ts';

type Json = Readonly<Record<string, unknown>>;

const ANY: Schema = {};

/**
 * What a strategic merge patch makes of a map. Maps are merged, `null` takes away; lists whose schema
 * names a merge key, or that are sets, are merged by item, all others are replaced; and directives
 * (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) say what a merge cannot.
 * Nothing is changed in place, and what stays equal stays itself.
 *
 * @returns `undefined` where the patch deletes the map
 * @throws TitanError BadRequest for a directive that is unknown or ill-formed
 */
export function strategicMerge(schema: Schema, current: unknown, patch: Json): unknown {
  const directives = directivesOf(schema, patch);
  if (directives.patch === 'delete') return undefined;
  const base = directives.patch === 'replace' || !isRecord(current) ? {} : current;
  const next = mergedFields(schema, base, directives);
  return isEqual(current, next) ? current : next;
}

function mergedFields(schema: Schema, base: Json, directives: Directives): Json {
  const { fields, order, remove, retain } = directives;
  const next: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(base)) {
    if (retain === undefined || retain.includes(key)) next[key] = value;
  }
  for (const [key, items] of remove) {
    const left = withoutItems(field(next, key), items);
    if (left !== undefined) next[key] = left;
  }
  for (const key of new Set([...Object.keys(fields), ...order.keys()])) {
    const of = fieldSchema(schema, key) ?? ANY;
    const merged = mergedField(of, field(next, key), field(fields, key), order.get(key));
    if (merged === undefined) delete next[key];
    else next[key] = merged;
  }
  return next;
}

function mergedField(
  schema: Schema,
  current: unknown,
  patch: unknown,
  order: readonly unknown[] | undefined,
): unknown {
  if (patch === null) return undefined;
  if (isRecord(patch)) return strategicMerge(schema, current, patch);
  if (Array.isArray(patch) || order !== undefined) {
    return mergedList(schema, current, { patch, order }, strategicMerge);
  }
  return patch;
}
