import { asTitanError } from '../../api/error.ts';
import type { Clock, Log } from '../../runtime/port.ts';
import type { Entry, Revision, Store } from '../../store/port.ts';
import { nativeRevision } from '../../store/port.ts';
import { REGISTRY_PREFIX, splitKey } from '../keys.ts';
import type { KindCaches } from './kind-caches.ts';
import type { Loader } from './loader.ts';
import { storedPages } from './pages.ts';
import { countIn, keysIn, STRETCH, type Stretch, stretchFrom } from './stretch.ts';

export interface AuditParts {
  readonly clock: Clock;
  readonly store: Store;
  readonly log: Log;
  readonly caches: KindCaches;
  readonly loader: Loader;
  /** The revision that the caches have reached. */
  readonly revision: () => Revision;
  /** Resolves when all that was written before the call is in the caches. */
  fresh(): Promise<void>;
}

/** What a stretch came to: keys that the caches may have in another version than the store, which was read at a moment. */
interface Compared {
  readonly suspects: readonly string[];
  readonly at: Revision;
}

/** Every so many audits each stretch is compared key by key, whatever was written. */
const WHOLE_EVERY = 20;

/**
 * Compares the caches with the store, and mends what differs: a store may lose an event of a watch without a
 * word (etcd has done so in several ways). What was written since `since` is compared key by key, and what was
 * deleted shows in how many keys there are; some stretches, others in each audit, are compared as a whole.
 *
 * @param number how many audits there were before
 * @returns how many keys were mended, and the moment of the store that they were compared with
 */
async function auditCaches(
  parts: AuditParts,
  { since, number }: { readonly since: Revision; readonly number: number },
): Promise<{ readonly mended: number; readonly at: Revision }> {
  const suspects: string[] = [];
  let at = Number.POSITIVE_INFINITY;
  let place = number;
  for (let after: string | undefined = ''; after !== undefined; place += 1) {
    const stretch: Stretch = stretchFrom(parts.caches, after);
    const isWhole = place % WHOLE_EVERY === 0;
    const compared = await (isWhole
      ? compareWhole(parts, stretch)
      : compareChanged(parts, stretch, since));
    suspects.push(...compared.suspects);
    at = Math.min(at, compared.at);
    after = stretch.until;
  }
  if (suspects.length === 0) return { mended: 0, at };
  await parts.fresh();
  let mended = 0;
  for (const key of suspects) if (await mend(parts, key)) mended += 1;
  return { mended, at };
}

/** By what was written since, and how many keys there are; where those differ, by all of them. */
async function compareChanged(
  parts: AuditParts,
  stretch: Stretch,
  since: Revision,
): Promise<Compared> {
  const query = { ...stretch, since, limit: STRETCH, keysOnly: true };
  const { entries, more, count, revision } = await parts.store.range(REGISTRY_PREFIX, query);
  await reach(parts, revision);
  const isSame =
    !more && count === countKnown(parts, stretch) && entries.every((each) => isKnown(parts, each));
  return isSame ? { suspects: [], at: revision } : compareWhole(parts, stretch);
}

/** Key by key. */
async function compareWhole(parts: AuditParts, stretch: Stretch): Promise<Compared> {
  const found: Entry[] = [];
  let at: Revision = 0;
  const query = { ...stretch, limit: STRETCH, keysOnly: true };
  for await (const { entries, revision } of storedPages(parts.store, query)) {
    at = revision;
    found.push(...entries);
  }
  await reach(parts, at);
  const stored = new Set(found.map(({ key }) => key));
  const unknown = found.filter((each) => !isKnown(parts, each)).map(({ key }) => key);
  const known = [...keysIn(parts.caches, stretch), ...unreadableIn(parts, stretch)];
  return { suspects: [...unknown, ...known.filter((key) => !stored.has(key))], at };
}

async function reach(parts: AuditParts, revision: Revision): Promise<void> {
  if (parts.revision() < revision) await parts.fresh();
}

/** The newest version of a key that is known, if only as one that cannot be read. */
function knownOf({ caches, loader }: AuditParts, key: string): Revision {
  const { prefix, local } = splitKey(key);
  const held = caches.of(prefix).get(local)?.revision ?? 0;
  return Math.max(held, loader.unreadable.get(key)?.revision ?? 0);
}

function isKnown(parts: AuditParts, { key, revision }: Entry): boolean {
  return nativeRevision(knownOf(parts, key)) >= nativeRevision(revision);
}

/** Keys of which the caches hold nothing, since what was stored could never be read. */
function unreadableIn(
  { caches, loader }: AuditParts,
  { after, until }: Stretch,
): readonly string[] {
  return [...loader.unreadable.keys()].filter((key) => {
    if (key <= after || (until !== undefined && key > until)) return false;
    const { prefix, local } = splitKey(key);
    return caches.of(prefix).get(local) === undefined;
  });
}

function countKnown(parts: AuditParts, stretch: Stretch): number {
  return countIn(parts.caches, stretch) + unreadableIn(parts, stretch).length;
}

/** Most suspects changed while they were looked at: what the feed brings by itself needs no mending. */
async function mend(parts: AuditParts, key: string): Promise<boolean> {
  const { store, caches, loader, log } = parts;
  const before = parts.revision();
  const entry: Entry | undefined = await store.get(key);
  await parts.fresh();
  const known = knownOf(parts, key);
  const isStale = entry === undefined ? known > 0 && known <= before : known < entry.revision;
  if (!isStale) return false;
  log.error('the store did not tell of a change, which a comparison found', { key });
  if (entry !== undefined) loader.take({ type: 'put', entry });
  else loader.take({ type: 'delete', key, revision: before });
  // Who watches from a later moment on takes it for known: all list anew.
  caches.of(splitKey(key).prefix).window.startOver(parts.revision());
  return true;
}

export interface AuditsOptions extends AuditParts {
  /** The moment up to which the caches are known to hold what the store does; who lists all of it may set it, too. */
  readonly compared: { at: Revision };
  /** The newest revision of the store. */
  ask(): Revision | Promise<Revision>;
  /** Whether the caches are known to be behind. */
  isTroubled(): boolean;
  /** Told after each audit. */
  done(mended: number): void;
}

/** How often the caches are compared with the store, where anything was written since. */
const AUDIT_MS = 45_000;

/**
 * Audits now and then, until `signal` aborts. A list may have been answered by a member of the store that was
 * behind: only what it was about counts as compared.
 */
export async function runAudits(options: AuditsOptions, signal: AbortSignal): Promise<void> {
  const { clock, log, ask, compared, isTroubled, done } = options;
  let number = 0;
  for (;;) {
    await clock.sleep(AUDIT_MS, signal);
    if (signal.aborted) return;
    try {
      const since = compared.at;
      if (nativeRevision(await ask()) === nativeRevision(since) || isTroubled()) continue;
      const { mended, at } = await auditCaches(options, { since, number });
      number += 1;
      done(mended);
      if (compared.at === since) compared.at = at;
    } catch (thrown) {
      log.warn('the caches were not compared', { error: asTitanError(thrown).message });
    }
  }
}
