import type { ApiObject } from '../../api/object.ts';
import type { Served } from '../catalog.ts';
import { invalidValue } from '../causes.ts';
import { invalid, notFound } from '../errors.ts';
import { atPath, withPath } from '../json.ts';
import type { Admitted } from './admit.ts';

/** The `autoscaling/v1 Scale` of an object. Where its spec names no count, the status says it. */
export function scaleOf(served: Served, object: ApiObject): ApiObject {
  const { specReplicasPath, statusReplicasPath } = scalePaths(served, object.metadata.name);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const running = numberAt(object, statusReplicasPath) ?? 0;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    spec: { replicas: numberAt(object, specReplicasPath) ?? running },
    status: { replicas: running },
  };
}

/**
 * The object with the count that a Scale asks for.
 * @throws TitanError Invalid
 */
export function withScale(served: Served, current: ApiObject, scale: unknown): Admitted {
  const { name } = current.metadata;
  const { specReplicasPath } = scalePaths(served, name);
  const replicas = atPath(scale, '.spec.replicas') ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    const cause = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0');
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, [cause]);
  }
  const path = specReplicasPath.split('.').filter((key) => key !== '');
  const { resourceVersion: _, ...metadata } = current.metadata;
  const named = atPath(scale, '.metadata.resourceVersion');
  const version = typeof named === 'string' && named !== '' ? { resourceVersion: named } : {};
  const scaled = withPath(current, path, replicas) as ApiObject;
  return { ...scaled, metadata: { ...metadata, ...version } };
}

function scalePaths(
  { definition: { scale, kind } }: Served,
  name: string,
): NonNullable<Served['definition']['scale']> {
  if (scale === undefined) throw notFound(kind, name);
  return scale;
}

function numberAt(object: ApiObject, path: string): number | undefined {
  const value = atPath(object, path);
  return typeof value === 'number' ? value : undefined;
}
