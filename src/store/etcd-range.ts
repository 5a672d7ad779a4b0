import type { Etcd3 } from 'etcd3';
import { type Keys, startOf, toEntry } from './etcd-values.ts';
import { DEFAULT_PAGE, type Entry, type Range, type RangeOptions } from './port.ts';
import { endOf, nativeOf } from './revision.ts';

/** Entries in the first request, before it is known how large they are. */
const FIRST_CHUNK = 100;
const CHUNK = 1000;
/** What one reply should weigh at most, as far as the entries before it tell. */
const CHUNK_BYTES = 3_000_000;

export interface RangeQuery extends RangeOptions {
  readonly prefix: string;
}

type Call = <T>(request: (client: Etcd3) => Promise<T>) => Promise<T>;

export async function readKey(call: Call, keys: Keys, key: string): Promise<Entry | undefined> {
  const { kvs } = await call((client) => client.kv.range({ key: keys.toEtcd(key) }));
  const [kv] = kvs;
  return kv && toEntry(keys, kv);
}

/** Reads a page in as many requests as its size wants, all at the revision of the first. */
export async function readRange(call: Call, keys: Keys, query: RangeQuery): Promise<Range> {
  const { prefix, after, until, since, limit = DEFAULT_PAGE, at, keysOnly = false } = query;
  const range_end = until === undefined ? keys.endOf(prefix) : behind(keys, until);
  const entries: Entry[] = [];
  // To etcd 0 is the newest; an empty store is at 1.
  let native = at === undefined ? undefined : Math.max(1, nativeOf(at));
  let key = startOf(keys.toEtcd(prefix));
  if (after !== undefined && Buffer.compare(behind(keys, after), key) > 0)
    key = behind(keys, after);
  let bytes = 0;
  let count: number | undefined;
  for (;;) {
    const wanted = Math.min(limit - entries.length, chunkFor(entries.length, bytes));
    const request = {
      key,
      range_end,
      limit: wanted,
      keys_only: keysOnly,
      ...(native !== undefined && { revision: native }),
      ...(since !== undefined && { min_mod_revision: nativeOf(since) + 1 }),
    };
    const answer = await call((client) => client.kv.range(request));
    const { kvs, more, header } = answer;
    native ??= Number(header.revision);
    count ??= Number(answer.count);
    for (const kv of kvs) {
      entries.push(toEntry(keys, kv));
      bytes += kv.key.length + kv.value.length;
    }
    const last = entries.at(-1);
    if (!more || entries.length >= limit || last === undefined) {
      return { entries, more, revision: endOf(native), ...(since !== undefined && { count }) };
    }
    key = behind(keys, last.key);
  }
}

function chunkFor(count: number, bytes: number): number {
  if (count === 0) return FIRST_CHUNK;
  return Math.min(CHUNK, Math.max(1, Math.floor((CHUNK_BYTES * count) / Math.max(1, bytes))));
}

function behind(keys: Keys, key: string): Buffer {
  return Buffer.concat([keys.toEtcd(key), Buffer.of(0)]);
}
