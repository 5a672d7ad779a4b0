import { type ApiObject, type Millis, toTimestamp } from '../../api/object.ts';
import type { Served } from '../catalog.ts';
import type { WriteOptions } from '../port.ts';
import type { Admitted } from '../write/admit.ts';
import { stamped } from '../write/stamp.ts';
import { claimsOf, compare } from './compare.ts';
import { applyConflict } from './conflicts.ts';
import { isSameManager, type Managed, type Writer } from './entries.ts';
import { EMPTY, type FieldSet, minus, setOf, union } from './field-set.ts';
import { KUBECTL, lastAppliedBy } from './last-applied.ts';
import { formatManagers, heldByOthers, ownable, parseManagers, withFields } from './managers.ts';
import { overlay, without } from './merge.ts';

export interface Applied {
  readonly object: Admitted;
  readonly managedFields: Managed;
}

/**
 * Server-side apply: the live object with the configuration laid over it and without what this
 * manager applied before, but no longer does and nobody else wants.
 *
 * @param config what the client sent, not defaulted
 * @throws TitanError Conflict where another manager has a field with another value, unless `force`
 */
export function applied(
  { definition: { schema }, apiVersion }: Served,
  live: ApiObject | undefined,
  config: Admitted,
  {
    manager,
    subresource,
    force,
    now,
  }: WriteOptions & { readonly force: boolean; readonly now: Millis },
): Applied {
  const self: Writer = {
    manager,
    operation: 'Apply',
    apiVersion,
    time: toTimestamp(now),
    ...(subresource === undefined ? {} : { subresource }),
  };
  const claimed = applicable(config);
  const claims = within(ownable(claimsOf(schema, claimed)), subresource);
  const managers = parseManagers(live?.metadata.managedFields);
  const before = managers.find(({ entry }) => isSameManager(entry, self));
  const merged = overlay(schema, live, claimed);
  const { changed } = compare(schema, live, merged);
  const takeable = manager === KUBECTL ? lastAppliedBy(schema, live) : EMPTY;
  const contested = minus(within(ownable(changed), subresource), takeable);
  const conflicts = heldByOthers(managers, self, contested);
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);

  const others = managers
    .filter((other) => other !== before)
    .map((other) => withFields(other, minus(other.fields, changed)));
  const kept = [claims, ...others.map(({ fields }) => fields)].reduce(union);
  const dropped = minus(before?.fields ?? EMPTY, kept);
  const object = without(schema, merged, dropped, union(kept, TYPE)) as Admitted;
  const left = others.map((other) => withFields(other, minus(other.fields, dropped)));
  const managedFields = formatManagers([...left, { entry: self, fields: claims }]);
  return { object, managedFields };
}

/** What can be applied of a configuration: not who manages it, nor the stamp. */
function applicable(config: Admitted): Admitted {
  const { managedFields: _, annotations, ...metadata } = config.metadata;
  const own = stamped(annotations, undefined);
  return { ...config, metadata: own ? { ...metadata, annotations: own } : metadata };
}

/** The part of the object that a subresource may claim. */
function within(fields: FieldSet, subresource: WriteOptions['subresource']): FieldSet {
  const keys = [...fields.below.keys()];
  if (subresource === 'status') return setOf(pick(fields, (key) => key === 'f:status', keys));
  if (subresource === 'scale') return setOf(pick(fields, (key) => key === 'f:spec', keys));
  return fields;
}

function pick(
  fields: FieldSet,
  wanted: (key: string) => boolean,
  keys: readonly string[],
): readonly (readonly [string, FieldSet | undefined])[] {
  return keys.filter(wanted).map((key) => [key, fields.below.get(key)]);
}

/** An object never loses what it is, nor its metadata. */
const TYPE: FieldSet = setOf([
  ['f:apiVersion', { own: true, below: new Map() }],
  ['f:kind', { own: true, below: new Map() }],
  ['f:metadata', { own: true, below: new Map() }],
]);
