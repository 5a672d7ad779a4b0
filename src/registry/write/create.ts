import { NAMESPACE } from '../../api/builtin.ts';
import { type ApiObject, type Millis, toTimestamp } from '../../api/object.ts';
import type { Managed } from '../apply/entries.ts';
import { managedAfterUpdate, withManagers } from '../apply/managers.ts';
import type { Unversioned } from '../cache/held.ts';
import type { Served } from '../catalog.ts';
import { alreadyExists, badRequest } from '../errors.ts';
import { localKey } from '../keys.ts';
import { generateName, updatedMeta } from '../metadata.ts';
import type { WriteOptions } from '../port.ts';
import type { Admitted } from './admit.ts';
import { behaviourOf } from './behaviour/behaviour.ts';
import { isNamespaces, newNamespace, withOwnLabel } from './behaviour/namespace.ts';
import { checkObject, permit } from './check.ts';
import { commit, newest, reread } from './commit.ts';
import type { Context } from './context.ts';
import { namespaceFor, namespaceOf } from './namespace-check.ts';
import { nextStamp, stamped, WRITTEN } from './stamp.ts';

/** How often a create is tried again when its namespace changed or its generated name was taken. */
const TRIES = 5;

export interface CreateOptions extends WriteOptions {
  /** Who manages what, where apply has worked it out. */
  readonly managedFields?: Managed;
}

/** @throws TitanError AlreadyExists, Invalid, NotFound (the namespace), Forbidden */
export async function createObject(
  context: Context,
  served: Served,
  namespace: string | undefined,
  admitted: Admitted,
  options: CreateOptions,
): Promise<ApiObject> {
  const { kind } = served.definition;
  if (admitted.metadata.resourceVersion) {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  const where = namespaceOf(served, namespace, admitted.metadata.namespace);
  await namespaceFor(context, served, where, admitted.metadata.name ?? '');
  for (let tries = 0; tries < TRIES; tries += 1) {
    const next = newObject(context, served, where, admitted, options);
    checkObject(context, served, next);
    const created = await createOnce(context, served, next, options);
    if (created !== undefined) return created;
    const isTaken = await newest(context, served, localKey(next.metadata));
    if (isTaken && admitted.metadata.name) throw alreadyExists(kind, next.metadata.name);
    await rereadNamespace(context, where);
  }
  throw alreadyExists(kind, admitted.metadata.name ?? admitted.metadata.generateName ?? '');
}

/** @returns `undefined` where the name is taken, or the namespace has changed */
async function createOnce(
  context: Context,
  served: Served,
  next: Unversioned,
  options: CreateOptions,
): Promise<ApiObject | undefined> {
  const { name, namespace } = next.metadata;
  const local = localKey(next.metadata);
  const conditions = await namespaceFor(context, served, namespace, name);
  permit(options, next);
  if (options.dryRun) {
    const isTaken = (await reread(context, served, local)) !== undefined;
    return isTaken ? undefined : (next as ApiObject);
  }
  const done = await commit(context, { served, local, expected: 0, next, conditions }, options);
  return done.ok ? done.held?.object : undefined;
}

async function rereadNamespace(context: Context, namespace: string | undefined): Promise<void> {
  if (namespace === undefined) return;
  await reread(context, context.catalog.of(NAMESPACE), `-/${namespace}`);
}

function newObject(
  context: Context,
  served: Served,
  namespace: string | undefined,
  { apiVersion, kind, metadata, status, ...rest }: Admitted,
  options: CreateOptions,
): Unversioned {
  const { generateName: base } = metadata;
  const name = metadata.name || (base ? generateName(base, context.random) : '');
  const now = context.clock.now();
  const stamp = context.isReplicated(served)
    ? nextStamp(undefined, now, context.domain)
    : metadata.annotations?.[WRITTEN];
  const identity = {
    name,
    ...(base ? { generateName: base } : {}),
    ...(namespace === undefined ? {} : { namespace }),
    uid: context.random.uuid(),
    resourceVersion: '',
    ...(behaviourOf(served.definition).isCounted ? { generation: 1 } : {}),
    creationTimestamp: toTimestamp(now),
  };
  const annotations = stamped(metadata.annotations, stamp);
  const given = { ...metadata, ...(annotations ? { annotations } : {}) };
  const object: Unversioned = {
    apiVersion,
    kind,
    metadata: updatedMeta(withOwnLabel(served.definition, name, given), identity),
    ...rest,
    ...initialStatus(served, rest, status),
  };
  return { ...managedOf(served, object, { ...options, now }), ...defaultStatus(served) };
}

function managedOf(
  served: Served,
  object: Unversioned,
  options: CreateOptions & { readonly now: Millis },
): Unversioned {
  const { managedFields, unclaimed = false } = options;
  if (managedFields !== undefined) return withManagers(object, object.metadata, managedFields);
  return unclaimed ? object : managedAfterUpdate(served, undefined, object, options);
}

/** What a new object's status is, and what a new namespace waits for at its end. */
function initialStatus(
  { definition }: Served,
  rest: { readonly spec?: unknown },
  status: unknown,
): { readonly spec?: unknown; readonly status?: unknown } {
  if (isNamespaces(definition)) return newNamespace(definition, rest);
  return status === undefined || definition.status ? {} : { status };
}

/** The status that a schema gives to objects of which nobody has written one; it is nobody's. */
function defaultStatus({ definition }: Served): { readonly status?: unknown } {
  const status = definition.status ? definition.schema.properties?.status?.default : undefined;
  return status === undefined ? {} : { status };
}
