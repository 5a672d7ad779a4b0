import { apiVersionOf } from '../../api/kind.ts';
import type { ApiObject, ObjectKey } from '../../api/object.ts';
import type { Served } from '../catalog.ts';
import { invalidValue } from '../causes.ts';
import { badRequest, invalid, notFound } from '../errors.ts';
import { asText, atPath, isRecord, withPath } from '../json.ts';
import type { Body, WriteOptions } from '../port.ts';
import { type Admitted, report } from './admit.ts';
import { checkNames } from './update.ts';

/** The `autoscaling/v1 Scale` of an object. Where its spec names no count, the status says it. */
export function scaleOf(served: Served, object: ApiObject): ApiObject {
  const paths = scalePaths(served, object.metadata.name);
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = paths;
  const selector = labelSelectorPath === undefined ? '' : atPath(object, labelSelectorPath);
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
    status: { replicas: running, ...(isText(selector) ? { selector } : {}) },
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

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  '': ['kind', 'apiVersion', 'metadata', 'spec', 'status'],
  spec: ['replicas'],
  status: ['replicas', 'selector'],
};

/** Reads a body as the Scale of an object. @throws TitanError BadRequest */
export function admitScale(
  { value, duplicates }: Body,
  key: ObjectKey,
  options: WriteOptions,
): unknown {
  if (!isRecord(value)) throw badRequest('the body is no Scale');
  const { kind = SCALE.kind, apiVersion = apiVersionOf(SCALE), metadata } = value;
  if (kind !== SCALE.kind) {
    throw badRequest(
      `the kind in the data (${asText(kind)}) does not match the expected kind (Scale)`,
    );
  }
  if (apiVersion !== apiVersionOf(SCALE)) {
    throw badRequest(
      `the API version in the data (${asText(apiVersion)}) does not match the expected API version (autoscaling/v1)`,
    );
  }
  const unknown = Object.entries(KNOWN).flatMap(([part, known]) => {
    const fields = part === '' ? value : value[part];
    const names = isRecord(fields) ? Object.keys(fields) : [];
    return names
      .filter((name) => !known.includes(name))
      .map((name) => (part ? `${part}.${name}` : name));
  });
  report(SCALE, [duplicates, unknown], options);
  if (isRecord(metadata)) checkNames({ ...SCALE, apiVersion: '', metadata }, key);
  return value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
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
