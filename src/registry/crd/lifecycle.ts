import { CUSTOM_RESOURCE_DEFINITION } from '../../api/builtin.ts';
import { asTitanError } from '../../api/error.ts';
import { isDeleting, toTimestamp } from '../../api/object.ts';
import { type Held, unversioned } from '../cache/held.ts';
import { isEqual } from '../json.ts';
import { kindPrefix, parseLocalKey } from '../keys.ts';
import { lookAfter } from '../look.ts';
import { commit } from '../write/commit.ts';
import type { Context } from '../write/context.ts';
import { removeObject } from '../write/remove.ts';
import { CLEANUP, type Crd } from './document.ts';
import { crdStatus, takenBy } from './status.ts';

/** A condition's time is to the second. */
const GRACE_MS = 1_500;
const AT_ONCE_MAX = 100;
const SYSTEM = { manager: 'titan' };

/**
 * Follows the CustomResourceDefinitions: accepts their names, establishes what they define and, when one is
 * deleted, its objects before it. Every replica does it; the work is the same twice.
 */
export async function followDefinitions(context: Context, signal: AbortSignal): Promise<void> {
  const { cache } = context.catalog.of(CUSTOM_RESOURCE_DEFINITION);
  await lookAfter(context, { cache, look: () => passOver(context) }, signal);
}

/** @returns whether there is something to look at again soon */
async function passOver(context: Context): Promise<boolean> {
  const { catalog, log } = context;
  const { cache } = catalog.of(CUSTOM_RESOURCE_DEFINITION);
  let isBusy = false;
  for (const [local, held] of [...cache.scan('')]) {
    const crd = held.object as Crd;
    if (catalog.isOwn(crd.metadata.name)) continue;
    try {
      const isSettled = await settle(context, local, held);
      isBusy ||= !isSettled || isDeleting(crd);
    } catch (thrown) {
      isBusy = true;
      const { message } = asTitanError(thrown);
      log.warn('a definition could not be brought on', { name: crd.metadata.name, error: message });
    }
  }
  return isBusy;
}

/** @returns whether its status was as it should be */
async function settle(context: Context, local: string, held: Held): Promise<boolean> {
  const crd = held.object as Crd;
  const taken = takenBy(context.catalog.namesBeside(crd));
  const status = crdStatus(crd, taken, toTimestamp(context.clock.now()));
  const served = context.catalog.of(CUSTOM_RESOURCE_DEFINITION);
  if (!isEqual(status, crd.status)) {
    const next = { ...unversioned(crd), status };
    await commit(context, { served, local, expected: held.revision, next }, SYSTEM);
    return false;
  }
  if (isDeleting(crd)) await clean(context, local, held);
  return true;
}

/**
 * Deletes the objects of a kind that ends; the definition goes when a look finds none, and when the other
 * replicas have had time to hear that there may be no new ones.
 */
async function clean(context: Context, local: string, held: Held): Promise<void> {
  const { catalog, feed } = context;
  const crd = held.object as Crd;
  await feed.fresh();
  const { finalizers = [], name } = crd.metadata;
  if (!finalizers.includes(CLEANUP)) return;
  const served = catalog.servedBy(name);
  const prefix = kindPrefix({ group: crd.spec.group, plural: crd.spec.names.plural });
  const locals = [...catalog.caches.of(prefix).scan('')].map(([key]) => key);
  if (served !== undefined && locals.length > 0) {
    for (let at = 0; at < locals.length; at += AT_ONCE_MAX) {
      const part = locals.slice(at, at + AT_ONCE_MAX).map(parseLocalKey);
      const manager = 'customresource-cleanup';
      await Promise.allSettled(part.map((key) => removeObject(context, served, key, { manager })));
    }
    return;
  }
  const ending = crd.status?.conditions?.find(({ type }) => type === 'Terminating');
  const since = Date.parse(ending?.lastTransitionTime ?? '');
  if (context.clock.now() - since < GRACE_MS) return;
  const rest = finalizers.filter((finalizer) => finalizer !== CLEANUP);
  const { finalizers: _, ...metadata } = unversioned(crd).metadata;
  const next = { ...unversioned(crd), metadata: { ...metadata, finalizers: rest } };
  const definitions = catalog.of(CUSTOM_RESOURCE_DEFINITION);
  const intent = { served: definitions, local, expected: held.revision };
  await commit(context, rest.length > 0 ? { ...intent, next } : intent, SYSTEM);
}
