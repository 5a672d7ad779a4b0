import {
  decodeWrite,
  encodeWrite,
  entryOf,
  readVersionKey,
  type Tables,
  versionKey,
} from './lmdb-tables.ts';
import type { Operation, Revision, Transaction, TransactionResult } from './port.ts';
import { endOf, revisionAt } from './revision.ts';

export interface Judged {
  readonly result: TransactionResult;
  /** Operations that changed something. */
  readonly changes: number;
}

/**
 * Judges one transaction and applies it when its conditions hold, in the write transaction that is
 * open: as a part of the store revision after `native`, from `place` on.
 */
export function judge(
  tables: Tables,
  { when, write }: Transaction,
  { native, place }: { readonly native: number; readonly place: number },
): Judged {
  const found = when.map(({ key }) => entryOf(tables, key));
  const holds = when.every(({ revision }, at) => (found[at]?.revision ?? 0) === revision);
  if (!holds) return { changes: 0, result: { ok: false, found } };
  let changes = 0;
  const revisions = write.map((operation, at) => {
    const revision = revisionAt(native + 1, place + at);
    if (!apply(tables, operation, revision)) return revisionAt(native, 0);
    changes += 1;
    return revision;
  });
  return { changes, result: { ok: true, revisions } };
}

function apply(tables: Tables, operation: Operation, revision: Revision): boolean {
  const { key } = operation;
  const name = Buffer.from(key);
  const isPut = operation.do === 'put';
  if (!isPut && !tables.current.doesExist(name)) return false;
  tables.log.putSync(revision, encodeWrite({ key, value: isPut ? operation.value : undefined }));
  tables.versions.putSync(versionKey(key, revision), Buffer.of(isPut ? 1 : 0));
  if (isPut) tables.current.putSync(name, revision);
  else tables.current.removeSync(name);
  if (isPut && operation.lease !== undefined) tables.leased.putSync(key, operation.lease);
  else tables.leased.removeSync(key);
  return true;
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
