import { type Database, open, type RootDatabase } from 'lmdb';
import type { LeaseRecord } from './lease.ts';
import type { Entry, LeaseId, Revision } from './port.ts';

/** What the embedded store keeps on disk. */
export interface Tables {
  readonly root: RootDatabase;
  /** The revision of each key that stands now, by the key's bytes. */
  readonly current: Database<Revision, Buffer>;
  /** Every write by its revision, until it is compacted away; values lie here and nowhere else. */
  readonly log: Database<Buffer, Revision>;
  /** The key's bytes, a zero byte and the revision, for each write in the log. */
  readonly versions: Database<Buffer, Buffer>;
  readonly leases: Database<LeaseRecord, LeaseId>;
  /** The lease of each key that has one. */
  readonly leased: Database<LeaseId, string>;
  readonly meta: Database<number, MetaName>;
}

/** `native`: the newest store revision; `compacted`: the oldest; `swept`: how far its work is done. */
export type MetaName = 'native' | 'compacted' | 'swept';

export function openTables(path: string): Tables {
  // Without overlapping syncs nothing can be read before it is durable.
  const root = open({ path, noSubdir: false, maxDbs: 8, overlappingSync: false });
  const table = { cache: false } as const;
  return {
    root,
    current: root.openDB({
      ...table,
      name: 'current',
      keyEncoding: 'binary',
      encoding: 'ordered-binary',
    }),
    log: root.openDB({ ...table, name: 'log', encoding: 'binary' }),
    versions: root.openDB({
      ...table,
      name: 'versions',
      keyEncoding: 'binary',
      encoding: 'binary',
    }),
    leases: root.openDB({ ...table, name: 'leases', encoding: 'json' }),
    leased: root.openDB({ ...table, name: 'leased', encoding: 'string' }),
    meta: root.openDB({ ...table, name: 'meta', encoding: 'ordered-binary' }),
  };
}

/** One write, as the log has it. */
export interface LoggedWrite {
  readonly key: string;
  /** Undefined: deleted. */
  readonly value: Uint8Array | undefined;
}

const DELETED = 0;
const PUT = 1;
const HEAD_BYTES = 3;
const REVISION_BYTES = 8;
const HALF = 2 ** 32;

/** A byte for what was done, two for the key's length, the key, the value. */
export function encodeWrite({ key, value }: LoggedWrite): Buffer {
  const keyBytes = Buffer.byteLength(key);
  const record = Buffer.allocUnsafe(HEAD_BYTES + keyBytes + (value?.byteLength ?? 0));
  record.writeUInt8(value === undefined ? DELETED : PUT, 0);
  record.writeUInt16BE(keyBytes, 1);
  record.write(key, HEAD_BYTES);
  if (value !== undefined) record.set(value, HEAD_BYTES + keyBytes);
  return record;
}

export function decodeWrite(record: Buffer): LoggedWrite {
  const end = HEAD_BYTES + record.readUInt16BE(1);
  const key = record.toString('utf8', HEAD_BYTES, end);
  return { key, value: record.readUInt8(0) === PUT ? record.subarray(end) : undefined };
}

/** Where a version of a key is filed: versions of a key lie together, the oldest first. */
export function versionKey(key: string, revision: Revision): Buffer {
  const end = Buffer.byteLength(key);
  const filed = Buffer.allocUnsafe(end + 1 + REVISION_BYTES);
  filed.write(key);
  filed[end] = 0;
  filed.writeUInt32BE(Math.floor(revision / HALF), end + 1);
  filed.writeUInt32BE(revision % HALF, end + 1 + REVISION_BYTES / 2);
  return filed;
}

export function readVersionKey(filed: Buffer): {
  readonly key: string;
  readonly revision: Revision;
} {
  const end = filed.length - REVISION_BYTES - 1;
  const high = filed.readUInt32BE(end + 1);
  return {
    key: filed.toString('utf8', 0, end),
    revision: high * HALF + filed.readUInt32BE(end + 1 + REVISION_BYTES / 2),
  };
}

/** What a key holds now. */
export function entryOf(tables: Tables, key: string): Entry | undefined {
  return entryAt(tables, tables.current.get(Buffer.from(key)));
}

/** What the write of `revision` put; undefined when it deleted. */
export function entryAt(tables: Tables, revision: Revision | undefined): Entry | undefined {
  const record = revision === undefined ? undefined : tables.log.get(revision);
  if (revision === undefined || record === undefined) return undefined;
  const { key, value } = decodeWrite(record);
  return value === undefined ? undefined : { key, value, revision };
}
