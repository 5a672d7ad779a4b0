import { parseExactText } from '../exact.ts';
import { isRecord } from '../json.ts';

/**
 * A set of field paths, as a tree. The keys are path elements as `FieldsV1` writes them: `f:name` for
 * a field, `k:{"name":"a"}` for an item of a list map, `v:"x"` for an item of a set.
 */
export interface FieldSet {
  /** Whether the set holds this very path, beside what is below it. */
  readonly own: boolean;
  readonly below: ReadonlyMap<string, FieldSet>;
}

/** A set as objects hold it: a map of maps, the elements in order, `.` for a path that is not the last. */
export type FieldsV1 = Readonly<Record<string, unknown>>;

/** Shared by all leaves. */
const NOTHING_BELOW: FieldsV1 = {};

export const EMPTY: FieldSet = { own: false, below: new Map() };
export const LEAF: FieldSet = { own: true, below: new Map() };

export function isEmpty({ own, below }: FieldSet): boolean {
  return !own && below.size === 0;
}

/** A set of what is below, without empty branches. */
export function setOf(
  below: Iterable<readonly [string, FieldSet | undefined]>,
  own = false,
): FieldSet {
  const kept = new Map<string, FieldSet>();
  for (const [element, set] of below) {
    if (set !== undefined && !isEmpty(set)) kept.set(element, set);
  }
  return kept.size === 0 ? (own ? LEAF : EMPTY) : { own, below: kept };
}

/** The paths of both; `a` itself where `b` adds none. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a) || a === b) return b;
  if (isEmpty(b)) return a;
  let isSame = a.own || !b.own;
  const below = new Map(a.below);
  for (const [element, set] of b.below) {
    const both = union(below.get(element) ?? EMPTY, set);
    if (both !== below.get(element)) isSame = false;
    below.set(element, both);
  }
  return isSame ? a : { own: a.own || b.own, below };
}

/** The paths of `a` that are not in `b`; `a` itself where that takes none away. */
export function minus(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b) || isEmpty(a)) return a;
  let isSame = !(a.own && b.own);
  const below = [...a.below].map(([element, set]) => {
    const left = minus(set, b.below.get(element) ?? EMPTY);
    if (left !== set) isSame = false;
    return [element, left] as const;
  });
  return isSame ? a : setOf(below, a.own && !b.own);
}

/** The paths that are in both. */
export function common(a: FieldSet, b: FieldSet): FieldSet {
  const below = [...a.below].map(([element, set]) => {
    const other = b.below.get(element);
    return [element, other && common(set, other)] as const;
  });
  return setOf(below, a.own && b.own);
}

export function fromFieldsV1(fields: unknown): FieldSet {
  const { own, below } = nodeFrom(fields);
  return below.size === 0 ? EMPTY : { own: own && below.size === 0, below };
}

function nodeFrom(fields: unknown): FieldSet {
  if (!isRecord(fields)) return LEAF;
  const entries = Object.entries(fields);
  const below = entries.filter(([element]) => element !== '.');
  const own = entries.length === 0 || below.length < entries.length;
  return setOf(
    below.map(([element, inner]) => [element, nodeFrom(inner)]),
    own,
  );
}

export function toFieldsV1({ own, below }: FieldSet): FieldsV1 {
  if (below.size === 0) return NOTHING_BELOW;
  const out: Record<string, unknown> = own ? { '.': NOTHING_BELOW } : {};
  for (const element of [...below.keys()].sort()) {
    out[element] = toFieldsV1(below.get(element) ?? LEAF);
  }
  return out;
}

/** The paths as Kubernetes' conflict messages write them: `.spec.groups[name="g1"].count`. */
export function pathsOf({ own, below }: FieldSet, path = ''): readonly string[] {
  const elements = [...below].sort(([a], [b]) => (a < b ? -1 : 1));
  const inner = elements.flatMap(([element, set]) => pathsOf(set, path + elementText(element)));
  return own ? [path, ...inner] : inner;
}

function elementText(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  const keys = Object.entries(parseExactText(rest) as object);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}
