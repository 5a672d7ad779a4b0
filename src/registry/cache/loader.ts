import { asTitanError, TitanError } from '../../api/error.ts';
import type { ApiObject } from '../../api/object.ts';
import type { Clock, Log } from '../../runtime/port.ts';
import type { Entry, Revision, Store, StoreEvent, Witness } from '../../store/port.ts';
import { keepWitness, mayHaveSeen } from '../../store/witness.ts';
import { parseLocalKey, splitKey } from '../keys.ts';
import { createTurn } from '../turn.ts';
import { decode, type Held } from './held.ts';
import type { KindCache } from './kind-cache.ts';
import type { KindCaches } from './kind-caches.ts';
import { missingAmong } from './missing.ts';
import { storedPages } from './pages.ts';

const PAGE = 1_000;

/** A stored record that is no object: it is left as it is, and whoever needs it is told. */
export interface Unreadable {
  readonly revision: Revision;
  readonly error: string;
}

export interface Listing {
  /** The moment that was read. */
  readonly at: Revision;
  readonly isSetBack: boolean;
}

/** Brings what the store holds into the caches. */
export interface Loader {
  /** By key in the store. */
  readonly unreadable: ReadonlyMap<string, Unreadable>;
  /** What was read last of the store, by which its history is known again. */
  readonly seen: Witness;
  /**
   * Reads everything as of one moment: into empty caches, where nothing is `known` yet, as it is, else what
   * differs, as changes. Where the moment is before `known`, or has other writes than were seen, the store was set back: then all
   * that was known is forgotten.
   */
  list(known: Revision): Promise<Listing>;
  take(event: StoreEvent): void;
}

export function createLoader(
  { store, clock, log }: { readonly store: Store; readonly clock: Clock; readonly log: Log },
  caches: KindCaches,
): Loader {
  const unreadable = new Map<string, Unreadable>();
  const witness = keepWitness();

  function read(entry: Entry, cache: KindCache, local: string): Held | undefined {
    const { key, value, revision } = entry;
    const own = cache.own(local, revision);
    if (own !== undefined) return own;
    try {
      const held = decode(value, revision, cache.form);
      checkShape(held.object, parseLocalKey(local).name);
      if (unreadable.size > 0) unreadable.delete(key);
      return held;
    } catch (thrown) {
      const error = asTitanError(thrown).message;
      if (unreadable.get(key)?.revision !== revision) {
        log.error('a stored object cannot be read, and is left alone', { key, error });
      }
      unreadable.set(key, { revision, error });
      return undefined;
    }
  }

  function put(entry: Entry, isFirst: boolean): void {
    const { prefix, local } = splitKey(entry.key);
    const cache = caches.of(prefix);
    const held = read(entry, cache, local);
    if (held === undefined) return;
    if (isFirst) cache.load(local, held);
    else cache.put(local, held, clock.now());
  }

  async function dropMissing(seen: ReadonlySet<string>, at: Revision): Promise<void> {
    const turn = createTurn(clock);
    for (const [prefix, cache] of caches.all()) {
      for (const local of await missingAmong(seen, { prefix, cache, turn })) {
        cache.drop(local, at, clock.now());
      }
      cache.window.raiseFloor(at);
      cache.caughtUp(at);
    }
  }

  /** A member of the store that is behind may have answered: then the next list knows better. */
  async function isSetBack(at: Revision, known: Revision): Promise<boolean> {
    if (at >= known) return !(await mayHaveSeen(store, witness.kept));
    if ((await store.revision()) < known) return true;
    throw new TitanError('ServiceUnavailable', 'the store told of a moment that is over');
  }

  function startOver(at: Revision): void {
    log.error('the store was set back, all that was known of it is forgotten', { revision: at });
    unreadable.clear();
    for (const [, cache] of caches.all()) cache.startOver(at);
  }

  async function begin(at: Revision, known: Revision): Promise<Listing> {
    const setBack = known > 0 && (await isSetBack(at, known));
    if (setBack) startOver(at);
    witness.forget();
    return { at, isSetBack: setBack };
  }

  return {
    unreadable,
    get seen() {
      return witness.kept;
    },
    async list(known) {
      const seen = new Set<string>();
      let listing = { at: 0, isSetBack: false };
      for await (const { entries, revision } of storedPages(store, { limit: PAGE })) {
        if (listing.at === 0) listing = await begin(revision, known);
        for (const entry of entries) {
          seen.add(entry.key);
          witness.saw({ type: 'put', entry });
          put(entry, known === 0);
        }
      }
      await dropMissing(seen, listing.at);
      for (const key of unreadable.keys()) if (!seen.has(key)) unreadable.delete(key);
      return listing;
    },
    take(event) {
      witness.saw(event);
      if (event.type === 'put') {
        put(event.entry, false);
        return;
      }
      unreadable.delete(event.key);
      const { prefix, local } = splitKey(event.key);
      caches.of(prefix).drop(local, event.revision, clock.now());
    },
  };
}

/** @throws TitanError where a value is JSON, but not of the object that its key names */
function checkShape({ metadata }: ApiObject, name: string): void {
  if (metadata.name === name && typeof metadata.uid === 'string') return;
  throw new TitanError(
    'InternalError',
    'its metadata are not those of the object that its key names',
  );
}
