import type { ManagedFieldsEntry } from '../../api/object.ts';
import { isEqual } from '../json.ts';
import { type FieldSet, hasAll, hasAny } from './field-set.ts';

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
export function byRank(a: Writer, b: Writer): number {
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

/**
 * The entries after a write of fields that the writer has already and nobody else: only its time moves.
 * Most writes of a controller are such, and nothing of the entries need be parsed for them.
 *
 * @returns `undefined` where more than that changes
 */
export function renewed(base: Managed, writer: Writer, written: FieldSet): Managed {
  if (base === undefined) return undefined;
  let own: ManagedFieldsEntry | undefined;
  for (const entry of base) {
    if (!entry.manager || !entry.fieldsV1) return undefined;
    if (own === undefined && isSameManager(entry, writer)) own = entry;
    else if (hasAny(entry.fieldsV1, written)) return undefined;
  }
  if (own === undefined || !hasAll(own.fieldsV1, written)) return undefined;
  if (own.time === writer.time) return base;
  const fresh = { ...own, ...(writer.time === undefined ? {} : { time: writer.time }) };
  return base.map((entry) => (entry === own ? fresh : entry)).toSorted(byRank);
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
