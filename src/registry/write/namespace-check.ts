import { NAMESPACE } from '../../api/builtin.ts';
import { isDeleting } from '../../api/object.ts';
import type { Condition } from '../../store/port.ts';
import type { Served } from '../catalog.ts';
import { badRequest, forbidden, notFound } from '../errors.ts';
import { newest } from './commit.ts';
import type { Context } from './context.ts';

/**
 * The namespace of a new object must be there and not be going away.
 *
 * @returns the condition that it still is so, for the same transaction: nothing is ever left behind
 *   in a namespace that is gone
 * @throws TitanError NotFound, Forbidden
 */
export async function namespaceFor(
  context: Context,
  served: Served,
  namespace: string | undefined,
  name: string,
): Promise<readonly Condition[]> {
  if (!served.definition.kind.namespaced || namespace === undefined) return [];
  const namespaces = context.catalog.of(NAMESPACE);
  const held = await newest(context, namespaces, `-/${namespace}`);
  if (held === undefined) throw notFound(NAMESPACE, namespace);
  if (isDeleting(held.object)) throw terminating(served, namespace, name);
  return [{ key: `${namespaces.prefix}-/${namespace}`, revision: held.revision }];
}

function terminating(served: Served, namespace: string, name: string): Error {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return forbidden(served.definition.kind, name, why, [cause]);
}

/** The namespace of an object: the request's, which the body may repeat but not contradict. */
export function namespaceOf(
  served: Served,
  requested: string | undefined,
  stated: string | undefined,
): string | undefined {
  if (!served.definition.kind.namespaced) {
    if (stated) throw badRequest('namespace specified on a cluster-scoped object');
    return undefined;
  }
  const namespace = requested ?? stated;
  if (!namespace) throw badRequest('an empty namespace may not be set during creation');
  if (stated && stated !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  return namespace;
}
