import type { Kind } from '../api/kind.ts';
import { resourceName } from '../api/kind.ts';
import type { ApiObject } from '../api/object.ts';
import type { Client } from '../registry/port.ts';
import type { Informer } from './informer.ts';

/**
 * A client whose writes are in the informers' memory when they resolve, so that a pass that follows
 * a write never decides on what was before it. (A cache behind its own writes is what makes other
 * control planes start a task twice.)
 */
export function trackedClient(client: Client, informers: readonly Informer<never>[]): Client {
  const byResource = new Map(
    informers.map((informer) => [resourceName(informer.kind), informer as Informer<ApiObject>]),
  );

  async function noted<T extends ApiObject>(kind: Kind<T>, write: Promise<T>): Promise<T> {
    const object = await write;
    byResource.get(resourceName(kind))?.note(object);
    return object;
  }

  return {
    ...client,
    create: (kind, draft, options) => noted(kind, client.create(kind, draft, options)),
    update: (kind, object) => noted(kind, client.update(kind, object)),
    updateStatus: (kind, object) => noted(kind, client.updateStatus(kind, object)),
    replicate: (kind, object) => noted(kind, client.replicate(kind, object)),
  };
}
