import { compareKeys } from './key.ts';
import { DEFAULT_PAGE, type Entry, type Range, type RangeOptions, type Revision } from './port.ts';
import { nativeOf } from './revision.ts';

export interface PageOptions extends RangeOptions {
  readonly prefix: string;
  /** The moment that is read. */
  readonly revision: Revision;
}

/** A page of entries that come in the order of their keys, from where the page begins. */
export function pageOf(standing: Iterable<Entry>, options: PageOptions): Range {
  const { since, limit = DEFAULT_PAGE, revision } = options;
  const entries: Entry[] = [];
  let count = 0;
  let more = false;
  for (const entry of within(standing, options)) {
    count += 1;
    if (since !== undefined && nativeOf(entry.revision) <= nativeOf(since)) continue;
    more = entries.length === limit;
    if (!more) entries.push(entry);
    else if (since === undefined) break;
  }
  return { entries, more, revision, ...(since !== undefined && { count }) };
}

function* within(
  standing: Iterable<Entry>,
  { prefix, after, until }: PageOptions,
): Generator<Entry, void> {
  for (const entry of standing) {
    const { key } = entry;
    if (!key.startsWith(prefix) || (until !== undefined && compareKeys(key, until) > 0)) return;
    if (key !== after) yield entry;
  }
}
