import { asTitanError } from '../../api/error.ts';
import type { Clock, Log } from '../../runtime/port.ts';
import type { Entry, Revision, Store } from '../../store/port.ts';
import { nativeRevision } from '../../store/port.ts';
import { splitKey } from '../keys.ts';
import { createTurn } from '../turn.ts';
import type { KindCaches } from './kind-caches.ts';
import type { Loader } from './loader.ts';
import { storedPages } from './pages.ts';
import { createSurplus, type Place } from './surplus.ts';

const PAGE = 5_000;

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

/**
 * Compares the caches with the store, key by key and revision by revision, and mends what differs: a store
 * may lose an event of a watch without a word (etcd has done so in several ways).
 *
 * @returns how many keys were mended, and the moment of the store that they were compared with
 */
async function auditCaches(
  parts: AuditParts,
): Promise<{ readonly mended: number; readonly at: Revision }> {
  const { suspects, at } = await findSuspects(parts);
  if (suspects.length === 0) return { mended: 0, at };
  await parts.fresh();
  let mended = 0;
  for (const key of suspects) if (await mend(parts, key)) mended += 1;
  return { mended, at };
}

/** Keys that the store has in another version than the caches, or only one of them has. */
async function findSuspects({ store, caches, loader, clock }: AuditParts) {
  const suspects: string[] = [];
  const surplus = createSurplus(caches);
  const turn = createTurn(clock);

  function isKnown({ key, revision }: Entry, { prefix, local }: Place): boolean {
    const known = caches.of(prefix).get(local)?.revision ?? loader.unreadable.get(key)?.revision;
    return known !== undefined && nativeRevision(known) === nativeRevision(revision);
  }

  let at: Revision = 0;
  for await (const { entries, revision } of storedPages(store, { limit: PAGE, keysOnly: true })) {
    at = revision;
    for (const entry of entries) {
      const place = splitKey(entry.key);
      suspects.push(...surplus.before(place));
      if (!isKnown(entry, place)) suspects.push(entry.key);
      if (turn.isOver()) {
        await turn.next();
        surplus.resume();
      }
    }
    surplus.resume();
  }
  suspects.push(...surplus.rest());
  return { suspects, at };
}

/** Most suspects changed while they were looked at: what the feed brings by itself needs no mending. */
async function mend(parts: AuditParts, key: string): Promise<boolean> {
  const { store, caches, loader, log } = parts;
  const { prefix, local } = splitKey(key);
  const before = parts.revision();
  const entry: Entry | undefined = await store.get(key);
  await parts.fresh();
  const held = caches.of(prefix).get(local);
  const known = held?.revision ?? loader.unreadable.get(key)?.revision ?? 0;
  const isStale =
    entry === undefined ? held !== undefined && known <= before : known < entry.revision;
  if (!isStale) return false;
  log.error('the store did not tell of a change, which a comparison found', { key });
  if (entry !== undefined) loader.take({ type: 'put', entry });
  else loader.take({ type: 'delete', key, revision: before });
  // Who watches from a later moment on takes it for known: all list anew.
  caches.of(prefix).window.startOver(parts.revision());
  return true;
}

export interface AuditsOptions extends AuditParts {
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
  const { clock, log, ask, isTroubled, done } = options;
  let audited: Revision = 0;
  for (;;) {
    await clock.sleep(AUDIT_MS, signal);
    if (signal.aborted) return;
    try {
      const newest = nativeRevision(await ask());
      if (newest === audited || isTroubled()) continue;
      const { mended, at } = await auditCaches(options);
      done(mended);
      audited = nativeRevision(at);
    } catch (thrown) {
      log.warn('the caches were not compared', { error: asTitanError(thrown).message });
    }
  }
}
