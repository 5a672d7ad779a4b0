import { field, isRecord } from '../json.ts';
import type { Schema } from '../port.ts';

export interface Tidying {
  /** Takes the paths of the fields that were dropped, such as `spec.groups[0].zz`. */
  readonly unknown: string[];
  /** Whether to add the schema's defaults. */
  readonly defaults: boolean;
  /** A tidy object of the same schema: what the value shares with it is not looked at. */
  readonly like?: object | undefined;
}

/**
 * Takes from a value what its schema doesn't know, and adds the schema's defaults.
 *
 * The value itself is never changed; whatever needs no change is shared with the result, so that an
 * update of one field costs by its path and not by its object.
 */
export function tidy(schema: Schema, value: unknown, how: Tidying, path = ''): unknown {
  if (Array.isArray(value)) return tidyItems(schema, value, how, path);
  if (isRecord(value) && describesMap(schema)) return tidyMap(schema, value, how, path);
  return value;
}

function describesMap(schema: Schema): boolean {
  return schema.type === 'object' || schema.properties !== undefined;
}

function tidyItems(schema: Schema, items: readonly unknown[], how: Tidying, path: string): unknown {
  const of = schema.items;
  if (of === undefined) return items;
  const next = items.map((item, index) => tidy(of, item, how, `${path}[${index}]`));
  return next.every((item, index) => item === items[index]) ? items : next;
}

function tidyMap(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  how: Tidying,
  path: string,
): unknown {
  let next: Record<string, unknown> | undefined;
  const like = path === '' ? how.like : undefined;
  for (const key of Object.keys(value)) {
    const old = value[key];
    if (isTidy(schema, key, old, like)) continue;
    const tidied = tidyField(schema, key, old, how, path === '' ? key : `${path}.${key}`);
    if (tidied === old && tidied !== undefined) continue;
    next ??= { ...value };
    if (tidied === undefined) delete next[key];
    else next[key] = tidied;
  }
  return how.defaults ? withDefaults(schema, value, next) : (next ?? value);
}

/** What needs no look below: what is shared with a tidy value, and a plain value that the schema knows. */
function isTidy(schema: Schema, key: string, value: unknown, like: object | undefined): boolean {
  if (isRecord(value)) return field(like, key) === value;
  if (value === undefined || typeof value === 'object') return false;
  return fieldSchema(schema, key) !== undefined;
}

/** @param next what was changed of `value` already, where anything was */
function withDefaults(
  { properties = NONE }: Schema,
  value: Readonly<Record<string, unknown>>,
  next: Record<string, unknown> | undefined,
): unknown {
  let filled = next;
  for (const [key, of] of defaultedIn(properties)) {
    if (field(filled ?? value, key) !== undefined) continue;
    filled ??= { ...value };
    filled[key] = tidy(of, of.default, { unknown: [], defaults: true });
  }
  return filled ?? value;
}

type Properties = Readonly<Record<string, Schema>>;

const NONE: Properties = {};

/** Most schemas have many properties and few defaults. */
const defaulted = new WeakMap<Properties, readonly (readonly [string, Schema])[]>();

function defaultedIn(properties: Properties): readonly (readonly [string, Schema])[] {
  const known = defaulted.get(properties);
  if (known !== undefined) return known;
  const found = Object.entries(properties).filter(([, of]) => of.default !== undefined);
  defaulted.set(properties, found);
  return found;
}

/** @returns `undefined` where the field is to go */
function tidyField(
  schema: Schema,
  key: string,
  value: unknown,
  how: Tidying,
  path: string,
): unknown {
  if (value === undefined) return undefined;
  const of = fieldSchema(schema, key);
  if (of === undefined) {
    how.unknown.push(path);
    return undefined;
  }
  if (value === null && isTyped(of) && of.nullable !== true) return undefined;
  return tidy(of, value, how, path);
}

const ANY: Schema = {};

/** The schema of one key of a map; `undefined` where the schema knows no such key. */
export function fieldSchema(schema: Schema, key: string): Schema | undefined {
  if (key === '__proto__') return undefined;
  const { properties, additionalProperties: others } = schema;
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key];
  if (typeof others === 'object') return others;
  if (others === true || schema['x-kubernetes-preserve-unknown-fields']) return ANY;
  return schema['x-kubernetes-embedded-resource'] && isTypeMeta(key) ? ANY : undefined;
}

function isTypeMeta(key: string): boolean {
  return key === 'apiVersion' || key === 'kind' || key === 'metadata';
}

function isTyped(schema: Schema): boolean {
  return schema.type !== undefined || schema['x-kubernetes-int-or-string'] === true;
}
