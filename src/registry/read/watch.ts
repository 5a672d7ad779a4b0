import type { Clock } from '../../runtime/port.ts';
import type { Revision } from '../../store/port.ts';
import { KEPT_ITEMS_MAX } from '../cache/encodings.ts';
import type { Feed } from '../cache/feed.ts';
import type { KindCache } from '../cache/kind-cache.ts';
import type { Change } from '../cache/window.ts';
import type { Served } from '../catalog.ts';
import { notAllowed, watchTooOld } from '../errors.ts';
import type { WatchItem, WatchQuery } from '../port.ts';
import { readingTurn } from '../turn.ts';
import { type Bell, createBell } from './bell.ts';
import { type Filter, filterOf } from './filter.ts';
import { gather } from './gather.ts';
import { checkWatchQuery, parseVersion } from './options.ts';

const BATCH = 250;

interface Sources {
  readonly feed: Feed;
  readonly clock: Clock;
}

/** Follows one kind from where the query says, until `signal` aborts. */
export async function* watchObjects(
  { feed, clock }: Sources,
  served: Served,
  query: WatchQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly WatchItem[], void> {
  const { kind, verbs } = served.definition;
  if (!verbs.includes('watch')) throw notAllowed(kind, 'watch');
  checkWatchQuery(query);
  const filter = filterOf(served.definition, query);
  const version = parseVersion(query.resourceVersion);
  const withBookmarks = query.allowWatchBookmarks === true;
  const isInitial = query.sendInitialEvents ?? !version;
  if (version !== undefined) await feed.reach(version);
  else if (isInitial) await feed.asFreshAsCanBe();
  const { cache } = served;
  const cursor = isInitial ? cache.window.end : resume(cache, version ?? feed.revision);
  if (isInitial) {
    const at = feed.revision;
    yield* whatIsThere({ cache, clock }, filter, at);
    const marks = query.sendInitialEvents === true || version === undefined;
    if (withBookmarks && marks) yield [bookmark(at, true)];
  }
  const { endsInMs } = query;
  const bell = createBell({ clock, cache, local: filter.local, withBookmarks, endsInMs }, signal);
  try {
    yield* live({ feed, cache }, filter, { cursor, bell, after: version ?? 0 }, signal);
  } finally {
    bell.stop();
  }
}

/** @throws Expired where so much changes meanwhile that what was there is forgotten */
async function* whatIsThere(
  { cache, clock }: { readonly cache: KindCache; readonly clock: Clock },
  filter: Filter,
  revision: Revision,
): AsyncGenerator<readonly WatchItem[], void> {
  const found = await gather({ cache, clock }, filter, { revision, scan: cache.scan });
  if (found === undefined) throw watchTooOld(revision, cache.window.floor);
  const { items } = found;
  const ofMany = items.length > KEPT_ITEMS_MAX;
  const turn = readingTurn(clock);
  for (let at = 0; at < items.length; at += BATCH) {
    if (turn.isOver()) await turn.next();
    yield items.slice(at, at + BATCH).map((stored) => ({ type: 'ADDED', stored, ofMany }));
  }
}

function resume(cache: KindCache, version: Revision): number {
  const cursor = cache.window.after(version);
  if (cursor === undefined) throw watchTooOld(version, cache.window.floor);
  return cursor;
}

interface Position {
  readonly cursor: number;
  readonly bell: Bell;
  /** Changes up to here are known already; the watch may be ahead of the cache. */
  readonly after: Revision;
}

async function* live(
  { feed, cache }: { readonly feed: Feed; readonly cache: KindCache },
  filter: Filter,
  { cursor: start, bell, after }: Position,
  signal: AbortSignal,
): AsyncGenerator<readonly WatchItem[], void> {
  let cursor = start;
  let seen = after;
  while (!signal.aborted) {
    cursor = bell.skip(cursor);
    const changes = cache.window.read(cursor, BATCH);
    if (changes === undefined) throw watchTooOld(seen, cache.window.floor);
    cursor += changes.length;
    seen = changes.at(-1)?.revision ?? seen;
    const fresh = changes.filter(({ revision }) => revision > after);
    const items = fresh.flatMap((change) => itemOf(cache, change, filter));
    if (items.length > 0) yield items;
    if (changes.length > 0) continue;
    if (bell.takeBookmark()) yield [bookmark(Math.max(feed.revision, after), false)];
    await bell.heard(cursor);
  }
}

/** What a change means to one who sees only what the filter lets through. */
function itemOf(cache: KindCache, change: Change, filter: Filter): WatchItem[] {
  const { type, local, held, old } = change;
  if (!local.startsWith(filter.prefix)) return [];
  const matched = old !== undefined && filter.matches(old.object);
  if (type === 'DELETED') return matched ? [{ type, stored: held }] : [];
  const matches = filter.matches(held.object);
  if (matches) return [{ type: matched ? 'MODIFIED' : 'ADDED', stored: held }];
  return matched ? [{ type: 'DELETED', stored: cache.departure(change) }] : [];
}

function bookmark(revision: Revision, initialEventsEnd: boolean): WatchItem {
  return { type: 'BOOKMARK', resourceVersion: String(revision), initialEventsEnd };
}
