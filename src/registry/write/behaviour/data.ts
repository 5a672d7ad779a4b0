import type { Cause } from '../../../api/error.ts';
import type { ApiObject } from '../../../api/object.ts';
import { forbiddenField, invalidValue, required, tooLong } from '../../causes.ts';
import { field, isEqual, isRecord } from '../../json.ts';
import type { Admitted } from '../admit.ts';
import { canonicalBase64 } from './base64.ts';
import type { Behaviour } from './behaviour.ts';

const SIZE_MAX_BYTES = 1_048_576;
const KEY_MAX = 253;
const KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_RULE =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or " +
  "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

export const configMapBehaviour: Behaviour = {
  read: (object) => withBytes(object, 'binaryData'),
  check(map, old) {
    const data = texts(map, 'data');
    const binary = texts(map, 'binaryData');
    const twice = Object.keys(binary)
      .filter((key) => Object.hasOwn(data, key))
      .map((key) => invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    const size = sizeOf(data, Buffer.byteLength) + sizeOf(binary, byteLength);
    return [
      ...keyCauses('data', data),
      ...keyCauses('binaryData', binary),
      ...twice,
      ...(size > SIZE_MAX_BYTES ? [tooLong('data', SIZE_MAX_BYTES)] : []),
      ...frozenCauses(map, old, ['data', 'binaryData']),
    ];
  },
};

export const secretBehaviour: Behaviour = {
  read(secret) {
    const { stringData, ...rest } = secret as Admitted & { readonly stringData?: unknown };
    const whole = withBytes(rest as Admitted, 'data');
    if (!isRecord(stringData) || typeof whole === 'string') return whole;
    const written = Object.entries(stringData).map(([key, value]) => [
      key,
      Buffer.from(String(value)).toString('base64'),
    ]);
    const data = { ...texts(whole, 'data'), ...Object.fromEntries(written) };
    return { ...whole, data } as Admitted;
  },
  check(secret, old) {
    const data = texts(secret, 'data');
    const size = sizeOf(data, byteLength);
    const moved = old !== undefined && !isEqual(field(old, 'type'), field(secret, 'type'));
    return [
      ...keyCauses('data', data),
      ...(size > SIZE_MAX_BYTES ? [tooLong('data', SIZE_MAX_BYTES)] : []),
      ...typeCauses(secret, data),
      ...(moved ? [invalidValue('type', field(secret, 'type'), 'field is immutable')] : []),
      ...frozenCauses(secret, old, ['data']),
    ];
  },
};

/** Those that a secret of a type must hold. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};
const ACCOUNT = 'kubernetes.io/service-account.name';

function typeCauses(secret: ApiObject, data: Readonly<Record<string, string>>): readonly Cause[] {
  const type = String(field(secret, 'type') ?? '');
  const missing = (NEEDED[type] ?? []).filter((key) => !Object.hasOwn(data, key));
  const causes = missing.map((key) => required(`data[${key}]`));
  if (type === 'kubernetes.io/service-account-token' && !secret.metadata.annotations?.[ACCOUNT]) {
    causes.push(required(`metadata.annotations[${ACCOUNT}]`));
  }
  if (type === 'kubernetes.io/basic-auth' && !data.username && !data.password) {
    causes.push(required('data[username]'), required('data[password]'));
  }
  const json = type.startsWith('kubernetes.io/dockerc') ? data[NEEDED[type]?.[0] ?? ''] : undefined;
  if (json !== undefined && !isJson(Buffer.from(json, 'base64').toString())) {
    const path = `data[${NEEDED[type]?.[0]}]`;
    causes.push(invalidValue(path, '<secret contents redacted>', 'invalid character in JSON'));
  }
  return causes;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What may not change any more once an object is `immutable`; that neither. */
function frozenCauses(
  next: ApiObject,
  old: ApiObject | undefined,
  fields: readonly string[],
): readonly Cause[] {
  if (field(old, 'immutable') !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  const thawed = field(next, 'immutable') === true ? [] : [forbiddenField('immutable', why)];
  const changed = fields.filter((key) => !isEqual(texts(next, key), texts(old, key)));
  return [...thawed, ...changed.map((key) => forbiddenField(key, why))];
}

function keyCauses(path: string, map: Readonly<Record<string, string>>): readonly Cause[] {
  return Object.keys(map).flatMap((key) => {
    const where = `${path}[${key}]`;
    if (key.length > KEY_MAX) {
      return [invalidValue(where, key, `must be no more than ${KEY_MAX} characters`)];
    }
    if (key === '.') return [invalidValue(where, key, "must not be '.'")];
    if (key.startsWith('..')) {
      const why = key === '..' ? "must not be '..'" : "must not start with '..'";
      return [invalidValue(where, key, why)];
    }
    return KEY.test(key) ? [] : [invalidValue(where, key, KEY_RULE)];
  });
}

/** The object with the bytes below a field as they are stored, or why they are no base64. */
function withBytes(object: Admitted, name: string): Admitted | string {
  const map = field(object, name);
  if (!isRecord(map)) return object;
  let isSame = true;
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(map)) {
    const bytes = typeof value === 'string' ? canonicalBase64(value) : value;
    if (typeof bytes === 'number' && typeof value === 'string') {
      return `illegal base64 data at input byte ${bytes}`;
    }
    if (bytes !== value) isSame = false;
    out[key] = bytes;
  }
  return isSame ? object : ({ ...object, [name]: out } as Admitted);
}

function texts(object: unknown, name: string): Readonly<Record<string, string>> {
  return (field(object, name) ?? {}) as Readonly<Record<string, string>>;
}

function sizeOf(map: Readonly<Record<string, string>>, measure: (value: string) => number): number {
  return Object.values(map).reduce((sum, value) => sum + measure(value), 0);
}

function byteLength(base64: string): number {
  return Buffer.byteLength(base64, 'base64');
}
