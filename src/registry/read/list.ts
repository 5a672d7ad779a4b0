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
  served: Served,
  filter: Filter,
  revision: Revision,
  { after, limit = Number.POSITIVE_INFINITY }: PageOptions,
): ListResult {
  const items: Held[] = [];
  let more = 0;
  let last = '';
  for (const [local, held] of served.cache.scan(filter.prefix, after)) {
    if (!filter.matches(held.object)) continue;
    if (items.length < limit) {
      items.push(held);
      last = local;
      continue;
    }
    more += 1;
    if (!filter.isWhole) break;
  }
  if (more === 0) return { items, resourceVersion: String(revision) };
  const left = filter.isWhole ? { remainingItemCount: more } : {};
  const token = { revision, after: last, ...(filter.isWhole ? { left: more } : {}) };
  return { items, resourceVersion: String(revision), continue: encodeToken(token), ...left };
}

/** A page as of a moment: from the cache where nothing of the kind changed since, else from the store. */
async function pageAt(
  { store, feed }: Sources,
  served: Served,
  filter: Filter,
  options: PageOptions & { readonly revision: Revision; readonly left?: number },
): Promise<ListResult> {
  const { revision, limit = Number.POSITIVE_INFINITY, left } = options;
  await feed.reach(revision);
  if (served.cache.changedAt <= revision) return page(served, filter, revision, options);
  const items: Held[] = [];
  let last = options.after;
  for (let more = true; more; ) {
    const range = await store.range(served.prefix + filter.prefix, {
      limit: PAGE,
      at: revision,
      ...(last === undefined ? {} : { after: served.prefix + last }),
    });
    more = range.more;
    for (const { key, value, revision: at } of range.entries) {
      const held = decode(value, at);
      if (filter.matches(held.object)) {
        if (items.length === limit) return cut(items, revision, last ?? '', left);
        items.push(held);
      }
      last = key.slice(served.prefix.length);
    }
  }
  return { items, resourceVersion: String(revision) };
}

function cut(
  items: readonly Held[],
  revision: Revision,
  after: string,
  before: number | undefined,
): ListResult {
  const left = before === undefined ? {} : { left: before - items.length };
  const remaining = before === undefined ? {} : { remainingItemCount: before - items.length };
  const token = encodeToken({ revision, after, ...left });
  return { items, resourceVersion: String(revision), continue: token, ...remaining };
}
