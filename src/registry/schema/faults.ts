import type { Cause } from '../../api/error.ts';
import { invalidValue, notSupported, required, tooLong, tooMany, typeInvalid } from '../causes.ts';
import { typeName } from '../json.ts';
import type { Schema } from '../port.ts';

/** Errors that one request is told about; more help nobody. */
export const CAUSES_MAX = 100;

/** The types that a schema lets a value be of; none where it may be any. */
export function typesOf(schema: Schema): readonly string[] {
  const own = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : [];
  const types = schema.type === undefined ? own : [schema.type];
  return schema.nullable && types.length > 0 ? [...types, 'null'] : types;
}

/** A keyword of a schema that a value breaks. */
export interface Fault {
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly data: unknown;
  /** The types that the value may be of. */
  readonly types: readonly string[];
  /** The place of the value, as the steps of a JSON pointer. */
  readonly steps: readonly string[];
}

/** A fault in Kubernetes' words. */
export function causeOf(fault: Fault, root: unknown): Cause {
  const path = pathText(fault.steps, root);
  const { keyword, params, data } = fault;
  if (keyword === 'required') {
    const missing = String(params.missingProperty);
    return required(path === '' ? missing : `${path}.${missing}`);
  }
  if (keyword === 'type') return typeCause(path, fault);
  if (keyword === 'enum')
    return notSupported(path, data, params.allowedValues as readonly unknown[]);
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

const NUMBERS = new Set(['integer', 'number']);
const MAX = Number.MAX_SAFE_INTEGER;

/** Titan's own kinds, which it computes with, take no integer beyond 2^53: that is said of its size. */
function typeCause(path: string, { types, data }: Fault): Cause {
  const wanted = types.filter((type) => type !== 'null');
  if (typeof data === 'bigint' && wanted.some((type) => NUMBERS.has(type))) {
    const [side, limit] = data > 0n ? ['less', MAX] : ['greater', -MAX];
    return invalidValue(path, data, `${path} in body should be ${side} than or equal to ${limit}`);
  }
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
    case 'cost':
      return 'takes too long to check: the lists are too long for the choices of the schema';
    case 'uniqueItems':
      return "shouldn't contain duplicates";
    default:
      return `breaks the rule ${keyword}`;
  }
}

/** Steps as Kubernetes writes paths: `spec.env[0].name`. */
function pathText(steps: readonly string[], root: unknown): string {
  let at = root;
  let text = '';
  for (const key of steps) {
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
