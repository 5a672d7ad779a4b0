import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Cause } from '../../api/error.ts';
import { invalidValue, notSupported, required, tooLong, tooMany, typeInvalid } from '../causes.ts';
import { typeName } from '../json.ts';
import type { Schema } from '../port.ts';
import { formats } from './formats.ts';

/** Checks a value against one schema, once compiled; no causes where it holds. */
export type Validator = (value: unknown) => readonly Cause[];

/** Errors that one request is told about; more help nobody. */
const CAUSES_MAX = 100;

/** A fault with the place of it, as the steps of a JSON pointer. */
export interface Finding {
  readonly cause: Cause;
  readonly steps: readonly string[];
}

/** Compiles a structural schema into a check that answers in Kubernetes' words. */
export function compileSchema(schema: Schema): Validator {
  const find = compileFindings(schema);
  return (value) => find(value).map(({ cause }) => cause);
}

/**
 * As `compileSchema`, with the places of the faults; `pattern` makes patterns that may be anything safe to use.
 */
export function compileFindings(
  schema: Schema,
  pattern?: (source: string) => { test(text: string): boolean },
): (value: unknown) => readonly Finding[] {
  const ajv = new Ajv({
    allErrors: true,
    strict: false,
    verbose: true,
    ownProperties: true,
    unicodeRegExp: false,
    messages: false,
    logger: false,
    meta: false,
    validateSchema: false,
    formats,
    ...(pattern === undefined ? {} : { code: { regExp: asEngine(pattern) } }),
  });
  const check: ValidateFunction = ajv.compile(toJsonSchema(schema));
  return (value) => {
    if (check(value)) return [];
    const errors = (check.errors ?? []).filter(({ schemaPath }) => !IN_CHOICE.test(schemaPath));
    return errors.slice(0, CAUSES_MAX).map((error) => ({
      cause: causeOf(error, value),
      steps: stepsOf(error.instancePath),
    }));
  };
}

/** What one branch of a choice says; the choice itself says that none fits. */
const IN_CHOICE = /\/(anyOf|oneOf)\/\d+\/|\/not\//;

/** Patterns for ajv; a text that a pattern cannot take is one that it refuses. */
function asEngine(pattern: (source: string) => { test(text: string): boolean }) {
  const engine = (source: string) => {
    const { test } = pattern(source);
    return {
      test(text: string) {
        try {
          return test(text);
        } catch {
          return false;
        }
      },
    };
  };
  return Object.assign(engine, { code: 'pattern' });
}

function stepsOf(pointer: string): readonly string[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** JSON Schema of today for a structural schema, which is OpenAPI v3 with Kubernetes' extensions. */
function toJsonSchema(schema: Schema): Record<string, unknown> {
  const {
    properties,
    items,
    additionalProperties: others,
    minimum,
    maximum,
    exclusiveMinimum,
    exclusiveMaximum,
  } = schema;
  const out: Record<string, unknown> = copied(schema);
  const types = typesOf(schema);
  if (types.length > 0) out.type = types;
  if (minimum !== undefined) out[exclusiveMinimum ? 'exclusiveMinimum' : 'minimum'] = minimum;
  if (maximum !== undefined) out[exclusiveMaximum ? 'exclusiveMaximum' : 'maximum'] = maximum;
  if (items !== undefined) out.items = toJsonSchema(items);
  if (typeof others === 'object') out.additionalProperties = toJsonSchema(others);
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const) {
    if (schema[junctor] !== undefined) out[junctor] = schema[junctor].map(toJsonSchema);
  }
  if (schema.not !== undefined) out.not = toJsonSchema(schema.not);
  if (properties !== undefined) {
    const entries = Object.entries(properties);
    out.properties = Object.fromEntries(entries.map(([key, of]) => [key, toJsonSchema(of)]));
  }
  return out;
}

const SAME = [
  'format',
  'required',
  'enum',
  'pattern',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'uniqueItems',
] as const;

function copied(schema: Schema): Record<string, unknown> {
  return Object.fromEntries(
    SAME.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]]])),
  );
}

function typesOf(schema: Schema): readonly string[] {
  const own = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : [];
  const types = schema.type === undefined ? own : [schema.type];
  return schema.nullable && types.length > 0 ? [...types, 'null'] : types;
}

function causeOf(error: ErrorObject, root: unknown): Cause {
  const path = pathText(error.instancePath, root);
  const { keyword, params, data } = error;
  if (keyword === 'required') {
    const missing = String(params.missingProperty);
    return required(path === '' ? missing : `${path}.${missing}`);
  }
  if (keyword === 'type') return typeCause(path, error);
  if (keyword === 'enum') return notSupported(path, data, params.allowedValues);
  const limit = Number(params.limit);
  if (keyword === 'maxLength') return tooLong(path, limit);
  if (keyword === 'maxItems') return tooMany(path, lengthOf(data), limit);
  if (keyword === 'maxProperties') return tooMany(path, Object.keys(Object(data)).length, limit);
  if (keyword === 'format') {
    const format = String(params.format);
    return invalidValue(path, data, `${path} in body must be of type ${format}: ${show(data)}`);
  }
  return invalidValue(path, data, `${path} in body ${complaint(keyword, params)}`);
}

function typeCause(path: string, { schema, data }: ErrorObject): Cause {
  const wanted = Array.isArray(schema) ? schema.filter((type) => type !== 'null') : [schema];
  const found = typeName(data);
  const detail = `${path} in body must be of type ${wanted.join(' or ')}: "${found}"`;
  return typeInvalid(path, found, detail);
}

function complaint(keyword: string, params: Record<string, unknown>): string {
  const limit = String(params.limit);
  switch (keyword) {
    case 'minimum':
      return `should be greater than or equal to ${limit}`;
    case 'exclusiveMinimum':
      return `should be greater than ${limit}`;
    case 'maximum':
      return `should be less than or equal to ${limit}`;
    case 'exclusiveMaximum':
      return `should be less than ${limit}`;
    case 'multipleOf':
      return `should be a multiple of ${params.multipleOf}`;
    case 'minLength':
      return `should be at least ${limit} chars long`;
    case 'pattern':
      return `should match '${params.pattern}'`;
    case 'minItems':
      return `should have at least ${limit} items`;
    case 'minProperties':
      return `should have at least ${limit} properties`;
    case 'anyOf':
      return 'must validate at least one schema (anyOf)';
    case 'oneOf':
      return `must validate one and only one schema (oneOf). ${params.passingSchemas ? 'Found more than one valid' : 'Found none valid'}`;
    case 'not':
      return 'must not validate the schema (not)';
    case 'uniqueItems':
      return "shouldn't contain duplicates";
    default:
      return `breaks the rule ${keyword}`;
  }
}

/** A JSON pointer as Kubernetes writes paths: `spec.env[0].name`. */
function pathText(pointer: string, root: unknown): string {
  let at = root;
  let text = '';
  for (const key of stepsOf(pointer)) {
    text += Array.isArray(at) ? `[${key}]` : `${text === '' ? '' : '.'}${key}`;
    at = Object(at)[key];
  }
  return text;
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function show(value: unknown): string {
  return JSON.stringify(value);
}
