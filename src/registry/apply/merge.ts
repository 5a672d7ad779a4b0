import { field, isEqual, isRecord } from '../json.ts';
import type { Schema } from '../port.ts';
import { isKeyedList } from '../schema/uniqueness.ts';
import { childrenOf, itemElement } from './elements.ts';
import { EMPTY, type FieldSet, isEmpty } from './field-set.ts';

/** The live value with an applied configuration laid over it: maps and keyed lists are merged. */
export function overlay(schema: Schema, live: unknown, config: unknown): unknown {
  if (live === undefined) return config;
  const children = childrenOf(schema, config);
  if (children === undefined || childrenOf(schema, live) === undefined) {
    return isEqual(live, config) ? live : config;
  }
  if (Array.isArray(live)) return overlayItems(schema, live, Array.isArray(config) ? config : []);
  const out: Record<string, unknown> = { ...Object(live) };
  for (const child of children) {
    const key = child.element.slice(2);
    out[key] = overlay(child.schema, field(live, key), child.value);
  }
  return Object.keys(out).every((key) => out[key] === field(live, key)) ? live : out;
}

function overlayItems(
  schema: Schema,
  live: readonly unknown[],
  config: readonly unknown[],
): readonly unknown[] {
  const fresh = new Map(config.map((item) => [itemElement(schema, item), item]));
  const kept = live.map((item) => {
    const element = itemElement(schema, item);
    const applied = fresh.get(element);
    fresh.delete(element);
    return applied === undefined ? item : overlay(schema.items ?? {}, item, applied);
  });
  return [...kept, ...fresh.values()];
}

/**
 * The value without what is in `drop`. What is in `keep`, or leads there, stays; maps and lists that
 * lose all that they held go too, unless they are kept themselves.
 */
export function without(schema: Schema, value: unknown, drop: FieldSet, keep: FieldSet): unknown {
  if (drop.own && isEmpty(keep)) return undefined;
  const children = childrenOf(schema, value);
  if (children === undefined || isEmpty(drop)) return value;
  const kept = children.flatMap((child) => {
    const { element } = child;
    const dropped = drop.below.get(element) ?? EMPTY;
    const left = without(child.schema, child.value, dropped, keep.below.get(element) ?? EMPTY);
    return left === undefined ? [] : [[element, restored(schema, child.value, left)] as const];
  });
  if (kept.length === 0 && children.length > 0 && !keep.own) return undefined;
  if (Array.isArray(value)) return kept.map(([, item]) => item);
  return Object.fromEntries(kept.map(([element, child]) => [element.slice(2), child]));
}

/** An item of a list map that stays keeps its keys, whoever claimed them. */
function restored(list: Schema, before: unknown, left: unknown): unknown {
  if (!isKeyedList(list) || !isRecord(left)) return left;
  const keys = list['x-kubernetes-list-map-keys'] ?? [];
  const lost = keys.filter(
    (key) => field(left, key) === undefined && field(before, key) !== undefined,
  );
  return { ...left, ...Object.fromEntries(lost.map((key) => [key, field(before, key)])) };
}
