import { EventLog, written } from './event-log.ts';
import type { History } from './follow.ts';
import { compareKeys } from './key.ts';
import { OrderedMap } from './ordered-map.ts';
import { pageOf } from './page.ts';
import type { Entry, Operation, Range, RangeOptions, Revision, StoreEvent } from './port.ts';
import { endOf, expired, firstUnseen, nativeOf, revisionAt, rolledBack } from './revision.ts';

interface Version {
  readonly revision: Revision;
  /** Undefined: deleted. */
  readonly entry: Entry | undefined;
}

/** One store revision being written: its operations get their places in turn. */
export interface Commit {
  /** @returns the revision, or undefined when there was nothing to delete */
  apply(operation: Operation): Revision | undefined;
}

export interface MemoryHistory extends History {
  readonly native: number;
  moment(): Moment;
  get(key: string): Entry | undefined;
  range(prefix: string, options: RangeOptions): Range;
  /** Writes one store revision; without a change there is none. */
  commit(write: (commit: Commit) => void): void;
  /** Forgets what only moments before the store revision `until` need. */
  compact(until: number): void;
}

/** Everything that is there at one moment, without what was before it. */
export interface Moment {
  readonly native: number;
  readonly entries: readonly Entry[];
}

/** Every version of every key since the last compaction, or since `from`, and the events in order. */
export function createMemoryHistory(historyMax: number, from?: Moment): MemoryHistory {
  const versions = new OrderedMap<Version[]>();
  const log = new EventLog();
  let native = from?.native ?? 1;
  let compacted = from?.native ?? 0;
  for (const entry of from?.entries ?? []) {
    versions.set(entry.key, [{ revision: entry.revision, entry }]);
  }

  function put(operation: Operation, revision: Revision): StoreEvent | undefined {
    const { key } = operation;
    const kept = versions.get(key) ?? [];
    const previous = kept.at(-1)?.entry;
    if (operation.do === 'delete' && previous === undefined) return undefined;
    if (kept.length === 0) versions.set(key, kept);
    const entry = operation.do === 'put' ? { key, value: operation.value, revision } : undefined;
    kept.push({ revision, entry });
    if (entry !== undefined) return { type: 'put', entry };
    return { type: 'delete', key, revision, ...(previous && { previous: previous.value }) };
  }

  function forgetBefore(key: string, revision: Revision): void {
    const kept = versions.get(key) ?? [];
    kept.splice(
      0,
      kept.findIndex((version) => version.revision >= revision),
    );
    if (kept[0]?.entry === undefined) kept.shift();
    if (kept.length === 0) versions.delete(key);
  }

  function compact(until: number): void {
    const end = Math.min(until, native);
    if (end <= compacted) return;
    compacted = end;
    for (const event of log.dropUntil(endOf(end))) {
      const { key, revision } = written(event);
      forgetBefore(key, revision);
    }
  }

  return {
    get native() {
      return native;
    },
    moment: () => ({
      native,
      entries: [...versions.from('')].flatMap(([, kept]) => kept.at(-1)?.entry ?? []),
    }),
    get: (key) => versions.get(key)?.at(-1)?.entry,
    compact,
    commit(write) {
      const before = log.size;
      let place = 0;
      write({
        apply(operation) {
          const event = put(operation, revisionAt(native + 1, place));
          place += 1;
          if (event !== undefined) log.push(event);
          return event && written(event).revision;
        },
      });
      if (log.size > before) native += 1;
      const newestExcess = log.at(log.size - historyMax - 1);
      if (newestExcess !== undefined && log.size > historyMax) {
        compact(nativeOf(written(newestExcess).revision));
      }
    },
    range(prefix, options) {
      const moment = options.at === undefined ? native : nativeOf(options.at);
      if (moment < compacted) throw expired(`reading at revision ${options.at}`);
      if (moment > native) throw rolledBack(`reading at revision ${options.at}`);
      const { after = '' } = options;
      const revision = endOf(moment);
      const start = compareKeys(after, prefix) > 0 ? after : prefix;
      return pageOf(standing(versions, { start, moment: revision }), {
        ...options,
        prefix,
        revision,
      });
    },
    readAfter(after, limit) {
      if (firstUnseen(after) <= compacted) throw expired(`watching after revision ${after}`);
      return log.readAfter(after, limit, endOf(native));
    },
  };
}

/** What stood at a moment, from a key on. */
function* standing(
  versions: OrderedMap<Version[]>,
  { start, moment }: { readonly start: string; readonly moment: Revision },
): Generator<Entry, void> {
  for (const [, kept] of versions.from(start)) {
    const entry = kept.findLast(({ revision }) => revision <= moment)?.entry;
    if (entry !== undefined) yield entry;
  }
}
