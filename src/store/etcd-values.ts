import type { IKeyValue } from 'etcd3';
import { type Entry, PLACES } from './port.ts';
import { revisionAt } from './revision.ts';

/**
 * etcd gives all writes of a transaction one revision, so the place of each in it is stored with
 * its value, as a last line: `etcdctl get` still shows the value as it is.
 */
export function encodeValue(value: Uint8Array, place: number): Buffer {
  return Buffer.concat([value, Buffer.from(`\n${place}`)]);
}

const NEWLINE = 10;
const ZERO = 48;
const DIGITS_MAX = 3;

/** `place` is undefined where somebody else put the value. */
export function decodeValue(stored: Buffer): {
  readonly value: Uint8Array;
  readonly place: number | undefined;
} {
  let place = 0;
  let unit = 1;
  for (let at = stored.length - 1; at >= 0 && at >= stored.length - 1 - DIGITS_MAX; at--) {
    const byte = stored[at] ?? 0;
    if (byte === NEWLINE && unit > 1 && place < PLACES)
      return { value: stored.subarray(0, at), place };
    if (byte < ZERO || byte > ZERO + 9) break;
    place += unit * (byte - ZERO);
    unit *= 10;
  }
  return { value: stored, place: undefined };
}

/** A store's keys, all under one prefix of the etcd that it may share. */
export interface Keys {
  toEtcd(key: string): Buffer;
  fromEtcd(key: Buffer): string;
  /** The end of the range of all keys that begin with `prefix`. */
  endOf(prefix: string): Buffer;
}

export function keysUnder(root: string): Keys {
  const rootBytes = Buffer.byteLength(root);
  return {
    toEtcd: (key) => Buffer.from(root + key),
    fromEtcd: (key) => key.toString('utf8', rootBytes),
    endOf: (prefix) => endOfPrefix(Buffer.from(root + prefix)),
  };
}

/** What etcd takes as the first key of all, and as the end of an open range. */
const ALL = Buffer.of(0);
const LAST_BYTE = 0xff;

export function startOf(prefix: Buffer): Buffer {
  return prefix.length === 0 ? ALL : prefix;
}

function endOfPrefix(prefix: Buffer): Buffer {
  for (let at = prefix.length - 1; at >= 0; at--) {
    const byte = prefix[at] ?? LAST_BYTE;
    if (byte < LAST_BYTE) return Buffer.concat([prefix.subarray(0, at), Buffer.of(byte + 1)]);
  }
  return ALL;
}

export function toEntry(keys: Keys, kv: IKeyValue): Entry {
  const { value, place = 0 } = decodeValue(kv.value);
  return {
    key: keys.fromEtcd(kv.key),
    value,
    revision: revisionAt(Number(kv.mod_revision), place),
  };
}
