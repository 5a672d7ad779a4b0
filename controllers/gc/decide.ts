import type { ApiObject, OwnerReference } from '../../src/api/object.ts';
import { FOREGROUND, type Node, ORPHAN, waitsFor } from './graph.ts';

/**
 * What is known of an owner. `Waiting`: it is to go, but only after its dependents. `Unresolvable`: its
 * kind is not served, or cannot own the dependent; nothing is ever removed for its sake.
 */
export type OwnerState = 'Present' | 'Waiting' | 'Absent' | 'Unresolvable';

export interface Owner {
  readonly reference: OwnerReference;
  readonly state: OwnerState;
}

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export type Decision =
  | { readonly do: 'nothing' }
  /** Others own it still: only these references go. */
  | { readonly do: 'disown'; readonly uids: readonly string[] }
  /** `unblock`: its owners must no longer wait for it, since in the end it waits for them. */
  | { readonly do: 'remove'; readonly policy: Propagation; readonly unblock: boolean };

/** What becomes of an object that has owners. Nothing does while it is going already. */
export function decide(
  object: ApiObject,
  owners: readonly Owner[],
  dependents: readonly Node[],
): Decision {
  if (object.metadata.deletionTimestamp !== undefined || owners.length === 0) {
    return { do: 'nothing' };
  }
  const isLost = ({ state }: Owner) => state === 'Absent' || state === 'Waiting';
  const lost = owners.filter(isLost);
  if (lost.length === 0) return { do: 'nothing' };
  if (lost.length < owners.length) {
    return { do: 'disown', uids: lost.map(({ reference }) => reference.uid) };
  }
  const isWaitedFor = lost.some(({ state }) => state === 'Waiting');
  if (isWaitedFor && dependents.length > 0) {
    const unblock = dependents.some((node) => waitsFor(node.object) === FOREGROUND);
    return { do: 'remove', policy: 'Foreground', unblock };
  }
  return { do: 'remove', policy: ownPolicy(object), unblock: false };
}

/** An object's own finalizers say how its dependents are to be treated when it goes. */
function ownPolicy({ metadata: { finalizers = [] } }: ApiObject): Propagation {
  if (finalizers.includes(ORPHAN)) return 'Orphan';
  return finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background';
}

/** Whether an owner that goes after its dependents has to wait for any of these. */
export function isBlocked(ownerUid: string, dependents: readonly Node[]): boolean {
  return dependents.some(({ object }) =>
    object.metadata.ownerReferences?.some(
      ({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true,
    ),
  );
}

export function withoutFinalizer(object: ApiObject, finalizer: string): ApiObject {
  const { finalizers = [] } = object.metadata;
  return withMeta(object, { finalizers: finalizers.filter((each) => each !== finalizer) });
}

export function withoutOwners(object: ApiObject, uids: readonly string[]): ApiObject {
  const { ownerReferences = [] } = object.metadata;
  return withMeta(object, {
    ownerReferences: ownerReferences.filter(({ uid }) => !uids.includes(uid)),
  });
}

export function withoutBlocking(object: ApiObject): ApiObject {
  const { ownerReferences = [] } = object.metadata;
  return withMeta(object, {
    ownerReferences: ownerReferences.map((reference) => ({
      ...reference,
      blockOwnerDeletion: false,
    })),
  });
}

function withMeta(object: ApiObject, change: Partial<ApiObject['metadata']>): ApiObject {
  return { ...object, metadata: { ...object.metadata, ...change } };
}
