import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Cause } from '../../api/error.ts';
import type { Schema } from '../port.ts';
import { CAUSES_MAX, causeOf, type Fault, typesOf } from './faults.ts';
import { formatNameOf, formats } from './formats.ts';

/** Checks a value against one schema, once compiled; no causes where it holds. */
export type Validator = (value: unknown) => readonly Cause[];

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

/** As `compileSchema`, with the places of the faults. */
export function compileFindings(schema: Schema): (value: unknown) => readonly Finding[] {
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
  });
  const check: ValidateFunction = ajv.compile(toJsonSchema(schema));
  return (value) => {
    if (check(value)) return [];
    const errors = (check.errors ?? []).filter(({ schemaPath }) => !IN_CHOICE.test(schemaPath));
    return errors.slice(0, CAUSES_MAX).map((error) => {
      const fault = faultOf(error);
      return { cause: causeOf(fault, value), steps: fault.steps };
    });
  };
}

/** What one branch of a choice says; the choice itself says that none fits. */
const IN_CHOICE = /\/(anyOf|oneOf)\/\d+\/|\/not\//;

function faultOf({ keyword, params, data, schema, instancePath }: ErrorObject): Fault {
  const types: readonly string[] = Array.isArray(schema) ? schema : [String(schema)];
  return { keyword, params, data, types, steps: stepsOf(instancePath) };
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
  const format = formatNameOf(schema);
  if (format !== undefined) out.format = format;
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
