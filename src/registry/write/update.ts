import {
  type ApiObject,
  type DraftMeta,
  keyOf,
  type Millis,
  type ObjectKey,
} from '../../api/object.ts';
import { type Managed, sameButTimes } from '../apply/entries.ts';
import { managedAfterUpdate, withManagers } from '../apply/managers.ts';
import { type Held, hold, type Unversioned, unversioned } from '../cache/held.ts';
import type { Served } from '../catalog.ts';
import { badRequest, conflict, notAllowed, notFound } from '../errors.ts';
import { asText, isEqual } from '../json.ts';
import { localKey } from '../keys.ts';
import { countedOn, metadataUpdateCauses, updatedMeta } from '../metadata.ts';
import type { WriteOptions } from '../port.ts';
import type { Admitted } from './admit.ts';
import { AGAIN, type Attempt, answered, attempt } from './attempt.ts';
import { isNamespaces, specFinalizers, withOwnLabel } from './behaviour/namespace.ts';
import { checkObject, permit } from './check.ts';
import { commit } from './commit.ts';
import type { Context } from './context.ts';
import { nextStamp, stamped, WRITTEN } from './stamp.ts';
import { tombstoneFor } from './tombstone.ts';

/** What is to become of an object; made anew when another write came first. */
export type Change = (current: ApiObject) => Proposal;

export interface Proposal {
  readonly object: Admitted;
  /** Whether the writer named the version: then another write that came first is a conflict. */
  readonly pinned: boolean;
  /** Managed fields that the change itself has worked out (apply); else they follow from the difference. */
  readonly managedFields?: ApiObject['metadata']['managedFields'];
}

/**
 * Changes one object: fetch, change, check, compare, write; again when another write came first.
 *
 * @throws TitanError NotFound, Conflict, Invalid
 */
export async function updateObject(
  context: Context,
  served: Served,
  key: ObjectKey,
  change: Change,
  options: WriteOptions,
): Promise<ApiObject> {
  const { kind, verbs } = served.definition;
  if (!verbs.includes('update')) throw notAllowed(kind, 'update');
  const local = localKey(key);
  const done = await attempt(context, served, local, (current, isFresh) => {
    if (current === undefined) throw notFound(kind, key.name);
    return updateOnce({ context, served, local, change, options }, current, isFresh);
  });
  if (done === undefined) throw conflict(kind, key.name);
  return done.answer;
}

interface Update {
  readonly context: Context;
  readonly served: Served;
  readonly local: string;
  readonly change: Change;
  readonly options: WriteOptions;
}

async function updateOnce(
  { context, served, local, change, options }: Update,
  current: Held,
  isFresh: boolean,
): Promise<Attempt<ApiObject>> {
  const { kind } = served.definition;
  const { name } = current.object.metadata;
  let proposal: Proposal;
  let next: Unversioned;
  try {
    proposal = change(current.object);
    checkCurrent(served, proposal.object, current);
    next = nextObject(context, served, current.object, proposal, options);
  } catch (thrown) {
    // What is refused for what the cache knows may be right for what there is.
    if (isFresh) throw thrown;
    return AGAIN;
  }
  if (isNothing(current.object, next)) {
    return isFresh || options.guard ? answered(current.object) : AGAIN;
  }
  const written = await write(context, served, local, current, next, options);
  if (written !== undefined) return answered(written);
  if (!proposal.pinned) return AGAIN;
  throw served.cache.newest(local)?.held ? conflict(kind, name) : notFound(kind, name);
}

/** @throws TitanError BadRequest, Conflict: it is not what the writer means to change */
function checkCurrent(
  { definition: { kind } }: Served,
  object: Admitted,
  { object: current }: Held,
): void {
  const { name, uid, resourceVersion } = current.metadata;
  checkNames(object, keyOf(current));
  const { uid: meant, resourceVersion: named } = object.metadata;
  if (named && named !== resourceVersion) throw conflict(kind, name);
  if (meant && meant !== uid && named === undefined) {
    const why = `Precondition failed: UID in precondition: ${meant}, UID in object meta: ${uid}`;
    throw conflict(kind, name, why);
  }
}

/** @returns `undefined` where another write came first */
async function write(
  context: Context,
  served: Served,
  local: string,
  current: Held,
  next: Unversioned,
  options: WriteOptions,
): Promise<ApiObject | undefined> {
  const isGone = next.metadata.deletionTimestamp !== undefined && !isHeld(served, next);
  if (!isGone) permit(options, next);
  if (options.dryRun) return hold(next, current.revision).object;
  const intent = { served, local, expected: current.revision };
  if (!isGone) {
    const done = await commit(context, { ...intent, next }, options);
    return done.ok ? done.held?.object : undefined;
  }
  const also = tombstoneFor(context, served, next);
  const done = await commit(context, { ...intent, also }, options);
  return done.ok ? hold(next, current.revision).object : undefined;
}

/** Whether finalizers keep the object. */
function isHeld({ definition }: Served, next: Unversioned): boolean {
  const { finalizers = [] } = next.metadata;
  return finalizers.length + specFinalizers(definition, next).length > 0;
}

function isNothing(current: ApiObject, next: Unversioned): boolean {
  if (!isEqual({ ...current, metadata: 0 }, { ...next, metadata: 0 })) return false;
  const { resourceVersion: _, managedFields: before, ...meta } = current.metadata;
  const { managedFields: after, ...nextMeta } = next.metadata;
  return isEqual(meta, nextMeta) && sameButTimes(before, after);
}

/** @throws TitanError Invalid, BadRequest */
function nextObject(
  context: Context,
  served: Served,
  current: ApiObject,
  proposal: Proposal,
  options: WriteOptions,
): Unversioned {
  const { subresource } = options;
  const isPart = subresource === 'status' || subresource === 'finalize';
  const { object } = proposal;
  const { apiVersion, kind } = current;
  const body = nextBody(served, current, object, subresource);
  const { name } = current.metadata;
  const given = withOwnLabel(served.definition, name, isPart ? current.metadata : object.metadata);
  const grows = !isPart && !isEqual(bodyOf(body), bodyOf(current));
  const now = context.clock.now();
  const metadata =
    given === current.metadata && !grows
      ? unversioned(current).metadata
      : nextMeta({ context, served, current, given }, { grows, now });
  const next: Unversioned = { apiVersion, kind, metadata, ...body };
  const more = isPart ? [] : metadataUpdateCauses(object.metadata, current.metadata);
  checkObject(context, served, next, { old: current, more, rules: subresource !== 'status' });
  if (proposal.managedFields) {
    const { managedFields: _, ...bare } = metadata;
    return withManagers(next, bare, proposal.managedFields);
  }
  const base = statedManagers(object, current);
  return managedAfterUpdate(served, current, next, { ...options, now, base });
}

interface Given {
  readonly context: Context;
  readonly served: Served;
  readonly current: ApiObject;
  /** The metadata as the writer left it. */
  readonly given: DraftMeta;
}

/** The metadata after a write, with the marks of a change of the body where that `grows`. */
function nextMeta(
  { context, served, current, given }: Given,
  { grows, now }: { readonly grows: boolean; readonly now: Millis },
): Unversioned['metadata'] {
  const meta = updatedMeta(given, current.metadata);
  const before = current.metadata.annotations?.[WRITTEN];
  const isReplicated = context.isReplicated(served);
  const stamp = grows && isReplicated ? nextStamp(before, now, context.domain) : before;
  const annotations = isReplicated ? stamped(meta.annotations, stamp) : meta.annotations;
  return {
    ...meta,
    ...(annotations ? { annotations } : {}),
    ...countedOn(current.metadata, grows),
  };
}

/** The managed fields as the writer left them: `[{}]` forgets them all, none at all keeps them. */
function statedManagers({ metadata }: Admitted, current: ApiObject): Managed {
  const { managedFields: stated = [] } = metadata;
  if (stated.length === 0) return current.metadata.managedFields;
  const named = stated.filter(({ manager }) => Boolean(manager));
  return named.length === stated.length ? stated : named;
}

type BodyFields = Omit<Unversioned, 'metadata' | 'apiVersion' | 'kind'>;

/** Everything but what a status or metadata write may change: what generation counts. */
function bodyOf(object: BodyFields): Readonly<Record<string, unknown>> {
  const { status: _, metadata: __, apiVersion: ___, kind: ____, ...body } = object as ApiObject;
  return body;
}

function nextBody(
  served: Served,
  current: ApiObject,
  next: Admitted,
  subresource: WriteOptions['subresource'],
): BodyFields {
  if (subresource === 'status') return withStatus(current, next);
  if (subresource !== 'finalize') return withBody(served, current, next);
  const finalizers = specFinalizers(served.definition, next);
  return { ...bodyOf(current), spec: { finalizers }, status: current.status };
}

function withStatus(current: ApiObject, next: Admitted): BodyFields {
  const { metadata: _, status: __, apiVersion: ___, kind: ____, ...body } = current;
  return next.status === undefined ? body : { ...body, status: next.status };
}

function withBody({ definition }: Served, current: ApiObject, next: Admitted): BodyFields {
  const { metadata: _, status: own, apiVersion: __, kind: ___, ...body } = next;
  const status = definition.status ? current.status : own;
  const whole = isNamespaces(definition) ? { ...body, spec: current.spec } : body;
  return status === undefined ? whole : { ...whole, status };
}

/** A body may repeat the names of the URL, but not contradict them. @throws TitanError BadRequest */
export function checkNames({ metadata }: Admitted, { name, namespace }: ObjectKey): void {
  if (metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${asText(metadata.name)}) does not match the name on the URL (${name})`,
    );
  }
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
}
