import type { ApiObject } from '../../api/object.ts';
import { keyOf } from '../../api/object.ts';
import type { Unversioned } from '../cache/held.ts';
import type { Served } from '../catalog.ts';
import { conflict } from '../errors.ts';
import { isEqual } from '../json.ts';
import { localKey } from '../keys.ts';
import type { WriteOptions } from '../port.ts';
import type { Admitted } from './admit.ts';
import { AGAIN, answered, attempt } from './attempt.ts';
import { checkObject } from './check.ts';
import { commit } from './commit.ts';
import type { Context } from './context.ts';
import { namespaceFor } from './namespace-check.ts';

/**
 * Makes the local object what a peer's is: uid, generation, creation time, labels, annotations and spec.
 * Local status, finalizers, owners and managed fields stay.
 *
 * @throws TitanError Conflict where the local object has another uid; Invalid, NotFound (the namespace)
 */
export async function replicateObject(
  context: Context,
  served: Served,
  peer: Admitted & ApiObject,
  options: WriteOptions,
): Promise<ApiObject> {
  const { kind } = served.definition;
  const { name, namespace, uid } = peer.metadata;
  const local = localKey(keyOf(peer));
  const done = await attempt(context, served, local, async (current, isFresh) => {
    const known = current?.object.metadata.uid;
    if (known !== undefined && known !== uid) {
      const why = `the local object has the uid ${known}, the peer's ${uid}`;
      if (isFresh) throw conflict(kind, name, why);
      return AGAIN;
    }
    const next = replica(served, peer, current?.object);
    if (current && isSame(current.object, next)) return answered(current.object);
    checkObject(context, served, next, { rules: false });
    const conditions = current ? [] : await namespaceFor(context, served, namespace, name);
    const expected = current?.revision ?? 0;
    const put = await commit(context, { served, local, expected, next, conditions }, options);
    return put.ok && put.held ? answered(put.held.object) : AGAIN;
  });
  if (done === undefined) throw conflict(kind, name);
  return done.answer;
}

function replica(
  { definition }: Served,
  peer: ApiObject,
  current: ApiObject | undefined,
): Unversioned {
  const { apiVersion, kind, metadata, status: theirs, ...body } = peer;
  const { name, namespace, uid, generation, creationTimestamp, labels, annotations } = metadata;
  const own = current?.metadata;
  const status = definition.status ? current?.status : theirs;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      ...(generation === undefined ? {} : { generation }),
      creationTimestamp,
      ...(own?.deletionTimestamp ? { deletionTimestamp: own.deletionTimestamp } : {}),
      ...(own?.deletionGracePeriodSeconds === undefined
        ? {}
        : { deletionGracePeriodSeconds: own.deletionGracePeriodSeconds }),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(own?.finalizers ? { finalizers: own.finalizers } : {}),
      ...(own?.ownerReferences ? { ownerReferences: own.ownerReferences } : {}),
      ...(own?.managedFields ? { managedFields: own.managedFields } : {}),
    },
    ...body,
    ...(status === undefined ? {} : { status }),
  };
}

function isSame(current: ApiObject, next: Unversioned): boolean {
  const { resourceVersion: _, ...metadata } = current.metadata;
  return isEqual({ ...current, metadata }, next);
}
