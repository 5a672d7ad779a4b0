import type { ObjectKey } from '../../api/object.ts';
import type { Served } from '../catalog.ts';
import { invalidValue } from '../causes.ts';
import { invalid, notFound } from '../errors.ts';
import { localKey } from '../keys.ts';
import type { WriteOptions, WriteResult } from '../port.ts';
import type { Admitted } from './admit.ts';
import { behaviourOf } from './behaviour/behaviour.ts';
import { newest } from './commit.ts';
import type { Context } from './context.ts';
import { createObject } from './create.ts';
import { checkNames, updateObject } from './update.ts';

/**
 * Replaces an object. Where it is missing, some built-in kinds are created, as long as the writer names no
 * version.
 *
 * @throws TitanError NotFound, Conflict, Invalid (a kind of users needs the version that it replaces)
 */
export async function replaceObject(
  context: Context,
  served: Served,
  key: ObjectKey,
  object: Admitted,
  options: WriteOptions,
): Promise<WriteResult> {
  const { kind, builtIn } = served.definition;
  const pinned = Boolean(object.metadata.resourceVersion);
  if (!pinned && (await newest(context, served, localKey(key))) === undefined) {
    checkNames(object, key);
    return createMissing(context, served, key, object, options);
  }
  if (!pinned && !builtIn) {
    const cause = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalid(kind, key.name, [cause]);
  }
  const replaced = await updateObject(context, served, key, () => ({ object, pinned }), options);
  return { created: false, object: replaced };
}

async function createMissing(
  context: Context,
  served: Served,
  key: ObjectKey,
  object: Admitted,
  options: WriteOptions,
): Promise<WriteResult> {
  const { createsOnUpdate } = behaviourOf(served.definition);
  if (!createsOnUpdate || options.subresource !== undefined) {
    throw notFound(served.definition.kind, key.name);
  }
  options.permitCreate?.();
  const named = { ...object, metadata: { ...object.metadata, name: key.name } };
  return {
    created: true,
    object: await createObject(context, served, key.namespace, named, options),
  };
}
