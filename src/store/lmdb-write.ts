import {
  decodeWrite,
  encodeWrite,
  entryAt,
  readVersionKey,
  type Tables,
  versionKey,
} from './lmdb-tables.ts';
import type { Operation, Revision, StoreEvent, Transaction, TransactionResult } from './port.ts';
import { endOf, revisionAt } from './revision.ts';

export interface Judged {
  readonly result: TransactionResult;
  /** What it changed, in revision order. */
  readonly events: readonly StoreEvent[];
}

/** The write transaction that is open, in which several transactions become one store revision. */
export interface Writing {
  readonly tables: Tables;
  /** The store revision before it. */
  readonly native: number;
  /** The revision of each key that was looked at or written, as it stands; 0 where there is none. */
  readonly standing: Map<string, Revision>;
  /** Whether the key was put with a lease. */
  isLeased(key: string): boolean;
}

/** Judges one transaction and applies it, from `place` on, when its conditions hold. */
export function judge(writing: Writing, transaction: Transaction, place: number): Judged {
  const { tables, native } = writing;
  const { when, write } = transaction;
  const holds = when.every(({ key, revision }) => revisionOf(writing, key) === revision);
  if (!holds) {
    const found = when.map(({ key }) => entryAt(tables, revisionOf(writing, key) || undefined));
    return { events: [], result: { ok: false, found } };
  }
  const events: StoreEvent[] = [];
  const revisions = write.map((operation, at) => {
    const revision = revisionAt(native + 1, place + at);
    const event = apply(writing, operation, revision);
    if (event === undefined) return revisionAt(native, 0);
    events.push(event);
    return revision;
  });
  return { events, result: { ok: true, revisions } };
}

/** Of one commit most transactions compare the same key, that of the leader: it is read once. */
function revisionOf({ tables, standing }: Writing, key: string): Revision {
  const known = standing.get(key);
  if (known !== undefined) return known;
  const revision = tables.current.get(Buffer.from(key)) ?? 0;
  standing.set(key, revision);
  return revision;
}

const PUT_MARK = Buffer.of(1);
const DELETED_MARK = Buffer.of(0);

/** @returns `undefined` where there is nothing to delete */
function apply(writing: Writing, operation: Operation, revision: Revision): StoreEvent | undefined {
  const { tables, standing } = writing;
  const { key } = operation;
  const before = operation.do === 'put' ? 0 : revisionOf(writing, key);
  if (operation.do === 'delete' && before === 0) return undefined;
  const value = operation.do === 'put' ? operation.value : undefined;
  const previous = entryAt(tables, before || undefined)?.value;
  const name = Buffer.from(key);
  tables.log.putSync(revision, encodeWrite({ key, value }));
  tables.versions.putSync(versionKey(key, revision), value ? PUT_MARK : DELETED_MARK);
  if (value === undefined) tables.current.removeSync(name);
  else tables.current.putSync(name, revision);
  standing.set(key, value === undefined ? 0 : revision);
  const lease = operation.do === 'put' ? operation.lease : undefined;
  if (lease !== undefined) tables.leased.putSync(key, lease);
  else if (writing.isLeased(key)) tables.leased.removeSync(key);
  if (value !== undefined) return { type: 'put', entry: { key, value, revision } };
  return { type: 'delete', key, revision, ...(previous && { previous }) };
}

/**
 * Forgets the versions that the oldest log entries up to `until` replaced, `limit` entries at most,
 * in the write transaction that is open.
 * @returns how many entries it went through: fewer than `limit` when nothing is left
 */
export function sweep({ log, versions, meta }: Tables, until: number, limit: number): number {
  const start = (meta.get('swept') ?? 0) + 1;
  const found = [...log.getRange({ start, end: endOf(until) + 1, limit })];
  for (const { key: revision, value } of found) {
    const write = decodeWrite(value);
    const own = versionKey(write.key, revision);
    const replaced = [...versions.getKeys({ start: versionKey(write.key, 0), end: own })];
    if (write.value === undefined) replaced.push(own);
    for (const filed of replaced) {
      log.removeSync(readVersionKey(filed).revision);
      versions.removeSync(filed);
    }
  }
  const last = found.at(-1)?.key;
  meta.putSync('swept', found.length < limit || last === undefined ? endOf(until) : last);
  return found.length;
}
