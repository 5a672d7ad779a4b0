import type { Definition } from '../../registry/port.ts';
import { KUBERNETES_VERSION } from '../version.ts';
import { schemasOf } from './kinds.ts';
import { type Operation, operationsOf, type Parameter } from './operations.ts';
import { mapSchemas, type OpenApiSchema } from './schema.ts';
import { tagOf } from './v3.ts';

/** An OpenAPI 2 document, in the parts that its protobuf form is written from. */
export interface OpenApiV2 {
  readonly swagger: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationV2>>>>;
  readonly definitions: Readonly<Record<string, OpenApiSchema>>;
}

export interface OperationV2 {
  readonly tags: readonly string[];
  readonly description: string;
  readonly operationId: string;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly parameters: readonly ParameterV2[];
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly schema: OpenApiSchema }>
  >;
  readonly 'x-kubernetes-action': string;
  readonly 'x-kubernetes-group-version-kind': Operation['kind'];
}

export interface ParameterV2 {
  readonly name: string;
  readonly in: 'path' | 'query' | 'body';
  readonly required?: boolean;
  readonly description?: string;
  readonly type?: string;
  readonly schema?: OpenApiSchema;
}

/** The OpenAPI 2 document of all kinds, for clients that know no newer one. */
export function openApiV2(definitions: readonly Definition[]): OpenApiV2 {
  const byPath = Map.groupBy(definitions.flatMap(operationsOf), ({ path }) => path);
  const paths = [...byPath].map(([path, operations]) => [
    path,
    Object.fromEntries(operations.map((one) => [one.method, writeOperation(one)])),
  ]);
  return {
    swagger: '2.0',
    info: { title: 'Titan', version: KUBERNETES_VERSION },
    paths: Object.fromEntries(paths),
    definitions: mapSchemas(schemasOf(definitions), weaken),
  };
}

/**
 * OpenAPI 2 knows neither `nullable` nor values of several types: a number or text is named a text of
 * a format of its own, as Kubernetes names it.
 */
function weaken(schema: OpenApiSchema): OpenApiSchema {
  const { ref, nullable: _, ...rest } = schema;
  if (ref !== undefined) return { ...rest, ...reference(ref) };
  if (rest['x-kubernetes-preserve-unknown-fields'] === true) {
    const { properties: _properties, ...open } = rest;
    return open;
  }
  if (rest['x-kubernetes-int-or-string'] === true) {
    return { ...rest, type: 'string', format: 'int-or-string' };
  }
  return rest;
}

function reference(name: string): OpenApiSchema {
  return { $ref: `#/definitions/${name}` };
}

function writeOperation(operation: Operation): OperationV2 {
  const { id, action, description, kind, parameters, body, consumes, answer } = operation;
  const bodyParameter: ParameterV2[] =
    body === undefined ? [] : [{ name: 'body', in: 'body', schema: reference(body) }];
  return {
    tags: [tagOf(operation)],
    description,
    operationId: id,
    consumes,
    produces: ['application/json'],
    parameters: [...bodyParameter, ...parameters.map(writeParameter)],
    responses: { 200: { description: 'OK', schema: reference(answer) } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  };
}

function writeParameter({ name, in: place, type, description }: Parameter): ParameterV2 {
  return { name, in: place, type, description, ...(place === 'path' ? { required: true } : {}) };
}
