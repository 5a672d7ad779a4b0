import { hasReason } from '../../api/error.ts';
import type { ObjectKey } from '../../api/object.ts';
import { applied } from '../apply/apply.ts';
import type { Served } from '../catalog.ts';
import { required } from '../causes.ts';
import { badRequest, conflict, invalid, invalidOptions, notFound } from '../errors.ts';
import { atPath, isRecord, withPath } from '../json.ts';
import { localKey } from '../keys.ts';
import type { Patch, WriteOptions, WriteResult } from '../port.ts';
import { duplicatesIn } from '../schema/uniqueness.ts';
import type { Admit, Admitted } from './admit.ts';
import { newest } from './commit.ts';
import type { Context } from './context.ts';
import { createObject } from './create.ts';
import { scaleOf } from './scale.ts';
import { updateObject } from './update.ts';

type ApplyPatch = Extract<Patch, { readonly type: 'apply' }>;

/** How often to look anew when the object comes or goes meanwhile. */
const TRIES = 3;

/**
 * Server-side apply of a body to an object, which is created where it is missing.
 *
 * @throws TitanError Conflict, Invalid, BadRequest; NotFound for a subresource of nothing
 */
export async function applyPatch(
  { context, admit }: { readonly context: Context; readonly admit: Admit },
  served: Served,
  key: ObjectKey,
  { body, force }: ApplyPatch,
  options: WriteOptions,
): Promise<WriteResult> {
  const { kind } = served.definition;
  if (options.manager === '') {
    throw invalidOptions('PatchOptions', [required('fieldManager', 'is required for apply patch')]);
  }
  const { subresource } = options;
  const value = subresource === 'scale' ? fromScale(served, body.value) : body.value;
  const duplicates = body.duplicates;
  const config = admit(served, { value, duplicates }, { ...options, defaults: false });
  const wanted = configFor(served, key, config, subresource);
  checkItems(served, key.name, wanted);
  const how = { ...options, force, now: context.clock.now() };

  /** With defaults; what is unknown has been told of already. */
  const whole = (object: Admitted) =>
    admit(served, { value: object, duplicates: [] }, { ...options, fieldValidation: 'Ignore' });

  async function create(): Promise<WriteResult> {
    if (subresource !== undefined) throw notFound(kind, key.name);
    const { uid } = wanted.metadata;
    if (uid) throw conflict(kind, key.name, uidOfNothing(uid));
    options.permitCreate?.();
    const { object, managedFields } = applied(served, undefined, wanted, how);
    const created = { ...options, managedFields: managedFields ?? [] };
    return {
      created: true,
      object: await createObject(context, served, key.namespace, whole(object), created),
    };
  }

  async function update(): Promise<WriteResult> {
    const object = await updateObject(
      context,
      served,
      key,
      (current) => {
        const { object: next, managedFields } = applied(served, current, wanted, how);
        const pinned = Boolean(wanted.metadata.resourceVersion);
        return { object: whole(next), pinned, managedFields: managedFields ?? [] };
      },
      options,
    );
    return { created: false, object: subresource === 'scale' ? scaleOf(served, object) : object };
  }

  for (let tries = 0; ; tries += 1) {
    const exists = (await newest(context, served, localKey(key))) !== undefined;
    try {
      return await (exists ? update() : create());
    } catch (thrown) {
      const isMoved = hasReason(thrown, exists ? 'NotFound' : 'AlreadyExists');
      if (!isMoved || tries >= TRIES || (exists && subresource !== undefined)) throw thrown;
    }
  }
}

/** Who names a uid means an object that was there before. */
function uidOfNothing(uid: string): string {
  return `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
}

/** Items that are the same by their keys cannot be laid over a list one by one. @throws Invalid */
function checkItems({ definition }: Served, name: string, config: Admitted): void {
  const causes = duplicatesIn(definition.schema, config);
  const twice = causes.filter(({ reason }) => reason === 'FieldValueDuplicate');
  if (twice.length > 0) throw invalid(definition.kind, name, twice);
}

/** What may be applied through the main resource, or through a subresource. */
function configFor(
  { definition }: Served,
  { name, namespace }: ObjectKey,
  config: Admitted,
  subresource: WriteOptions['subresource'],
): Admitted {
  const { apiVersion, kind, metadata, status, ...rest } = config;
  if (metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  const identity = { name: metadata.name ?? name, ...(namespace ? { namespace } : {}) };
  if (subresource === 'status') {
    const { resourceVersion } = metadata;
    const pinned = resourceVersion ? { resourceVersion } : {};
    const type = { apiVersion, kind, metadata: { ...identity, ...pinned } };
    return status === undefined ? type : { ...type, status };
  }
  const main = { apiVersion, kind, metadata: { ...identity, ...metadata }, ...rest };
  return definition.status || status === undefined ? main : { ...main, status };
}

/** A Scale that is applied, as the part of the object that it stands for. */
function fromScale({ definition, apiVersion }: Served, scale: unknown): unknown {
  if (!isRecord(scale)) return scale;
  const path = (definition.scale?.specReplicasPath ?? '').split('.').filter((key) => key !== '');
  const { kind } = definition.kind;
  const replicas = atPath(scale, '.spec.replicas');
  return withPath({ apiVersion, kind, metadata: scale.metadata ?? {} }, path, replicas);
}
