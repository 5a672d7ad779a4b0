import { bytesField, doubleField, integerField } from '../body/wire.ts';
import type { OpenApiSchema } from './schema.ts';
import type { OpenApiV2, OperationV2, ParameterV2 } from './v2.ts';

/**
 * Writes an OpenAPI 2 document in the protobuf form of gnostic's `openapi.v2.Document`, the only one
 * that kubectl before 1.27 asks for. The numbers below are that format's.
 */
export function encodeOpenApiV2({ swagger, info, paths, definitions }: OpenApiV2): Buffer {
  return Buffer.concat([
    bytesField(1, swagger),
    bytesField(2, [bytesField(1, info.title), bytesField(2, info.version)]),
    bytesField(
      8,
      Object.entries(paths).map(([path, item]) => named(2, path, pathItem(item))),
    ),
    bytesField(9, namedSchemas(definitions)),
  ]);
}

const METHOD_FIELDS: Readonly<Record<string, number>> = {
  get: 2,
  put: 3,
  post: 4,
  delete: 5,
  patch: 8,
};

function pathItem(item: Readonly<Record<string, OperationV2>>): Buffer[] {
  return Object.entries(item).flatMap(([method, one]) => {
    const field = METHOD_FIELDS[method];
    return field === undefined ? [] : [bytesField(field, operation(one))];
  });
}

function operation(one: OperationV2): Buffer[] {
  const responses = Object.entries(one.responses).map(([code, response]) =>
    named(1, code, [
      bytesField(1, [
        bytesField(1, response.description),
        bytesField(2, [bytesField(1, schema(response.schema))]),
      ]),
    ]),
  );
  return [
    ...texts(1, one.tags),
    bytesField(3, one.description),
    bytesField(5, one.operationId),
    ...texts(6, one.produces),
    ...texts(7, one.consumes),
    ...one.parameters.map((each) => bytesField(8, [bytesField(1, [parameter(each)])])),
    bytesField(9, responses),
    ...extensions(13, { ...one }),
  ];
}

function parameter(one: ParameterV2): Buffer {
  const { name, in: place, required = false, description = '', type = '' } = one;
  if (place === 'body') {
    return bytesField(1, [
      bytesField(2, name),
      bytesField(3, place),
      ...flag(4, required),
      bytesField(5, schema(one.schema ?? {})),
    ]);
  }
  const common = [bytesField(2, place), bytesField(3, description), bytesField(4, name)];
  const inPlace =
    place === 'query'
      ? bytesField(3, [...flag(1, required), ...common, bytesField(6, type)])
      : bytesField(4, [...flag(1, required), ...common, bytesField(5, type)]);
  return bytesField(2, [inPlace]);
}

type Write = (field: number, value: unknown) => Buffer[];

const write = {
  text: (field, value) => (typeof value === 'string' ? [bytesField(field, value)] : []),
  number: (field, value) => (typeof value === 'number' ? [doubleField(field, value)] : []),
  integer: (field, value) => (typeof value === 'number' ? [integerField(field, value)] : []),
  flag: (field, value) => flag(field, value === true),
  any: (field, value) => (value === undefined ? [] : [bytesField(field, any(value))]),
} as const satisfies Record<string, Write>;

/** The keywords of a schema that have a field of a plain type. */
const KEYWORDS: readonly (readonly [keyword: string, field: number, write: Write])[] = [
  ['$ref', 1, write.text],
  ['format', 2, write.text],
  ['title', 3, write.text],
  ['description', 4, write.text],
  ['default', 5, write.any],
  ['multipleOf', 6, write.number],
  ['maximum', 7, write.number],
  ['exclusiveMaximum', 8, write.flag],
  ['minimum', 9, write.number],
  ['exclusiveMinimum', 10, write.flag],
  ['maxLength', 11, write.integer],
  ['minLength', 12, write.integer],
  ['pattern', 13, write.text],
  ['maxItems', 14, write.integer],
  ['minItems', 15, write.integer],
  ['uniqueItems', 16, write.flag],
  ['maxProperties', 17, write.integer],
  ['minProperties', 18, write.integer],
];

function schema(one: OpenApiSchema): Buffer[] {
  const { required = [], enum: values = [], type, items, properties } = one;
  const { additionalProperties: additional } = one;
  return [
    ...KEYWORDS.flatMap(([keyword, field, put]) => put(field, one[keyword])),
    ...texts(19, required),
    ...values.map((value) => bytesField(20, any(value))),
    ...(typeof additional === 'object'
      ? [bytesField(21, [bytesField(1, schema(additional))])]
      : []),
    ...(additional === true ? [bytesField(21, [integerField(2, 1)])] : []),
    ...(type === undefined ? [] : [bytesField(22, texts(1, [type]))]),
    ...(items === undefined ? [] : [bytesField(23, [bytesField(1, schema(items))])]),
    ...(properties === undefined ? [] : [bytesField(25, namedSchemas(properties))]),
    ...extensions(31, one),
  ];
}

function namedSchemas(schemas: Readonly<Record<string, OpenApiSchema>>): Buffer[] {
  return Object.entries(schemas).map(([name, one]) => named(1, name, schema(one)));
}

function extensions(field: number, one: Readonly<Record<string, unknown>>): Buffer[] {
  return Object.entries(one)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, value]) => named(field, name, any(value)));
}

function any(value: unknown): Buffer[] {
  return [bytesField(2, `${JSON.stringify(value)}\n`)];
}

function named(field: number, name: string, value: readonly Buffer[]): Buffer {
  return bytesField(field, [bytesField(1, name), bytesField(2, value)]);
}

function texts(field: number, values: readonly string[]): Buffer[] {
  return values.map((value) => bytesField(field, value));
}

function flag(field: number, value: boolean): Buffer[] {
  return value ? [integerField(field, 1)] : [];
}
