import { field, isEqual } from '../json.ts';
import type { Schema } from '../port.ts';
import { fieldSchema } from '../schema/tidy.ts';
import { ANY, type Child, childrenOf, isKeyed, isOpen, itemElement } from './elements.ts';
import { EMPTY, type FieldSet, LEAF, setOf } from './field-set.ts';

/** What a write did: the fields that it added or changed, and those that it took away. */
export interface Difference {
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

const NONE: Difference = { changed: EMPTY, removed: EMPTY };

/** Where two values of one schema differ. What both share is not looked at. */
export function compare(schema: Schema, before: unknown, after: unknown): Difference {
  if (before === after) return NONE;
  if (before === undefined) return { changed: allOf(schema, after), removed: EMPTY };
  if (after === undefined) return { changed: EMPTY, removed: allOf(schema, before) };
  if (isOpen(schema, before) && isOpen(schema, after)) return compareMaps(schema, before, after);
  if (isKeyed(schema, before) && isKeyed(schema, after)) {
    return compareItems(schema, before, after);
  }
  return isEqual(before, after) ? NONE : { changed: LEAF, removed: EMPTY };
}

type Parts = [string, FieldSet][];

function compareMaps(
  schema: Schema,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Difference {
  const changed: Parts = [];
  const removed: Parts = [];
  for (const key of Object.keys(after)) {
    const old = field(before, key);
    const now = after[key];
    if (old === now) continue;
    const part = compare(fieldSchema(schema, key) ?? ANY, old, now);
    note(part, `f:${key}`, changed, removed);
  }
  for (const key of Object.keys(before)) {
    if (Object.hasOwn(after, key)) continue;
    removed.push([`f:${key}`, allOf(fieldSchema(schema, key) ?? ANY, before[key])]);
  }
  return differenceOf(changed, removed);
}

function compareItems(
  schema: Schema,
  before: readonly unknown[],
  after: readonly unknown[],
): Difference {
  if (before.length === after.length && before.every((item, at) => item === after[at])) return NONE;
  const changed: Parts = [];
  const removed: Parts = [];
  const old = byElement(childrenOf(schema, before) ?? []);
  const now = byElement(childrenOf(schema, after) ?? []);
  const items = schema.items ?? ANY;
  for (const [element, { value }] of now) {
    note(compare(items, old.get(element)?.value, value), element, changed, removed);
  }
  for (const [element, { value }] of old) {
    if (!now.has(element)) removed.push([element, allOf(items, value)]);
  }
  return differenceOf(changed, removed);
}

function note(part: Difference, element: string, changed: Parts, removed: Parts): void {
  if (part === NONE) return;
  changed.push([element, part.changed]);
  removed.push([element, part.removed]);
}

function differenceOf(changed: Parts, removed: Parts): Difference {
  if (changed.length === 0 && removed.length === 0) return NONE;
  return { changed: setOf(changed), removed: setOf(removed) };
}

function byElement(children: readonly Child[]): ReadonlyMap<string, Child> {
  return new Map(children.map((child) => [child.element, child]));
}

/** Every path in a value, the maps and lists on the way too. */
function allOf(schema: Schema, value: unknown): FieldSet {
  const below = new Map<string, FieldSet>();
  if (isOpen(schema, value)) {
    for (const key of Object.keys(value)) {
      below.set(`f:${key}`, allOf(fieldSchema(schema, key) ?? ANY, value[key]));
    }
  } else if (isKeyed(schema, value)) {
    const items = schema.items ?? ANY;
    for (const item of value) below.set(itemElement(schema, item), allOf(items, item));
  }
  return below.size === 0 ? LEAF : { own: true, below };
}

/**
 * The paths that an applied configuration lays claim to: leaves, items of lists, and keys that the schema
 * does not name; not the maps that it only passes through.
 */
export function claimsOf(schema: Schema, value: unknown): FieldSet {
  const children = childrenOf(schema, value);
  if (children === undefined) return LEAF;
  return setOf(
    children.map((child) => {
      const below = claimsOf(child.schema, child.value);
      return [child.element, child.isDynamic || isBare(child) ? { ...below, own: true } : below];
    }),
  );
}

/** A map or list without content is claimed itself. */
function isBare({ schema, value }: Child): boolean {
  return childrenOf(schema, value)?.length === 0;
}
