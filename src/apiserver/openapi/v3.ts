import type { Definition } from '../../registry/port.ts';
import { KUBERNETES_VERSION } from '../version.ts';
import { schemasOf } from './kinds.ts';
import { type Operation, operationsOf, type Parameter } from './operations.ts';
import { mapSchemas, type OpenApiSchema } from './schema.ts';

/** The OpenAPI 3 document of the kinds of one group and version. */
export function openApiV3(definitions: readonly Definition[]): unknown {
  const byPath = Map.groupBy(definitions.flatMap(operationsOf), ({ path }) => path);
  const paths = [...byPath].map(([path, operations]) => [
    path,
    Object.fromEntries(operations.map((one) => [one.method, writeOperation(one)])),
  ]);
  return {
    openapi: '3.0.0',
    info: { title: 'Titan', version: KUBERNETES_VERSION },
    paths: Object.fromEntries(paths),
    components: {
      schemas: { ...mapSchemas(schemasOf(definitions), writeReference), ...SHARED },
    },
  };
}

const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const SHARED = {
  [INT_OR_STRING]: {
    format: 'int-or-string',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  },
};

function reference(name: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

/**
 * A reference stands alone in OpenAPI 3; what is said beside it needs `allOf`. A number or text is
 * named by a schema of its own, so that `kubectl explain` has a word for it.
 */
function writeReference({ ref: given, ...rest }: OpenApiSchema): OpenApiSchema {
  const ref = given ?? (rest['x-kubernetes-int-or-string'] === true ? INT_OR_STRING : undefined);
  if (ref === undefined) return rest;
  return Object.keys(rest).length === 0
    ? { ...reference(ref) }
    : { ...rest, allOf: [reference(ref)] };
}

function writeOperation(operation: Operation): unknown {
  const { id, action, description, kind, parameters, body, consumes, answer } = operation;
  const content = (types: readonly string[], name: string) =>
    Object.fromEntries(types.map((type) => [type, { schema: reference(name) }]));
  return {
    tags: [tagOf(operation)],
    description,
    operationId: id,
    parameters: parameters.map(writeParameter),
    ...(body === undefined ? {} : { requestBody: { content: content(consumes, body) } }),
    responses: { 200: { description: 'OK', content: content(['application/json'], answer) } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  };
}

/** Operations of a group and version stand together in viewers: `titanDev_v1beta1`. */
export function tagOf({ kind }: Operation): string {
  const group = kind.group === '' ? 'core' : kind.group;
  return `${group.replaceAll(/\.(\w)/g, (_, letter: string) => letter.toUpperCase())}_${kind.version}`;
}

function writeParameter({ name, in: place, type, description }: Parameter): unknown {
  return {
    name,
    in: place,
    description,
    ...(place === 'path' ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  };
}
