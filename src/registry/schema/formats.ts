import type { Int64 } from '../int64.ts';
import type { Schema } from '../port.ts';
import { typesOf } from './faults.ts';

const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** The formats that are checked; Kubernetes too takes every value of a format that it doesn't know. */
export const formats = {
  'date-time': (text: string) => DATE_TIME.test(text) && isMoment(text),
  date: (text: string) => DATE.test(text) && isMoment(text),
  byte: BASE64,
  uuid: UUID,
  int32: {
    type: 'number',
    validate: (value: Int64) => value >= -(2 ** 31) && value < 2 ** 31,
  },
  int64: { type: 'number', validate: isInt64 },
  /** Of integers whose schema names no format: what is none is told by the type. */
  integer: {
    type: 'number',
    validate: (value: Int64) => isInt64(value) || !Number.isInteger(value),
  },
} as const;

/** The format of a schema's values: integers always have one. */
export function formatNameOf(schema: Schema): string | undefined {
  const { format } = schema;
  if (!typesOf(schema).includes('integer')) return format;
  return format !== undefined && Object.hasOwn(formats, format) ? format : 'integer';
}

function isInt64(value: Int64): boolean {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

function isMoment(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}
