import jsonPatch, { type Operation } from 'fast-json-patch';
import { TitanError } from '../../api/error.ts';
import type { ApiObject } from '../../api/object.ts';
import type { Served } from '../catalog.ts';
import { badRequest } from '../errors.ts';
import { field, isEqual, isRecord } from '../json.ts';
import type { Patch } from '../port.ts';
import { strategicMerge } from './strategic/merge.ts';

const OPERATIONS_MAX = 10_000;
const ACCEPTED =
  'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';

export type PlainPatch = Exclude<Patch, { readonly type: 'apply' }>;

/**
 * What a patch makes of a value. The value itself is not changed.
 *
 * @throws TitanError BadRequest, Invalid, UnsupportedMediaType (strategic merge of a custom resource)
 */
export function patched(served: Served, current: ApiObject, patch: PlainPatch): unknown {
  const { type, body } = patch;
  if (type === 'json') return afterJsonPatch(current, body.value);
  if (type === 'strategic' && !served.definition.builtIn) {
    const message = `the body of the request was in an unknown format - accepted media types include: ${ACCEPTED}`;
    throw new TitanError('UnsupportedMediaType', message);
  }
  if (!isRecord(body.value)) throw badRequest('the patch is no object');
  if (type === 'merge') return merged(current, body.value);
  return strategicMerge(served.definition.schema, current, body.value) ?? {};
}

function afterJsonPatch(current: ApiObject, operations: unknown): unknown {
  if (!Array.isArray(operations) || !operations.every(isOperation)) {
    throw badRequest('the patch is no list of JSON patch operations (RFC 6902)');
  }
  if (operations.length > OPERATIONS_MAX) {
    const message = `The allowed maximum operations in a JSON patch is ${OPERATIONS_MAX}, got ${operations.length}`;
    throw new TitanError('RequestEntityTooLarge', message);
  }
  for (const operation of operations) checkMove(operation);
  try {
    return operations.reduce<unknown>(afterOperation, structuredClone(current));
  } catch (thrown) {
    const message = 'the server rejected our request due to an error in our request';
    throw new TitanError('Invalid', message, { cause: thrown });
  }
}

/** The library copies values by way of a JSON text, in which it would lose digits. */
function afterOperation(document: unknown, operation: Operation, index: number): unknown {
  const step =
    operation.op === 'copy'
      ? { op: 'add' as const, path: operation.path, value: copied(document, operation.from) }
      : operation;
  return jsonPatch.applyOperation(document, step, true, true, true, index).newDocument;
}

/** @throws Error for what is not there */
function copied(document: unknown, from: string): unknown {
  return structuredClone(jsonPatch.getValueByPointer(document, from));
}

const OPERATION = new Set(['op', 'path', 'from', 'value']);

/** The paths of what a JSON patch says that no operation knows, such as `[0].to`. */
export function unknownInOperations({ type, body }: PlainPatch): readonly string[] {
  if (type !== 'json' || !Array.isArray(body.value)) return [];
  return body.value.flatMap((operation, index) =>
    Object.keys(Object(operation))
      .filter((key) => !OPERATION.has(key))
      .map((key) => `[${index}].${key}`),
  );
}

function isOperation(value: unknown): value is Operation {
  return isRecord(value) && typeof value.op === 'string' && typeof value.path === 'string';
}

/** RFC 6902 forbids to move a value into itself, which the result of could not be written down. */
function checkMove({ op, path, ...rest }: Operation): void {
  const from = field(rest, 'from');
  if (op !== 'move' || typeof from !== 'string' || !path.startsWith(`${from}/`)) return;
  const where = `${JSON.stringify(from)} to ${JSON.stringify(path)}`;
  throw badRequest(`error decoding patch: ${where} moves a value into itself`);
}

/** RFC 7386: maps are merged, null takes away, all else replaces. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return isEqual(target, patch) ? target : patch;
  const out: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue;
    if (value === null) delete out[key];
    else out[key] = merged(field(out, key), value);
  }
  return out;
}
