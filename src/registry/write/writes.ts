import { hasReason } from '../../api/error.ts';
import { type ApiObject, keyOf, type ObjectKey } from '../../api/object.ts';
import type { Served } from '../catalog.ts';
import { notAllowed } from '../errors.ts';
import { localKey } from '../keys.ts';
import type { Body, Registry, RemoveOptions, WriteOptions } from '../port.ts';
import { filterOf } from '../read/filter.ts';
import { listObjects } from '../read/list.ts';
import { createAdmission, report } from './admit.ts';
import { applyPatch } from './apply-patch.ts';
import type { Context } from './context.ts';
import { createObject } from './create.ts';
import { type PlainPatch, patched, unknownInOperations } from './patch.ts';
import { removeObject } from './remove.ts';
import { replaceObject } from './replace.ts';
import { replicateObject } from './replicate.ts';
import { admitScale, scaleOf, withScale } from './scale.ts';
import { updateObject } from './update.ts';

type Writes = Pick<
  Registry,
  'create' | 'replace' | 'patch' | 'remove' | 'removeCollection' | 'replicate'
>;

const AT_ONCE_MAX = 100;

interface Patching {
  readonly key: ObjectKey;
  readonly patch: PlainPatch;
  readonly options: WriteOptions;
}

export function createWrites(context: Context): Writes {
  const { catalog } = context;
  const admit = createAdmission();

  async function replaceScale(served: Served, key: ObjectKey, body: Body, options: WriteOptions) {
    const object = await updateObject(
      context,
      served,
      key,
      (current) => {
        const next = withScale(served, current, admitScale(body, key, options));
        return { object: next, pinned: Boolean(next.metadata.resourceVersion) };
      },
      options,
    );
    return { created: false, object: scaleOf(served, object) };
  }

  function afterPatch(served: Served, current: ApiObject, { key, patch, options }: Patching) {
    const isScale = options.subresource === 'scale';
    const value = patched(served, isScale ? scaleOf(served, current) : current, patch);
    const body = { value, duplicates: patch.body.duplicates };
    if (isScale) return withScale(served, current, admitScale(body, key, options));
    return admit(served, body, { ...options, like: current });
  }

  /** One object of a collection; that somebody else has removed it already is as good. */
  async function removeListed(served: Served, object: ApiObject, options: RemoveOptions) {
    try {
      const { uid } = object.metadata;
      await removeObject(context, served, keyOf(object), { ...options, uid });
    } catch (thrown) {
      if (!hasReason(thrown, 'NotFound')) throw thrown;
    }
  }

  return {
    create: async ({ kind }, namespace, body, options) => {
      const served = catalog.of(kind);
      if (!served.definition.verbs.includes('create')) throw notAllowed(kind, 'create');
      return createObject(context, served, namespace, admit(served, body, options), options);
    },
    replace: async ({ kind }, key, body, options) => {
      const served = catalog.of(kind);
      if (!served.definition.verbs.includes('update')) throw notAllowed(kind, 'update');
      checkSubresource(served, options);
      if (options.subresource === 'scale') return replaceScale(served, key, body, options);
      const like = served.cache.newest(localKey(key))?.held?.object;
      const object = admit(served, body, { ...options, like });
      return replaceObject(context, served, key, object, options);
    },
    patch: async ({ kind }, key, patch, options) => {
      const served = catalog.of(kind);
      if (!served.definition.verbs.includes('patch')) throw notAllowed(kind, 'patch');
      checkSubresource(served, options);
      if (patch.type === 'apply')
        return applyPatch({ context, admit }, served, key, patch, options);
      report(kind, [[], unknownInOperations(patch)], options);
      const isScale = options.subresource === 'scale';
      const change = (current: ApiObject) => ({
        object: afterPatch(served, current, { key, patch, options }),
        pinned: false,
      });
      const object = await updateObject(context, served, key, change, options);
      return { created: false, object: isScale ? scaleOf(served, object) : object };
    },
    remove: async ({ kind }, key, options) => removeObject(context, catalog.of(kind), key, options),
    removeCollection: async ({ kind }, query, options) => {
      const served = catalog.of(kind);
      if (!served.definition.verbs.includes('deletecollection')) {
        throw notAllowed(kind, 'deletecollection');
      }
      filterOf(served.definition, query);
      const list = await listObjects(context, served, query);
      for (let at = 0; at < list.items.length; at += AT_ONCE_MAX) {
        const part = list.items.slice(at, at + AT_ONCE_MAX);
        await Promise.all(part.map(({ object }) => removeListed(served, object, options)));
      }
      return list;
    },
    replicate: async ({ kind }, object, options) => {
      const served = catalog.of(kind);
      const body = { value: object, duplicates: [] };
      const admitted = admit(served, body, { ...options, fieldValidation: 'Ignore' });
      const peer = { ...admitted, metadata: object.metadata };
      return replicateObject(context, served, peer, options);
    },
  };
}

function checkSubresource({ definition }: Served, { subresource }: WriteOptions): void {
  const { kind, status, scale, parts = [] } = definition;
  const isServed = {
    status,
    scale: scale !== undefined,
    finalize: parts.some(({ name }) => name === 'finalize'),
  };
  if (subresource !== undefined && !isServed[subresource]) throw notAllowed(kind, 'update');
}
