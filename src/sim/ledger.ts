import {
  FAULT_DOMAIN,
  type FaultDomain,
  JOB,
  type Job,
  TASK,
  type Task,
  VOLUME,
  type Volume,
} from '../api/kinds.gen.ts';
import type { ApiObject } from '../api/object.ts';
import { decode } from '../registry/cache/held.ts';
import { kindPrefix } from '../registry/keys.ts';
import { LEADER_KEY } from '../runtime/leader.ts';
import { keyOfEvent, type Revision, type Store, type StoreEvent } from '../store/port.ts';

/** One thing that the promises are about, as the store has it. */
export type Told =
  | Written<'job', Job>
  | Written<'task', Task>
  | Written<'volume', Volume>
  | Written<'domain', FaultDomain>
  /** Nobody can read it any more. */
  | { readonly of: 'unreadable'; readonly key: string }
  /** Somebody leads from now on, or nobody. */
  | { readonly of: 'leader'; readonly holder: string | undefined };

/** What the store was told, in its own order. */
export type Change = Told | { readonly of: 'setBack'; readonly has: readonly Told[] };

export interface Written<Of extends string, T extends ApiObject> {
  readonly of: Of;
  readonly key: string;
  readonly revision: Revision;
  /** Absent: it is gone. */
  readonly now: T | undefined;
}

/** The store's own book, read from behind: no cache and no fault lies between. */
export interface Ledger {
  /** What has come since the last call, in order. */
  take(): readonly Change[];
}

const EVERYTHING = '/titan/';
/** More than a simulated store ever has. */
const ENTRIES_MAX = 100_000;
const KINDS = [
  { of: 'task', prefix: kindPrefix(TASK) },
  { of: 'job', prefix: kindPrefix(JOB) },
  { of: 'volume', prefix: kindPrefix(VOLUME) },
  { of: 'domain', prefix: kindPrefix(FAULT_DOMAIN) },
] as const;

/** Follows the store until `signal` aborts; a watch of it ends only where it is set back. */
export function openLedger(store: Store, signal: AbortSignal): Ledger {
  let waiting: Change[] = [];

  async function watch(after: Revision): Promise<void> {
    for await (const { events } of store.watch(EVERYTHING, { after }, signal)) {
      waiting.push(...events.flatMap(recordOf));
    }
  }

  async function startOver(): Promise<Revision> {
    const { entries, revision } = await store.range(EVERYTHING, { limit: ENTRIES_MAX });
    const has = entries.flatMap((entry) => recordOf({ type: 'put', entry }));
    waiting.push({ of: 'setBack', has });
    return revision;
  }

  async function follow(): Promise<void> {
    let after: Revision = 0;
    while (!signal.aborted) {
      await watch(after).catch(() => undefined);
      if (!signal.aborted) after = await startOver();
    }
  }

  void follow();
  return {
    take() {
      const changes = waiting;
      waiting = [];
      return changes;
    },
  };
}

function recordOf(event: StoreEvent): readonly Told[] {
  const key = keyOfEvent(event);
  if (key === LEADER_KEY) return [{ of: 'leader', holder: holderOf(event) }];
  const found = KINDS.find(({ prefix }) => key.startsWith(prefix));
  if (found === undefined) return [];
  const { of } = found;
  if (event.type === 'delete') return [{ of, key, revision: event.revision, now: undefined }];
  const { value, revision } = event.entry;
  try {
    return [{ of, key, revision, now: decode(value, revision).object } as Told];
  } catch {
    return [{ of: 'unreadable', key }];
  }
}

function holderOf(event: StoreEvent): string | undefined {
  if (event.type === 'delete') return undefined;
  const { identity }: { identity?: string } = JSON.parse(
    new TextDecoder().decode(event.entry.value),
  );
  return identity;
}
