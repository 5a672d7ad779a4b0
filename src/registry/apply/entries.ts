import type { ManagedFieldsEntry } from '../../api/object.ts';
import { isEqual } from '../json.ts';
import {
  type FieldSet,
  type FieldsV1,
  fromFieldsV1,
  isEmpty,
  toFieldsV1,
  union,
} from './field-set.ts';
import { withAll, withNone } from './fields-v1.ts';

/** Who manages which fields, as an object holds it. */
export type Managed = readonly ManagedFieldsEntry[] | undefined;

/** A manager: its name, how it writes, in which version and through which subresource; and when it last did. */
export type Writer = Omit<ManagedFieldsEntry, 'fieldsV1' | 'fieldsType'>;

/** Who applies is the same in every version of a kind, as in Kubernetes; who updates is another in each. */
export function isSameManager(a: Writer, b: Writer): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion) &&
    (a.subresource ?? '') === (b.subresource ?? '')
  );
}

/** The order of the entries: Apply before Update, then by time and name. */
function byRank(a: Writer, b: Writer): number {
  return rank(a) - rank(b) || order(a.time, b.time) || order(nameOf(a), nameOf(b));
}

function rank({ operation }: Writer): number {
  return operation === 'Apply' ? 0 : 1;
}

function nameOf({ manager, subresource }: Writer): string {
  return `${manager}/${subresource ?? ''}`;
}

export function order(a = '', b = ''): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** What a write does to who manages what. */
export interface Taking {
  /** What the writer added or changed: it is its own alone now. */
  readonly taken: FieldSet;
  /** What is no more: nobody manages it. */
  readonly gone: FieldSet;
}

/**
 * The entries after a write. It costs by what was written: nothing of an entry is parsed, and one that it does
 * not concern stays the entry itself.
 */
export function rewritten(base: Managed, writer: Writer, { taken, gone }: Taking): Managed {
  const known = (base ?? []).filter(({ manager, fieldsV1 }) => manager && fieldsV1);
  const own = known.find((entry) => isSameManager(entry, writer));
  const others = known.flatMap((entry) => (entry === own ? [] : left(left([entry], taken), gone)));
  const kept = own === undefined ? [] : left([own], gone);
  if (isEmpty(taken)) return settled([...others, ...kept]);
  return settled([...others, entryOf(writer, withAll(kept[0]?.fieldsV1, taken))]);
}

/** The entries without some paths, and without those that have no other. */
function left(
  entries: readonly ManagedFieldsEntry[],
  fields: FieldSet,
): readonly ManagedFieldsEntry[] {
  return entries.flatMap((entry) => {
    const fieldsV1 = withNone(entry.fieldsV1, fields);
    return fieldsV1 === undefined ? [] : [withFieldsV1(entry, fieldsV1)];
  });
}

function withFieldsV1(entry: ManagedFieldsEntry, fieldsV1: FieldsV1): ManagedFieldsEntry {
  return fieldsV1 === entry.fieldsV1 ? entry : { ...entry, fieldsV1 };
}

export function entryOf({ subresource, ...writer }: Writer, fieldsV1: FieldsV1) {
  return {
    ...writer,
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(subresource === undefined ? {} : { subresource }),
  } satisfies ManagedFieldsEntry;
}

/** Managers that only ever updated; beyond these the oldest become one. */
const UPDATERS_MAX = 10;
const ANCIENT = 'ancient-changes';

/** The entries as objects hold them: not too many, and in their order; none at all is `undefined`. */
export function settled(entries: readonly ManagedFieldsEntry[]): Managed {
  return entries.length === 0 ? undefined : bounded(entries).toSorted(byRank);
}

function bounded(entries: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] {
  const updaters = entries.filter(({ operation }) => operation === 'Update');
  if (updaters.length <= UPDATERS_MAX) return entries;
  const oldest = updaters
    .toSorted((a, b) => order(a.time, b.time))
    .slice(0, updaters.length - UPDATERS_MAX + 1);
  const last = oldest.at(-1);
  if (last === undefined) return entries;
  const { subresource: _, fieldsV1: __, ...writer } = last;
  const fields = oldest.map(({ fieldsV1 }) => fromFieldsV1(fieldsV1)).reduce(union);
  const rest = entries.filter((entry) => !oldest.includes(entry));
  return [...rest, entryOf({ ...writer, manager: ANCIENT }, toFieldsV1(fields))];
}

/** Whether two managed fields differ in their times at most. */
export function sameButTimes(before: Managed = [], after: Managed = []): boolean {
  if (before === after) return true;
  return before.length === after.length && before.every((entry, at) => isAlike(entry, after[at]));
}

function isAlike(before: ManagedFieldsEntry, after: ManagedFieldsEntry | undefined): boolean {
  if (before === after) return true;
  return after !== undefined && isEqual({ ...before, time: '' }, { ...after, time: '' });
}
