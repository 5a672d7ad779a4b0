import { type LoadOptions, load, mapTag, Schema, YAMLException } from 'js-yaml';
import { EXACT_SCHEMA } from './yaml-integers.ts';

/** The keys that occur twice in a map, by the map. */
type Twice = ReadonlyMap<object, readonly string[]>;

export interface Loose {
  readonly value: unknown;
  readonly twice: Twice;
}

const DUPLICATES_MAX = 100;

/** Reads YAML in which keys may occur twice: the last one holds, as in JSON. @throws YAMLException */
export function loadLoosely(text: string, options: LoadOptions): Loose {
  try {
    return { value: load(text, { ...options, schema: EXACT_SCHEMA }), twice: new Map() };
  } catch (thrown) {
    const isTwice = thrown instanceof YAMLException && thrown.reason === 'duplicated mapping key';
    if (!isTwice) throw thrown;
    return loadNoting(text, options);
  }
}

/** Reads it again, now with a note of each such key, which costs more. */
function loadNoting(text: string, options: LoadOptions): Loose {
  const twice = new Map<object, readonly string[]>();
  const others = EXACT_SCHEMA.tags.filter((tag) => tag !== mapTag);
  const noting: typeof mapTag = {
    ...mapTag,
    addPair(map, key, value) {
      const isTwice = mapTag.has(map, key) && twice.size < DUPLICATES_MAX;
      if (isTwice) twice.set(map, [...new Set([...(twice.get(map) ?? []), String(key)])]);
      return mapTag.addPair(map, key, value);
    },
  };
  const schema = new Schema([...others, noting]);
  return { value: load(text, { ...options, schema, json: true }), twice };
}

/** The paths of what occurs twice, such as `spec.owner` or `spec.groups[0].name`; the value must end. */
export function duplicatePaths({ value, twice }: Loose, path = ''): readonly string[] {
  if (twice.size === 0 || typeof value !== 'object' || value === null) return [];
  const isList = Array.isArray(value);
  const within = (key: string) => (isList ? `${path}[${key}]` : `${path}${path && '.'}${key}`);
  const here = (twice.get(value) ?? []).map(within);
  const below = Object.entries(value).flatMap(([key, inner]) =>
    duplicatePaths({ value: inner, twice }, within(key)),
  );
  return [...here, ...below].slice(0, DUPLICATES_MAX);
}
