import {
  type ApiObject,
  type ManagedFieldsEntry,
  type Millis,
  toTimestamp,
} from '../../api/object.ts';
import type { Unversioned } from '../cache/held.ts';
import type { Served } from '../catalog.ts';
import type { WriteOptions } from '../port.ts';
import { WRITTEN } from '../write/stamp.ts';
import { compare } from './compare.ts';
import {
  entryOf,
  isSameManager,
  type Managed,
  rewritten,
  settled,
  type Writer,
} from './entries.ts';
import {
  common,
  type FieldSet,
  fromFieldsV1,
  isEmpty,
  LEAF,
  minus,
  setOf,
  toFieldsV1,
} from './field-set.ts';

/** One who manages fields of an object: by name, by how it writes, and through which subresource. */
export interface Manager {
  readonly entry: Writer;
  readonly fields: FieldSet;
  /** The fields as the object holds them, so that nothing is formatted that has not changed. */
  readonly fieldsV1?: ManagedFieldsEntry['fieldsV1'];
}

const SERVERS_OWN = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'resourceVersion',
  'managedFields',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
];
const STAMP = `f:${WRITTEN}`;

/** What the server itself keeps is nobody's. */
const NOBODYS: FieldSet = setOf([
  ['f:apiVersion', LEAF],
  ['f:kind', LEAF],
  [
    'f:metadata',
    setOf(
      [
        ...SERVERS_OWN.map((key) => [`f:${key}`, LEAF] as const),
        ['f:annotations', setOf([[STAMP, LEAF]])] as const,
      ],
      true,
    ),
  ],
]);
const ANNOTATIONS: FieldSet = setOf([['f:metadata', setOf([['f:annotations', LEAF]])]]);

/** The fields of a set that a manager may own. Annotations that came with the stamp are nobody's either. */
export function ownable(fields: FieldSet): FieldSet {
  const { below } = fields;
  if (!(below.has('f:metadata') || below.has('f:kind') || below.has('f:apiVersion'))) return fields;
  const left = minus(fields, NOBODYS);
  const isStamped = annotationsOf(fields)?.below.has(STAMP) ?? false;
  const isBare = annotationsOf(left)?.below.size === 0;
  return isStamped && isBare ? minus(left, ANNOTATIONS) : left;
}

function annotationsOf(fields: FieldSet): FieldSet | undefined {
  return fields.below.get('f:metadata')?.below.get('f:annotations');
}

export function parseManagers(managed: Managed): readonly Manager[] {
  return (managed ?? []).flatMap((whole) => {
    const { fieldsV1, fieldsType: _, ...entry } = whole;
    return entry.manager && fieldsV1 ? [{ entry, fields: fromFieldsV1(fieldsV1), fieldsV1 }] : [];
  });
}

/** The entries as objects hold them; nobody without fields. */
export function formatManagers(managers: readonly Manager[]): Managed {
  const held = managers.filter(({ fields }) => !isEmpty(fields));
  return settled(
    held.map(({ entry, fields, fieldsV1 }) => entryOf(entry, fieldsV1 ?? toFieldsV1(fields))),
  );
}

/**
 * Who manages what after an ordinary write: the writer what it added or changed, beside what it had;
 * the others lose that, and everybody what was taken away.
 */
export function managedAfterUpdate(
  served: Served,
  current: ApiObject | undefined,
  next: Unversioned,
  {
    manager,
    subresource,
    ownsStatus = false,
    now,
    base = current?.metadata.managedFields,
  }: WriteOptions & { readonly now: Millis; readonly base?: Managed },
): Unversioned {
  const isOwn = ownsStatus && subresource === 'status' && !namesStatus(base);
  if (isOwn && next.metadata.managedFields === base) return next;
  const { managedFields: _, ...metadata } = next.metadata;
  if (isOwn) return withManagers(next, metadata, base);
  const { changed, removed } = compare(served.definition.schema, current ?? {}, next);
  const taken = ownable(changed);
  const gone = ownable(removed);
  if (isEmpty(taken) && isEmpty(gone)) return withManagers(next, metadata, base);
  const writer: Writer = {
    manager,
    operation: 'Update',
    apiVersion: served.apiVersion,
    time: toTimestamp(now),
    ...(subresource === undefined ? {} : { subresource }),
  };
  return withManagers(next, metadata, rewritten(base, writer, { taken, gone }));
}

/** Whether anybody manages status, or has written it. */
function namesStatus(managed: Managed): boolean {
  return (managed ?? []).some(
    ({ subresource, fieldsV1 }) =>
      subresource === 'status' || Object.hasOwn(fieldsV1 ?? {}, 'f:status'),
  );
}

/** An object with its managed fields, or without any where nobody manages a field. */
export function withManagers(
  next: Unversioned,
  metadata: Unversioned['metadata'],
  managedFields: Managed,
): Unversioned {
  if (managedFields === undefined || managedFields.length === 0) return { ...next, metadata };
  return { ...next, metadata: { ...metadata, managedFields } };
}

export function withFields(manager: Manager, fields: FieldSet): Manager {
  return fields === manager.fields ? manager : { entry: manager.entry, fields };
}

/** The fields of a set that others manage, by manager. */
export function heldByOthers(
  managers: readonly Manager[],
  self: Writer,
  fields: FieldSet,
): readonly Manager[] {
  return managers
    .filter(({ entry }) => !isSameManager(entry, self))
    .map((other) => withFields(other, common(other.fields, fields)))
    .filter((other) => !isEmpty(other.fields));
}
