import type { Cause } from '../../api/error.ts';
import { typeInvalid } from '../causes.ts';
import { isRecord, typeName } from '../json.ts';

const isText = (value: unknown) => typeof value === 'string';
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isTruth = (value: unknown) => typeof value === 'boolean';
const isNumber = (value: unknown) => typeof value === 'bigint' || Number.isFinite(value);
const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
const isSchemas = (value: unknown) => Array.isArray(value) && value.every(isRecord);

interface Shape {
  readonly is: (value: unknown) => boolean;
  readonly name: string;
}

function shapes(is: Shape['is'], name: string, keys: readonly string[]): [string, Shape][] {
  return keys.map((key) => [key, { is, name }]);
}

const SHAPES: ReadonlyMap<string, Shape> = new Map([
  ...shapes(isText, 'string', ['type', 'format', 'description', 'title', 'pattern']),
  ...shapes(isText, 'string', ['x-kubernetes-list-type', 'x-kubernetes-map-type']),
  ...shapes(isTexts, 'array of strings', ['required', 'x-kubernetes-list-map-keys']),
  ...shapes(isTruth, 'boolean', ['nullable', 'exclusiveMinimum', 'exclusiveMaximum']),
  ...shapes(isTruth, 'boolean', ['uniqueItems', 'x-kubernetes-int-or-string']),
  ...shapes(isTruth, 'boolean', [
    'x-kubernetes-preserve-unknown-fields',
    'x-kubernetes-embedded-resource',
  ]),
  ...shapes(isNumber, 'number', ['minimum', 'maximum']),
  ...shapes((value) => isNumber(value) && Number(value) > 0, 'positive number', ['multipleOf']),
  ...shapes(isCount, 'integer', ['minLength', 'maxLength', 'minItems', 'maxItems']),
  ...shapes(isCount, 'integer', ['minProperties', 'maxProperties']),
  ...shapes((value) => Array.isArray(value) && value.length > 0, 'array', ['enum']),
  ...shapes(isSchemas, 'array of schemas', ['allOf', 'anyOf', 'oneOf']),
  ...shapes(isRecord, 'object', ['not', 'properties', 'externalDocs', 'items']),
  ...shapes((value) => isRecord(value) || isTruth(value), 'schema or boolean', [
    'additionalProperties',
  ]),
  ...shapes(isSchemas, 'array of rules', ['x-kubernetes-validations']),
]);

/** Keywords of a schema's node whose values are of a type that they cannot be of. */
export function keywordCauses(node: Readonly<Record<string, unknown>>, path: string): Cause[] {
  return Object.entries(node).flatMap(([key, value]) => {
    const shape = SHAPES.get(key);
    if (value === undefined || shape === undefined || shape.is(value)) return [];
    const at = `${path}.${key}`;
    const found = typeName(value);
    return [typeInvalid(at, found, `${at} in body must be of type ${shape.name}: "${found}"`)];
  });
}
