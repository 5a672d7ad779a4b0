import type { Pattern } from '../../api/pattern.ts';
import type { Int64 } from '../int64.ts';
import { isEqual, isRecord } from '../json.ts';
import type { Schema } from '../port.ts';
import { CAUSES_MAX, causeOf, type Fault, typesOf } from './faults.ts';
import { formatNameOf, formats } from './formats.ts';
import type { Finding } from './validate.ts';

/** Makes a pattern that may be anything safe to use. */
export type PatternMaker = (source: string) => Pick<Pattern, 'test'>;

/** Looks at a value against a node of the schema; choices in lists could need any number of them. */
const CHECKS_MAX = 1_000_000;

/** Faults that are gathered at most, beyond what is told: a choice only asks whether there is one. */
const FAULTS_MAX = 2 * CAUSES_MAX;

/**
 * As `compileFindings`, for schemas of users: nothing is compiled, so that a large schema costs nothing
 * before an object has fields for it. It costs by the object, and patterns only where they are tried.
 */
export function interpretFindings(
  schema: Schema,
  pattern: PatternMaker,
): (value: unknown) => readonly Finding[] {
  const matches = matcher(pattern);
  return (value) => {
    const faults: Fault[] = [];
    const walk: Walk = { matches, checks: 0 };
    check(walk, schema, { value, steps: [] }, faults);
    if (walk.checks > CHECKS_MAX) {
      faults.unshift({ keyword: 'cost', params: {}, data: null, types: [], steps: [] });
    }
    return faults
      .slice(0, CAUSES_MAX)
      .map((fault) => ({ cause: causeOf(fault, value), steps: fault.steps }));
  };
}

interface Walk {
  checks: number;
  matches(source: string, text: string): boolean;
}

interface Place {
  readonly value: unknown;
  readonly steps: readonly string[];
}

/** A text that a pattern cannot take is one that it refuses. */
function matcher(pattern: PatternMaker): Walk['matches'] {
  const made = new Map<string, ReturnType<PatternMaker>>();
  return (source, text) => {
    try {
      const known = made.get(source) ?? pattern(source);
      made.set(source, known);
      return known.test(text);
    } catch {
      return false;
    }
  };
}

function check(walk: Walk, schema: Schema, place: Place, faults: Fault[]): void {
  walk.checks += 1;
  if (faults.length >= FAULTS_MAX || walk.checks > CHECKS_MAX) return;
  const { value, steps } = place;
  const types = typesOf(schema);
  const broken = (keyword: string, params: Fault['params'] = {}) => {
    faults.push({ keyword, params, data: value, types, steps });
  };
  if (types.length > 0 && !types.some((type) => isOf(type, value))) broken('type');
  if (typeof value === 'number' || typeof value === 'bigint') checkNumber(schema, value, broken);
  if (typeof value === 'string') checkText(walk, schema, value, broken);
  checkChoices(walk, schema, place, { broken, faults });
  if (Array.isArray(value)) {
    checkSize([value.length, schema.maxItems, schema.minItems], 'Items', broken);
    const { items } = schema;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) {
      check(walk, items, { value: item, steps: [...steps, String(index)] }, faults);
    }
  } else if (isRecord(value)) {
    checkFields(walk, schema, { value, steps }, { broken, faults });
  }
}

type Broken = (keyword: string, params?: Fault['params']) => void;

interface Report {
  readonly broken: Broken;
  readonly faults: Fault[];
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value) || typeof value === 'bigint';
    case 'number':
      return Number.isFinite(value) || typeof value === 'bigint';
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}

function checkNumber(schema: Schema, value: Int64, broken: Broken): void {
  const { maximum, minimum, multipleOf, exclusiveMaximum, exclusiveMinimum } = schema;
  if (maximum !== undefined && !isBelow(value, maximum, exclusiveMaximum)) {
    broken(exclusiveMaximum ? 'exclusiveMaximum' : 'maximum', { limit: maximum });
  }
  if (minimum !== undefined && !isBelow(minimum, value, exclusiveMinimum)) {
    broken(exclusiveMinimum ? 'exclusiveMinimum' : 'minimum', { limit: minimum });
  }
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    broken('multipleOf', { multipleOf });
  }
  const format = formatNameOf(schema) ?? '';
  const known = formatOf(format);
  if (typeof known === 'object' && 'validate' in known && !known.validate(value)) {
    broken('format', { format });
  }
}

function isBelow(low: Int64, high: Int64, strictly = false): boolean {
  return strictly ? low < high : low <= high;
}

function isMultiple(value: Int64, of: Int64): boolean {
  const isWhole = [value, of].every((one) => typeof one === 'bigint' || Number.isSafeInteger(one));
  return isWhole ? BigInt(value) % BigInt(of) === 0n : Number.isInteger(Number(value) / Number(of));
}

function checkText(walk: Walk, schema: Schema, value: string, broken: Broken): void {
  const { maxLength, minLength, pattern, format = '' } = schema;
  if (maxLength !== undefined || minLength !== undefined) {
    checkSize([lengthOf(value), maxLength, minLength], 'Length', broken);
  }
  if (pattern !== undefined && !walk.matches(pattern, value)) broken('pattern', { pattern });
  const known = formatOf(format);
  const fits =
    known instanceof RegExp ? known.test(value) : typeof known !== 'function' || known(value);
  if (!fits) broken('format', { format });
}

function formatOf(name: string) {
  return Object.hasOwn(formats, name) ? formats[name as keyof typeof formats] : undefined;
}

/** In code points, as Kubernetes counts. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

type Size = readonly [size: number, most: number | undefined, least: number | undefined];

function checkSize([size, most, least]: Size, of: string, broken: Broken): void {
  if (most !== undefined && size > most) broken(`max${of}`, { limit: most });
  if (least !== undefined && size < least) broken(`min${of}`, { limit: least });
}

function checkChoices(walk: Walk, schema: Schema, place: Place, { broken, faults }: Report): void {
  const { enum: allowed, not, anyOf, oneOf, allOf = [] } = schema;
  const fits = (branch: Schema) => {
    const found: Fault[] = [];
    check(walk, branch, place, found);
    return found.length === 0;
  };
  if (allowed !== undefined && !allowed.some((one) => isEqual(one, place.value))) {
    broken('enum', { allowedValues: allowed });
  }
  if (not !== undefined && fits(not)) broken('not');
  if (anyOf !== undefined && !anyOf.some(fits)) broken('anyOf');
  if (oneOf !== undefined) {
    const passing = oneOf.filter(fits).length;
    if (passing !== 1) broken('oneOf', { passingSchemas: passing === 0 ? null : passing });
  }
  for (const branch of allOf) check(walk, branch, place, faults);
}

function checkFields(
  walk: Walk,
  schema: Schema,
  { value, steps }: { value: Readonly<Record<string, unknown>>; steps: readonly string[] },
  { broken, faults }: Report,
): void {
  const { maxProperties, minProperties, required = [], properties = {} } = schema;
  const keys = Object.keys(value);
  checkSize([keys.length, maxProperties, minProperties], 'Properties', broken);
  for (const key of required) {
    if (!Object.hasOwn(value, key)) broken('required', { missingProperty: key });
  }
  const others = typeof schema.additionalProperties === 'object' && schema.additionalProperties;
  for (const key of keys) {
    const of = Object.hasOwn(properties, key) ? properties[key] : others || undefined;
    if (of !== undefined) check(walk, of, { value: value[key], steps: [...steps, key] }, faults);
  }
}
