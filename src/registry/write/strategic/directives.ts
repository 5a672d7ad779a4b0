import { badRequest } from '../../errors.ts';
import { field, isRecord } from '../../json.ts';
import type { Schema } from '../../port.ts';

type Json = Readonly<Record<string, unknown>>;

const ORDER = '$setElementOrder/';
const DELETE = '$deleteFromPrimitiveList/';

/** What a map of a strategic merge patch says beside its fields. */
export interface Directives {
  readonly patch: 'merge' | 'replace' | 'delete';
  /** The only fields that stay. */
  readonly retain: readonly string[] | undefined;
  /** The order of the items of a list, by field. */
  readonly order: ReadonlyMap<string, readonly unknown[]>;
  /** The items to take from a list of plain values, by field. */
  readonly remove: ReadonlyMap<string, readonly unknown[]>;
  readonly fields: Json;
}

/** @throws TitanError BadRequest, also for a directive that is none: nothing is passed over */
export function directivesOf(schema: Schema, patch: Json): Directives {
  const order = new Map<string, readonly unknown[]>();
  const remove = new Map<string, readonly unknown[]>();
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(ORDER)) order.set(key.slice(ORDER.length), listIn(key, value));
    else if (key.startsWith(DELETE)) remove.set(key.slice(DELETE.length), listIn(key, value));
    else if (key === '$patch' || key === '$retainKeys' || key === '__proto__') continue;
    else if (key.startsWith('$') && !schema['x-kubernetes-preserve-unknown-fields']) {
      throw badRequest(`unknown directive in the strategic merge patch: ${key}`);
    } else fields[key] = value;
  }
  return { patch: patchType(patch), retain: retained(patch, fields), order, remove, fields };
}

/** @throws TitanError BadRequest */
export function patchType(patch: Json): Directives['patch'] {
  const type = field(patch, '$patch') ?? 'merge';
  if (type === 'merge' || type === 'replace' || type === 'delete') return type;
  throw badRequest(
    `unknown patch type: ${typeof type === 'string' ? type : JSON.stringify(type)} in map: ${JSON.stringify(patch)}`,
  );
}

function retained(patch: Json, fields: Json): readonly string[] | undefined {
  if (!Object.hasOwn(patch, '$retainKeys')) return undefined;
  const keys = listIn('$retainKeys', patch.$retainKeys);
  const set = Object.keys(fields).filter((key) => fields[key] !== null);
  if (keys.every((key) => typeof key === 'string') && set.every((key) => keys.includes(key))) {
    return keys;
  }
  throw badRequest('invalid patch format of retainKeys: it must name every field that is set');
}

function listIn(key: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badRequest(`invalid patch format of ${key}: it is no list`);
}

/** Whether a value bears a directive, where none can be followed. */
export function bearsDirective(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(bearsDirective);
  if (!isRecord(value)) return false;
  return Object.entries(value).some(([key, inner]) => isDirective(key) || bearsDirective(inner));
}

function isDirective(key: string): boolean {
  return (
    key === '$patch' || key === '$retainKeys' || key.startsWith(ORDER) || key.startsWith(DELETE)
  );
}
