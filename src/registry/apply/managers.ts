import type { ApiObject, ManagedFieldsEntry, Millis } from '../../api/object.ts';
import type { Unversioned } from '../cache/held.ts';
import type { Served } from '../catalog.ts';
import { isEqual } from '../json.ts';
import type { WriteOptions } from '../port.ts';

type Managed = readonly ManagedFieldsEntry[] | undefined;

export function managedAfterUpdate(
  _served: Served,
  _current: ApiObject | undefined,
  next: Unversioned,
  _options: WriteOptions & { readonly now: Millis },
): Unversioned {
  return next;
}

/** Whether two managed fields differ in their times at most. */
export function sameButTimes(before: Managed, after: Managed): boolean {
  const bare = (managed: Managed) => (managed ?? []).map(({ time: _, ...entry }) => entry);
  return isEqual(bare(before), bare(after));
}
