import type { History } from './follow.ts';
import {
  decodeWrite,
  entryAt,
  entryOf,
  readVersionKey,
  type Tables,
  versionKey,
} from './lmdb-tables.ts';
import { judge, sweep } from './lmdb-write.ts';
import { pageOf } from './page.ts';
import type {
  Entry,
  Range,
  RangeOptions,
  Revision,
  StoreEvent,
  Transaction,
  TransactionResult,
} from './port.ts';
import { endOf, expired, firstUnseen, nativeOf, rolledBack } from './revision.ts';
import { createTail } from './tail.ts';

export interface LmdbHistory extends History {
  readonly native: number;
  get(key: string): Entry | undefined;
  range(prefix: string, options: RangeOptions): Range;
  /** Judges and applies the transactions as one store revision, durably. */
  commit(batch: readonly Transaction[]): Promise<TransactionResult[]>;
  compact(until: number): Promise<void>;
}

/** Log entries that one step of a compaction forgets, so that no write waits long for it. */
const SWEEP = 500;

export interface LmdbHistoryOptions {
  readonly tables: Tables;
  /** Events kept; the oldest beyond them are compacted away. */
  readonly historyMax: number;
  /** Whether the key was put with a lease. */
  isLeased(key: string): boolean;
}

/** Every version of every key since the last compaction, on disk. */
export function createLmdbHistory(options: LmdbHistoryOptions): LmdbHistory {
  const { tables, historyMax, isLeased } = options;
  const { root, log, meta } = tables;
  const newestNative = () => Math.max(1, meta.get('native') ?? 0);
  let compacted = meta.get('compacted') ?? 0;
  let size = log.getKeysCount({ start: endOf(compacted) + 1 });
  const tail = createTail(newestNative());

  async function compact(until: number): Promise<void> {
    const end = Math.min(until, newestNative());
    if (end <= compacted) return;
    await root.childTransaction(() => meta.putSync('compacted', end));
    compacted = end;
    while ((await root.childTransaction(() => sweep(tables, end, SWEEP))) === SWEEP);
    size = log.getKeysCount({ start: endOf(compacted) + 1 });
  }

  /** Gives up the oldest history beyond the bound, a little with each commit. */
  function trim(): void {
    const [oldest] = log.getKeys({
      start: endOf(compacted) + 1,
      offset: Math.min(SWEEP, size - historyMax) - 1,
      limit: 1,
    });
    if (oldest === undefined) return;
    compacted = nativeOf(oldest);
    meta.putSync('compacted', compacted);
    size -= sweep(tables, compacted, 2 * SWEEP);
  }

  return {
    get native() {
      return newestNative();
    },
    get: (key) => entryOf(tables, key),
    compact,
    async commit(batch) {
      // A child transaction is undone when it fails half-way; lmdb's plain one would keep the half.
      const { native, results, events } = await root.childTransaction(() => {
        const native = newestNative();
        if (size > historyMax + SWEEP) trim();
        const writing = { tables, native, standing: new Map<string, Revision>(), isLeased };
        const events: StoreEvent[] = [];
        let place = 0;
        const results = batch.map((transaction) => {
          const judged = judge(writing, transaction, place);
          place += transaction.write.length;
          events.push(...judged.events);
          return judged.result;
        });
        if (events.length > 0) meta.putSync('native', native + 1);
        return { native: native + 1, results, events };
      });
      size += events.length;
      if (events.length > 0) tail.add(native, events);
      return results;
    },
    range(prefix, options) {
      const { at } = options;
      const native = newestNative();
      const moment = at === undefined ? native : nativeOf(at);
      if (moment < compacted) throw expired(`reading at revision ${at}`);
      if (moment > native) throw rolledBack(`reading at revision ${at}`);
      const revision = endOf(moment);
      const source = moment === native ? newest(tables) : past(tables, revision);
      const entries = standing(tables, source, startOf(prefix, options.after));
      return pageOf(entries, { ...options, prefix, revision });
    },
    readAfter(after, limit) {
      if (firstUnseen(after) <= compacted) throw expired(`watching after revision ${after}`);
      const recent = tail.readAfter(after, limit);
      if (recent !== undefined) return recent;
      const native = newestNative();
      const found = [...log.getRange({ start: after + 1, end: endOf(native) + 1, limit })];
      const last = found.at(-1)?.key;
      const more = found.length === limit && last !== undefined;
      const end = more ? endOf(nativeOf(last)) : endOf(native);
      if (more) found.push(...log.getRange({ start: last + 1, end: end + 1 }));
      const events = found.map(({ key: revision, value }) => eventOf(tables, revision, value));
      return { events, revision: Math.max(after, end) };
    },
  };
}

/** Revisions by key, from a key on. */
type Source = (start: Buffer) => Iterable<{ readonly key: string; readonly revision: Revision }>;

function newest({ current }: Tables): Source {
  return (start) =>
    current.getRange({ start }).map(({ key, value }) => ({ key: String(key), revision: value }));
}

/** Of each key its last version at or before `moment`. */
function past({ versions }: Tables, moment: Revision): Source {
  return function* from(start) {
    let last: { readonly key: string; readonly revision: Revision } | undefined;
    for (const filed of versions.getKeys({ start })) {
      const version = readVersionKey(filed);
      if (last !== undefined && version.key !== last.key) {
        yield last;
        last = undefined;
      }
      if (version.revision <= moment) last = version;
    }
    if (last !== undefined) yield last;
  };
}

/** What stood, from a key on, by the revisions of a source. */
function* standing(tables: Tables, source: Source, start: Buffer): Generator<Entry, void> {
  for (const { revision } of source(start)) {
    const entry = entryAt(tables, revision);
    if (entry !== undefined) yield entry;
  }
}

/** Where a page begins: with the prefix, or right behind `after`. */
function startOf(prefix: string, after = ''): Buffer {
  const behind = Buffer.from(`${after}\0`);
  const first = Buffer.from(prefix);
  return after !== '' && Buffer.compare(behind, first) > 0 ? behind : first;
}

function eventOf({ log, versions }: Tables, revision: Revision, record: Buffer): StoreEvent {
  const { key, value } = decodeWrite(record);
  if (value !== undefined) return { type: 'put', entry: { key, value, revision } };
  const [filed] = versions.getKeys({
    start: versionKey(key, revision - 1),
    end: versionKey(key, 0),
    reverse: true,
    limit: 1,
  });
  const before = filed && log.get(readVersionKey(filed).revision);
  const previous = before && decodeWrite(before).value;
  return { type: 'delete', key, revision, ...(previous && { previous }) };
}
