import { badRequest } from '../../errors.ts';
import { field, isRecord } from '../../json.ts';
import type { Schema } from '../../port.ts';
import { bearsDirective, patchType } from './directives.ts';

type Json = Readonly<Record<string, unknown>>;
type Items = readonly unknown[];

/** How a map is merged into another; `undefined` where it is to go. */
type MergeMap = (schema: Schema, current: unknown, patch: Json) => unknown;

interface ListPatch {
  /** The patch's items; absent where it only orders those that there are. */
  readonly patch: unknown;
  readonly order: Items | undefined;
}

/** What makes a list's items the same: a field of theirs, their value, or nothing: the list is one value. */
type Identity = { readonly key: string } | 'value' | 'whole';

function identityOf(schema: Schema): Identity {
  const type = schema['x-kubernetes-list-type'];
  const key =
    schema['x-kubernetes-patch-merge-key'] ??
    (type === 'map' ? schema['x-kubernetes-list-map-keys']?.[0] : undefined);
  if (key !== undefined) return { key };
  return type === 'set' ? 'value' : 'whole';
}

/** @throws TitanError BadRequest */
export function mergedList(
  schema: Schema,
  current: unknown,
  { patch, order }: ListPatch,
  mergeMap: MergeMap,
): unknown {
  if (current === undefined && patch === undefined) return undefined;
  const live: Items = Array.isArray(current) ? current : [];
  const items: Items = Array.isArray(patch) ? patch : [];
  const identity = identityOf(schema);
  const { isReplaced, rest } = withoutReplace(items);
  if (isReplaced || identity === 'whole') return whole(rest, order);
  const idOf = identifier(identity);
  if (order !== undefined) checkOrder(rest, order, idOf);
  const next =
    identity === 'value'
      ? union(live, plain(rest))
      : mergedByKey({ items: schema.items ?? {}, idOf, mergeMap }, live, rest);
  return order === undefined ? next : ordered(live, next, order, idOf);
}

/** A list that is one value; nothing in it can say more than what it is. */
function whole(items: Items, order: Items | undefined): Items {
  if (order === undefined) return plain(items);
  throw badRequest('a directive in a list that is replaced as a whole');
}

/** Items that are values, in which no directive could be followed. */
function plain(items: Items): Items {
  if (!items.some(bearsDirective)) return items;
  throw badRequest('a directive in a list of which items are not merged');
}

/**
 * An item `{$patch: replace}` says that the others are all there is to be. It says nothing else:
 * Kubernetes would drop what more stands in it.
 */
function withoutReplace(items: Items): { readonly isReplaced: boolean; readonly rest: Items } {
  const replacing = items.filter((item) => isRecord(item) && patchType(item) === 'replace');
  if (replacing.some((item) => Object.keys(Object(item)).length > 1)) {
    throw badRequest('an item {"$patch": "replace"} replaces the list and must hold nothing else');
  }
  return {
    isReplaced: replacing.length > 0,
    rest:
      replacing.length > 0
        ? items.filter((item) => !isRecord(item) || patchType(item) !== 'replace')
        : items,
  };
}

/** What tells an item from the others, as a text. @throws TitanError BadRequest where it lacks that */
type Identify = (item: unknown) => string;

function identifier(identity: Exclude<Identity, 'whole'>): Identify {
  if (identity === 'value') return (item) => JSON.stringify(item);
  const { key } = identity;
  return (item) => {
    const value = field(item, key);
    if (value !== undefined && value !== null) return JSON.stringify(value);
    throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
  };
}

interface Keyed {
  readonly items: Schema;
  readonly idOf: Identify;
  readonly mergeMap: MergeMap;
}

function mergedByKey({ items, idOf, mergeMap }: Keyed, live: Items, patch: Items): Items {
  const next = new Map(live.map((item) => [idOf(item), item]));
  for (const item of patch) {
    const id = idOf(item);
    const merged = mergeMap(items, next.get(id), item as Json);
    if (merged === undefined) next.delete(id);
    else next.set(id, merged);
  }
  return [...next.values()];
}

function union(live: Items, patch: Items): Items {
  const both = [...live, ...patch];
  return [...new Map(both.map((item) => [JSON.stringify(item), item])).values()];
}

/** The list without some of its values; itself where there is none. */
export function withoutItems(list: unknown, items: Items): unknown {
  if (!Array.isArray(list)) return list;
  const gone = new Set(items.map((item) => JSON.stringify(item)));
  return list.filter((item) => !gone.has(JSON.stringify(item)));
}

/** The patch's items must come in the order that it gives, and all of them must be in it. */
function checkOrder(patch: Items, order: Items, idOf: Identify): void {
  const places = placesOf(order, idOf);
  const kept = patch.filter((item) => !(isRecord(item) && patchType(item) === 'delete'));
  let last = -1;
  for (const item of kept) {
    const place = places.get(idOf(item)) ?? -1;
    if (place <= last) {
      throw badRequest("the order of the patch's items does not match its $setElementOrder list");
    }
    last = place;
  }
}

function placesOf(list: Items, idOf: Identify): ReadonlyMap<string, number> {
  return new Map(list.map((item, place) => [idOf(item), place]));
}

/**
 * The items in the order that the patch gives; those that it does not name stay before the first
 * named one that came after them.
 */
function ordered(live: Items, next: Items, order: Items, idOf: Identify): Items {
  const before = placesOf(live, idOf);
  const byId = new Map(next.map((item) => [idOf(item), item]));
  const wanted = new Set(order.map(idOf));
  const named = [...wanted].filter((id) => byId.has(id));
  const out: string[] = [];
  let from = 0;
  for (const other of [...byId.keys()].filter((id) => !wanted.has(id))) {
    const place = before.get(other) ?? Number.POSITIVE_INFINITY;
    for (let id = named[from]; id !== undefined && isBefore(id, place); id = named[from]) {
      out.push(id);
      from += 1;
    }
    out.push(other);
  }
  return [...out, ...named.slice(from)].map((id) => byId.get(id));

  function isBefore(id: string, place: number): boolean {
    return !((before.get(id) ?? -1) > place);
  }
}
