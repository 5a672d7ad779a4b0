import { hasReason } from '../../api/error.ts';
import type { Revision, Store } from '../../store/port.ts';
import type { Feed } from '../cache/feed.ts';
import { decode, type Held } from '../cache/held.ts';
import type { Served } from '../catalog.ts';
import { listTooOld, notAllowed } from '../errors.ts';
import type { ListQuery, ListResult } from '../port.ts';
import { type Filter, filterOf } from './filter.ts';
import { checkListQuery, parseVersion } from './options.ts';
import { type Continue, decodeToken, encodeToken, pageTooOld } from './token.ts';

const PAGE = 500;

interface Sources {
  readonly store: Store;
  readonly feed: Feed;
}

/** A list as the query wants it: newest, not older than, exactly at, or going on. */
export async function listObjects(
  sources: Sources,
  served: Served,
  query: ListQuery,
): Promise<ListResult> {
  const { kind, verbs } = served.definition;
  if (!verbs.includes('list')) throw notAllowed(kind, 'list');
  checkListQuery(query);
  const filter = filterOf(served.definition, query);
  const limit = query.limit || Number.POSITIVE_INFINITY;
  if (query.continue) return nextPage(sources, served, filter, decodeToken(query.continue), limit);
  const version = parseVersion(query.resourceVersion);
  if (version === 0) return page(served, filter, sources.feed.revision, {});
  if (version === undefined) await sources.feed.asFreshAsCanBe();
  else await sources.feed.reach(version);
  const isExact = query.resourceVersionMatch === 'Exact';
  const isPinned =
    isExact ||
    (limit < Number.POSITIVE_INFINITY && version !== undefined && !query.resourceVersionMatch);
  if (!isPinned || version === undefined)
    return page(served, filter, sources.feed.revision, { limit });
  return pageAt(sources, served, filter, { revision: version, limit }).catch((thrown) => {
    throw hasReason(thrown, 'Expired') ? listTooOld() : thrown;
  });
}

async function nextPage(
  sources: Sources,
  served: Served,
  filter: Filter,
  token: Continue,
  limit: number,
): Promise<ListResult> {
  if (token.revision < 0) {
    await sources.feed.asFreshAsCanBe();
    return page(served, filter, sources.feed.revision, { after: token.after, limit });
  }
  return pageAt(sources, served, filter, { ...token, limit }).catch((thrown) => {
    throw hasReason(thrown, 'Expired') ? pageTooOld(token) : thrown;
  });
}

interface PageOptions {
  readonly after?: string;
  readonly limit?: number;
}

/** A page from the cache, which is at `revision`. */
function page(
  { cache }: Served,
  filter: Filter,
  revision: Revision,
  options: PageOptions,
): ListResult {
  const scanned = cache.scan(filter.prefix, options.after);
  const remaining = (last: string) => cache.count(filter.prefix, last);
  return pageOf(scanned, filter, revision, { ...options, remaining });
}

interface Scanned extends PageOptions {
  /** How many lie behind a key, where no selector filters. */
  remaining(last: string): number | undefined;
}

function pageOf(
  scanned: Iterable<readonly [string, Held]>,
  filter: Filter,
  revision: Revision,
  { limit = Number.POSITIVE_INFINITY, remaining }: Scanned,
): ListResult {
  const items: Held[] = [];
  let last = '';
  for (const [local, held] of scanned) {
    if (!filter.matches(held.object)) continue;
    if (items.length === limit) {
      return cut(items, revision, last, filter.isWhole ? remaining(last) : undefined);
    }
    items.push(held);
    last = local;
  }
  return { items, resourceVersion: String(revision) };
}

interface Past extends PageOptions {
  readonly revision: Revision;
  readonly left?: number;
}

/** Changes that are taken back to see an older moment, before the store is rather asked for it. */
const TAKEN_BACK_MAX = 5_000;

/**
 * A page as of a moment: from the cache where nothing of the kind changed since, or little; else from the
 * store. What the store has forgotten the cache may still know.
 */
async function pageAt(sources: Sources, served: Served, filter: Filter, past: Past) {
  const { revision } = past;
  await sources.feed.reach(revision);
  if (served.cache.changedAt <= revision) return page(served, filter, revision, past);
  return (
    takenBack(served, filter, past, TAKEN_BACK_MAX) ??
    storedPage(sources, served, filter, past).catch((thrown) => {
      const page = hasReason(thrown, 'Expired') && takenBack(served, filter, past);
      if (page) return page;
      throw thrown;
    })
  );
}

function takenBack(
  { cache }: Served,
  filter: Filter,
  past: Past,
  changesMax = Number.POSITIVE_INFINITY,
): ListResult | undefined {
  const scan = cache.scanPast(past.revision, changesMax);
  if (scan === undefined) return undefined;
  const { left, after, revision, limit = 0 } = past;
  const remaining = () => (left === undefined ? undefined : left - limit);
  return pageOf(scan(filter.prefix, after), filter, revision, { ...past, remaining });
}

async function storedPage(
  { store }: Sources,
  served: Served,
  filter: Filter,
  { revision, limit = Number.POSITIVE_INFINITY, left, after }: Past,
): Promise<ListResult> {
  const items: Held[] = [];
  let last = after ?? '';
  for await (const [local, held] of storedFrom(store, served, filter, { revision, after })) {
    if (!filter.matches(held.object)) continue;
    if (items.length === limit) {
      return cut(items, revision, last, left === undefined ? undefined : left - limit);
    }
    items.push(held);
    last = local;
  }
  return { items, resourceVersion: String(revision) };
}

/** The objects of a kind as the store had them, page by page. @throws TitanError Expired */
async function* storedFrom(
  store: Store,
  { prefix, cache }: Served,
  filter: Filter,
  from: { readonly revision: Revision; readonly after: string | undefined },
): AsyncGenerator<readonly [string, Held], void> {
  let { after } = from;
  for (let more = true; more; ) {
    const range = await store.range(prefix + filter.prefix, {
      limit: PAGE,
      at: from.revision,
      ...(after === undefined ? {} : { after: prefix + after }),
    });
    more = range.more;
    for (const { key, value, revision } of range.entries) {
      after = key.slice(prefix.length);
      yield [after, cache.shown(decode(value, revision))];
    }
  }
}

/** A page that more follow, with a token that names the last that was given. */
function cut(
  items: readonly Held[],
  revision: Revision,
  after: string,
  left: number | undefined,
): ListResult {
  const token = encodeToken({ revision, after, ...(left === undefined ? {} : { left }) });
  const page = { items, resourceVersion: String(revision), continue: token };
  return left === undefined ? page : { ...page, remainingItemCount: left };
}
