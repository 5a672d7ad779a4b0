import { isRecord } from '../json.ts';
import type { Schema } from '../port.ts';
import { fieldSchema } from '../schema/tidy.ts';
import { isKeyedList, listMapKey } from '../schema/uniqueness.ts';

/** A value inside another, with the path element that leads there. */
export interface Child {
  readonly element: string;
  readonly schema: Schema;
  readonly value: unknown;
  /** Whether the element is a key that the schema does not name itself, or an item of a list. */
  readonly isDynamic: boolean;
}

export const ANY: Schema = {};

/** A map that ownership looks into. */
export function isOpen(schema: Schema, value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && schema['x-kubernetes-map-type'] !== 'atomic';
}

/** A list that ownership looks into. */
export function isKeyed(schema: Schema, value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && isKeyedList(schema);
}

/** What ownership looks into: the fields of a map and the items of a keyed list; `undefined` for a leaf. */
export function childrenOf(schema: Schema, value: unknown): readonly Child[] | undefined {
  if (isKeyed(schema, value)) return itemsOf(schema, value);
  if (!isOpen(schema, value)) return undefined;
  return Object.entries(value).map(([key, child]) => ({
    element: `f:${key}`,
    schema: fieldSchema(schema, key) ?? ANY,
    value: child,
    isDynamic: !Object.hasOwn(schema.properties ?? {}, key),
  }));
}

function itemsOf(schema: Schema, items: readonly unknown[]): readonly Child[] {
  return items.map((value) => ({
    element: itemElement(schema, value),
    schema: schema.items ?? ANY,
    value,
    isDynamic: true,
  }));
}

/** The path element of an item of a keyed list. */
export function itemElement(schema: Schema, item: unknown): string {
  return schema['x-kubernetes-list-type'] === 'set'
    ? `v:${JSON.stringify(item)}`
    : `k:${JSON.stringify(listMapKey(schema, item))}`;
}
