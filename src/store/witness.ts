import { hasReason } from '../api/error.ts';
import type { Entry, Revision, Store, StoreEvent, Witness } from './port.ts';

/** Keeps what a history is known again by, of the writes that it is shown. */
export interface WitnessKeeper {
  readonly kept: Witness;
  saw(event: StoreEvent): void;
  /** Nothing of what was seen counts any more. */
  forget(): void;
}

/** Of two keys at most, whatever it sees. */
export function keepWitness({ put, gone }: Witness = {}): WitnessKeeper {
  return {
    get kept() {
      return { ...(put && { put }), ...(gone && { gone }) };
    },
    saw(event) {
      if (event.type === 'delete') {
        gone = { key: event.key, revision: event.revision };
        if (put?.key === event.key) put = undefined;
        return;
      }
      const { entry } = event;
      if (gone?.key === entry.key) gone = undefined;
      if (put === undefined || put.revision <= entry.revision) put = entry;
    },
    forget() {
      put = undefined;
      gone = undefined;
    },
  };
}

type Gone = NonNullable<Witness['gone']>;
type Reader = Pick<Store, 'get' | 'range'>;

/**
 * Whether this may be the history in which these writes were seen: not where it surely has others in their
 * place. What was compacted away cannot be told apart, and counts as the same.
 */
export async function mayHaveSeen(store: Reader, { put, gone }: Witness): Promise<boolean> {
  return (
    (put === undefined || (await mayHavePut(store, put))) &&
    (gone === undefined || (await mayHaveDeleted(store, gone)))
  );
}

async function mayHavePut(store: Reader, put: Entry): Promise<boolean> {
  const past = await readAt(store, put);
  if (past !== 'compacted') return isSame(past, put);
  const now = await store.get(put.key);
  return now === undefined || now.revision > put.revision || isSame(now, put);
}

async function mayHaveDeleted(store: Reader, gone: Gone): Promise<boolean> {
  const past = await readAt(store, gone);
  if (past !== 'compacted') return past === undefined;
  const now = await store.get(gone.key);
  return now === undefined || now.revision > gone.revision;
}

/** What a key held at the end of the store revision that a moment belongs to. */
async function readAt(
  store: Reader,
  { key, revision }: { readonly key: string; readonly revision: Revision },
): Promise<Entry | undefined | 'compacted'> {
  try {
    const { entries } = await store.range(key, { at: revision, limit: 1 });
    return entries.find((entry) => entry.key === key);
  } catch (thrown) {
    if (hasReason(thrown, 'Expired')) return 'compacted';
    throw thrown;
  }
}

function isSame(found: Entry | undefined, put: Entry): boolean {
  return found?.revision === put.revision && Buffer.compare(found.value, put.value) === 0;
}
