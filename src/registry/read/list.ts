import { hasReason } from '../../api/error.ts';
import type { Clock } from '../../runtime/port.ts';
import type { Revision, Store } from '../../store/port.ts';
import type { Feed } from '../cache/feed.ts';
import { decode, type Held } from '../cache/held.ts';
import type { Served } from '../catalog.ts';
import { listTooOld, notAllowed } from '../errors.ts';
import type { ListQuery, ListResult } from '../port.ts';
import { readingTurn } from '../turn.ts';
import { type Filter, filterOf } from './filter.ts';
import { type Gathered, gather } from './gather.ts';
import { checkListQuery, parseVersion } from './options.ts';
import { reach } from './reach.ts';
import { decodeToken, encodeToken, pageTooOld } from './token.ts';

const PAGE = 500;

interface Sources {
  readonly store: Store;
  readonly feed: Feed;
  readonly clock: Clock;
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
  if (query.continue) return nextPage(sources, served, filter, { ...query, limit });
  const version = parseVersion(query.resourceVersion);
  await reach(sources.feed, version, query);
  if (version === 0) return page(sources, served, filter, { revision: sources.feed.revision });
  const isExact = query.resourceVersionMatch === 'Exact';
  const isPinned =
    isExact ||
    (limit < Number.POSITIVE_INFINITY && version !== undefined && !query.resourceVersionMatch);
  if (!isPinned || version === undefined) {
    return page(sources, served, filter, { revision: sources.feed.revision, limit });
  }
  return pageAt(sources, served, filter, { revision: version, limit }).catch((thrown) => {
    throw hasReason(thrown, 'Expired') ? listTooOld() : thrown;
  });
}

async function nextPage(
  sources: Sources,
  served: Served,
  filter: Filter,
  query: ListQuery & { readonly limit: number },
): Promise<ListResult> {
  const { limit } = query;
  const token = decodeToken(query.continue ?? '');
  if (token.revision < 0) {
    await reach(sources.feed, undefined, query);
    const { revision } = sources.feed;
    return page(sources, served, filter, { revision, after: token.after, limit });
  }
  return pageAt(sources, served, filter, { ...token, limit }).catch((thrown) => {
    throw hasReason(thrown, 'Expired') ? pageTooOld(token) : thrown;
  });
}

/** A page as of a moment. */
interface Page {
  readonly revision: Revision;
  readonly after?: string;
  readonly limit?: number;
  /** How many there were behind `after`, where a page before said it. */
  readonly left?: number;
}

/** A page from the cache, which is at the revision of the page. */
async function page(
  sources: Sources,
  served: Served,
  filter: Filter,
  wanted: Page,
): Promise<ListResult> {
  const { cache } = served;
  const found = await gather({ cache, clock: sources.clock }, filter, {
    ...wanted,
    scan: cache.scan,
  });
  if (found === undefined) return storedPage(sources, served, filter, wanted);
  const left = filter.isWhole && found.more ? cache.count(filter.prefix, found.last) : undefined;
  return resultOf(found, wanted.revision, left);
}

function resultOf(
  { items, last, more }: Gathered,
  revision: Revision,
  left: number | undefined,
): ListResult {
  return more ? cut(items, revision, last, left) : { items, resourceVersion: String(revision) };
}

/** Changes that are taken back to see an older moment, before the store is rather asked for it. */
const TAKEN_BACK_MAX = 5_000;

/**
 * A page as of a moment: from the cache where nothing of the kind changed since, or little; else from the
 * store. What the store has forgotten the cache may still know.
 */
async function pageAt(sources: Sources, served: Served, filter: Filter, past: Page) {
  const { revision } = past;
  await sources.feed.reach(revision);
  if (served.cache.changedAt <= revision) return page(sources, served, filter, past);
  return (
    (await takenBack(sources, served, filter, { ...past, changesMax: TAKEN_BACK_MAX })) ??
    storedPage(sources, served, filter, past).catch(async (thrown) => {
      const page = hasReason(thrown, 'Expired') && (await takenBack(sources, served, filter, past));
      if (page) return page;
      throw thrown;
    })
  );
}

async function takenBack(
  { clock }: Sources,
  { cache }: Served,
  filter: Filter,
  past: Page & { readonly changesMax?: number },
): Promise<ListResult | undefined> {
  const { left, after, revision, limit = 0, changesMax = Number.POSITIVE_INFINITY } = past;
  const scan = cache.scanPast(revision, changesMax);
  if (scan === undefined) return undefined;
  const found = await gather({ cache, clock }, filter, {
    revision,
    scan,
    after,
    limit: past.limit,
  });
  const remaining = filter.isWhole && left !== undefined ? left - limit : undefined;
  return found && resultOf(found, revision, remaining);
}

async function storedPage(
  { store, clock }: Sources,
  served: Served,
  filter: Filter,
  { revision, limit = Number.POSITIVE_INFINITY, left, after }: Page,
): Promise<ListResult> {
  const items: Held[] = [];
  const turn = readingTurn(clock);
  let last = after ?? '';
  for await (const [local, held] of storedFrom(store, served, filter, { revision, after })) {
    if (turn.isOver()) await turn.next();
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
      yield [after, cache.shown(decode(value, revision, cache.form))];
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
