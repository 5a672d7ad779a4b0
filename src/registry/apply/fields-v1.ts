import { field, isRecord } from '../json.ts';
import { type FieldSet, type FieldsV1, toFieldsV1 } from './field-set.ts';

/** `FieldsV1` with the paths of a set too; itself where it holds them. It costs by the set. */
export function withAll(fields: FieldsV1 | undefined, set: FieldSet): FieldsV1 {
  return fields === undefined ? toFieldsV1(set) : grown(fields, set, false);
}

/** `FieldsV1` without the paths of a set; itself where it holds none, `undefined` where it holds no other. */
export function withNone(fields: FieldsV1, set: FieldSet): FieldsV1 | undefined {
  if (Object.keys(fields).length === 0) return undefined;
  return shrunk(fields, set, false) as FieldsV1 | undefined;
}

/** @param was whether the path of the node itself is held */
function grown(fields: unknown, { own, below }: FieldSet, was: boolean): FieldsV1 {
  const before: FieldsV1 = isRecord(fields) ? fields : {};
  let next: Record<string, unknown> | undefined;
  for (const [element, set] of below) {
    const inner = field(before, element);
    const both = inner === undefined ? toFieldsV1(set) : grown(inner, set, isOwn(inner));
    if (both === inner) continue;
    next ??= { ...before };
    next[element] = both;
  }
  const is = was || own;
  return next === undefined && is === was ? before : (inOrder(next ?? before, is) ?? before);
}

function shrunk(fields: unknown, { own, below }: FieldSet, was: boolean): unknown {
  const before: FieldsV1 = isRecord(fields) ? fields : {};
  let next: Record<string, unknown> | undefined;
  for (const [element, set] of below) {
    const inner = field(before, element);
    if (inner === undefined) continue;
    const left = shrunk(inner, set, isOwn(inner));
    if (left === inner) continue;
    next ??= { ...before };
    if (left === undefined) delete next[element];
    else next[element] = left;
  }
  const is = was && !own;
  return next === undefined && is === was ? fields : inOrder(next ?? before, is);
}

/** @returns `undefined` for the empty set */
function inOrder(fields: FieldsV1, own: boolean): FieldsV1 | undefined {
  const elements = Object.keys(fields).filter((element) => element !== '.');
  if (elements.length === 0) return own ? {} : undefined;
  const out: Record<string, unknown> = own ? { '.': {} } : {};
  for (const element of elements.sort()) out[element] = fields[element];
  return out;
}

function isOwn(fields: unknown): boolean {
  if (!isRecord(fields)) return true;
  if (Object.hasOwn(fields, '.')) return true;
  for (const _ in fields) return false;
  return true;
}
