import { fromTimestamp } from '../../api/object.ts';
import type { Int64 } from '../int64.ts';
import type { Schema } from '../port.ts';
import { typesOf } from './faults.ts';
import {
  isCidr,
  isDuration,
  isEmail,
  isHostname,
  isIpv4,
  isIpv6,
  isMac,
  isUri,
} from './text-formats.ts';

const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

function uuidOf(version: string, variant: string): RegExp {
  return new RegExp(
    `^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`,
    'i',
  );
}

/** The formats that are checked; Kubernetes too takes every value of a format that it doesn't know. */
export const formats = {
  'date-time': (text: string) => DATE_TIME.test(text) && isMoment(text),
  date: (text: string) => DATE.test(text) && isMoment(text),
  byte: BASE64,
  uuid: UUID,
  uuid3: uuidOf('3', '[0-9a-f]'),
  uuid4: uuidOf('4', '[89ab]'),
  uuid5: uuidOf('5', '[89ab]'),
  bsonobjectid: /^[0-9a-f]{24}$/i,
  hexcolor: /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i,
  cidr: isCidr,
  duration: isDuration,
  email: isEmail,
  hostname: isHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  mac: isMac,
  uri: isUri,
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
  return !Number.isNaN(fromTimestamp(text));
}
