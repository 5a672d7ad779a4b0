import type { Schema } from '../port.ts';

/** The largest request: what bounds a value that its schema does not. */
export const REQUEST_BYTES_MAX = 3_145_728;

/** How many characters, items or keys a value of a schema has at most. */
export function largest(schema: Schema | undefined): number {
  if (schema === undefined) return REQUEST_BYTES_MAX / 2;
  switch (schema.type) {
    case 'string':
      return longestText(schema);
    case 'array':
      return schema.maxItems ?? Math.floor(REQUEST_BYTES_MAX / (least(schema.items) + 1));
    case 'object':
      return largestMap(schema);
    case 'integer':
    case 'number':
    case 'boolean':
      return 1;
    default:
      return REQUEST_BYTES_MAX / 2;
  }
}

const FORMATS: Readonly<Record<string, number>> = {
  date: 10,
  'date-time': 40,
  duration: 40,
  uuid: 36,
  ipv4: 15,
  ipv6: 45,
};

function longestText({ maxLength, enum: values, format = '' }: Schema): number {
  if (maxLength !== undefined) return maxLength;
  if (values !== undefined) return Math.max(...values.map((value) => JSON.stringify(value).length));
  return FORMATS[format] ?? REQUEST_BYTES_MAX;
}

function largestMap(schema: Schema): number {
  const { maxProperties, properties, additionalProperties: others } = schema;
  if (maxProperties !== undefined) return maxProperties;
  if (properties !== undefined) return Object.keys(properties).length;
  const item = typeof others === 'object' ? others : undefined;
  return Math.floor(REQUEST_BYTES_MAX / (least(item) + 4));
}

/** The fewest bytes that a value of a schema takes. */
function least(schema: Schema | undefined): number {
  if (schema === undefined) return 1;
  const { type, required = [], properties = {}, minLength = 0 } = schema;
  if (type === 'string') return 2 + minLength;
  if (type === 'boolean') return 4;
  if (type !== 'object') return type === 'array' ? 2 : 1;
  return required.reduce((sum, key) => sum + key.length + 3 + least(properties[key]), 2);
}
