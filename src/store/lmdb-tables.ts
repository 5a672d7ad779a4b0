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
const empty = new Uint8Array(0);

/** A byte for what was done, two for the key's length, the key, the value. */
export function encodeWrite({ key, value }: LoggedWrite): Buffer {
  const name = Buffer.from(key);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(value === undefined ? DELETED : PUT, 0);
  head.writeUInt16BE(name.length, 1);
  return Buffer.concat([head, name, value ?? empty]);
}

export function decodeWrite(record: Buffer): LoggedWrite {
  const end = HEAD_BYTES + record.readUInt16BE(1);
  const key = record.toString('utf8', HEAD_BYTES, end);
  return { key, value: record.readUInt8(0) === PUT ? record.subarray(end) : undefined };
}

/** Where a version of a key is filed: versions of a key lie together, the oldest first. */
export function versionKey(key: string, revision: Revision): Buffer {
  const name = Buffer.from(key);
  const filed = Buffer.alloc(name.length + 1 + REVISION_BYTES);
  name.copy(filed);
  filed.writeBigUInt64BE(BigInt(revision), name.length + 1);
  return filed;
}

export function readVersionKey(filed: Buffer): {
  readonly key: string;
  readonly revision: Revision;
} {
  const end = filed.length - REVISION_BYTES - 1;
  return {
    key: filed.toString('utf8', 0, end),
    revision: Number(filed.readBigUInt64BE(end + 1)),
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
