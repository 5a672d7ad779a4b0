import type { ApiObject } from '../../api/object.ts';
import { keyOf } from '../../api/object.ts';
import type { Unversioned } from '../cache/held.ts';
import type { Served } from '../catalog.ts';
import { conflict } from '../errors.ts';
import { isEqual } from '../json.ts';
import { localKey } from '../keys.ts';
import type { WriteOptions } from '../port.ts';
import type { Admitted } from './admit.ts';
import { checkObject } from './check.ts';
import { commit, newest, reread } from './commit.ts';
import type { Context } from './context.ts';
import { namespaceFor } from './namespace-check.ts';

const TRIES = 5;

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
  let isFresh = false;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const current = isFresh
      ? await reread(context, served, local)
      : await newest(context, served, local);
    if (current && current.object.metadata.uid !== uid) {
      const why = `the local object has the uid ${current.object.metadata.uid}, the peer's ${uid}`;
      if (isFresh) throw conflict(kind, name, why);
      isFresh = true;
      continue;
    }
    const next = replica(served, peer, current?.object);
    if (current && isSame(current.object, next)) return current.object;
    checkObject(context, served, next, { rules: false });
    const conditions = current ? [] : await namespaceFor(context, served, namespace, name);
    const expected = current?.revision ?? 0;
    const done = await commit(context, { served, local, expected, next, conditions }, options);
    if (done.ok && done.held) return done.held.object;
    isFresh = true;
  }
  throw conflict(kind, name);
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
      generation,
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
