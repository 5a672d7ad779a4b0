import { CUSTOM_RESOURCE_DEFINITION } from '../../api/builtin.ts';
import { type ApiObject, isDeleting, type ObjectKey, toTimestamp } from '../../api/object.ts';
import { type Held, hold, unversioned } from '../cache/held.ts';
import type { Served } from '../catalog.ts';
import { CLEANUP } from '../crd/document.ts';
import { conflict, forbidden, notAllowed, notFound } from '../errors.ts';
import { localKey } from '../keys.ts';
import { countedOn } from '../metadata.ts';
import type { Removal, RemoveOptions } from '../port.ts';
import { AGAIN, answered, attempt } from './attempt.ts';
import { isNamespaces, specFinalizers } from './behaviour/namespace.ts';
import { commit } from './commit.ts';
import type { Context } from './context.ts';
import { nextStamp, stamped, WRITTEN } from './stamp.ts';
import { tombstoneFor } from './tombstone.ts';

const UNDELETABLE: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/** @throws TitanError NotFound, Conflict (preconditions), Forbidden */
export async function removeObject(
  context: Context,
  served: Served,
  key: ObjectKey,
  options: RemoveOptions,
): Promise<Removal> {
  const { kind, verbs } = served.definition;
  if (!verbs.includes('delete')) throw notAllowed(kind, 'delete');
  if (isNamespaces(served.definition) && UNDELETABLE.has(key.name)) {
    throw forbidden(kind, key.name, 'this namespace may not be deleted');
  }
  if (isDefinitions(served) && context.catalog.isOwn(key.name)) {
    throw forbidden(kind, key.name, 'this kind is a part of Titan');
  }
  const local = localKey(key);
  const done = await attempt(context, served, local, async (current, isFresh) => {
    if (current === undefined) throw notFound(kind, key.name);
    const failed = failedPrecondition(current.object, options);
    if (failed !== undefined && isFresh) throw conflict(kind, key.name, failed);
    const removal =
      failed === undefined && (await removeOnce(context, served, local, current, options));
    return removal ? answered(removal) : AGAIN;
  });
  if (done === undefined) throw conflict(kind, key.name);
  return done.answer;
}

function failedPrecondition(
  { metadata }: ApiObject,
  { uid, resourceVersion }: RemoveOptions,
): string | undefined {
  if (uid && uid !== metadata.uid) {
    return `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    return `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
  }
  return undefined;
}

/** @returns `undefined` where another write came first */
async function removeOnce(
  context: Context,
  served: Served,
  local: string,
  current: Held,
  options: RemoveOptions,
): Promise<Removal | undefined> {
  const marked = markDeleted(context, served, current.object, options);
  const intent = { served, local, expected: current.revision };
  if (marked === undefined) {
    if (options.dryRun) return { gone: true, object: current.object };
    const also = tombstoneFor(context, served, unversioned(current.object));
    const done = await commit(context, { ...intent, also }, options);
    return done.ok ? { gone: true, object: hold(current.object, done.revision).object } : undefined;
  }
  if (marked === current.object) return { gone: false, object: current.object };
  if (options.dryRun) return { gone: false, object: hold(marked, current.revision).object };
  const next = unversioned(marked);
  const done = await commit(context, { ...intent, next }, options);
  return done.ok && done.held ? { gone: false, object: done.held.object } : undefined;
}

/** The object as it waits for its finalizers; itself where it does so already; else `undefined`: it may go. */
function markDeleted(
  context: Context,
  served: Served,
  current: ApiObject,
  { propagationPolicy }: RemoveOptions,
): ApiObject | undefined {
  const { definition } = served;
  const { metadata } = current;
  const finalizers = [...(metadata.finalizers ?? [])];
  const policy = policyFinalizer(propagationPolicy);
  if (policy !== undefined && !isDeleting(current) && !finalizers.includes(policy)) {
    finalizers.push(policy);
  }
  const isDefinition = isDefinitions(served) && !isDeleting(current);
  if (isDefinition && !finalizers.includes(CLEANUP)) finalizers.push(CLEANUP);
  const held = finalizers.length + specFinalizers(definition, current).length;
  if (held === 0) return undefined;
  if (isDeleting(current)) return current;
  const now = context.clock.now();
  const stamp = nextStamp(metadata.annotations?.[WRITTEN], now, context.domain);
  const annotations = context.isReplicated(served)
    ? stamped(metadata.annotations, stamp)
    : metadata.annotations;
  return {
    ...current,
    metadata: {
      ...metadata,
      ...(annotations ? { annotations } : {}),
      ...(finalizers.length > 0 ? { finalizers } : {}),
      ...countedOn(metadata, true),
      deletionTimestamp: toTimestamp(now),
      deletionGracePeriodSeconds: 0,
    },
    ...(isNamespaces(definition)
      ? { status: { ...Object(current.status), phase: 'Terminating' } }
      : {}),
  };
}

/** Whether the kind is that of the CustomResourceDefinitions, which are held until their objects are gone. */
function isDefinitions({ definition: { kind, builtIn } }: Served): boolean {
  return builtIn && kind.plural === CUSTOM_RESOURCE_DEFINITION.plural;
}

function policyFinalizer(policy: RemoveOptions['propagationPolicy']): string | undefined {
  if (policy === 'Foreground') return 'foregroundDeletion';
  return policy === 'Orphan' ? 'orphan' : undefined;
}
