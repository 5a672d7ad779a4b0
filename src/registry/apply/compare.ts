import { isEqual } from '../json.ts';
import type { Schema } from '../port.ts';
import { type Child, childrenOf } from './elements.ts';
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
  const old = childrenOf(schema, before);
  const now = childrenOf(schema, after);
  if (old === undefined || now === undefined) {
    return isEqual(before, after) ? NONE : { changed: LEAF, removed: EMPTY };
  }
  return compareChildren(byElement(old), byElement(now));
}

function compareChildren(
  old: ReadonlyMap<string, Child>,
  now: ReadonlyMap<string, Child>,
): Difference {
  const parts = [...new Set([...old.keys(), ...now.keys()])].map((element) => {
    const before = old.get(element);
    const after = now.get(element);
    const schema = (before ?? after)?.schema ?? {};
    return [element, compare(schema, before?.value, after?.value)] as const;
  });
  return {
    changed: setOf(parts.map(([element, { changed }]) => [element, changed])),
    removed: setOf(parts.map(([element, { removed }]) => [element, removed])),
  };
}

function byElement(children: readonly Child[]): ReadonlyMap<string, Child> {
  return new Map(children.map((child) => [child.element, child]));
}

/** Every path in a value, the maps and lists on the way too. */
function allOf(schema: Schema, value: unknown): FieldSet {
  const children = childrenOf(schema, value);
  if (children === undefined) return LEAF;
  return setOf(
    children.map((child) => [child.element, allOf(child.schema, child.value)]),
    true,
  );
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
