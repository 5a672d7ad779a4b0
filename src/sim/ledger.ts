import {
  FAULT_DOMAIN,
  type FaultDomain,
  JOB,
  type Job,
  TASK,
  type Task,
} from '../api/kinds.gen.ts';
import type { ApiObject } from '../api/object.ts';
import { decode } from '../registry/cache/held.ts';
import { kindPrefix } from '../registry/keys.ts';
import { LEADER_KEY } from '../runtime/leader.ts';
import type { Revision, Store, StoreEvent } from '../store/port.ts';

/** What the store was told, in its own order: one change of what the promises are about. */
export type Change =
  | Written<'job', Job>
  | Written<'task', Task>
  | Written<'domain', FaultDomain>
  /** Somebody leads from now on, or nobody. */
  | { readonly of: 'leader'; readonly holder: string | undefined };

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

const KINDS = [
  { of: 'task', prefix: kindPrefix(TASK) },
  { of: 'job', prefix: kindPrefix(JOB) },
  { of: 'domain', prefix: kindPrefix(FAULT_DOMAIN) },
] as const;

/** Follows the store until `signal` aborts. */
export function openLedger(store: Store, signal: AbortSignal): Ledger {
  let waiting: StoreEvent[] = [];

  async function follow(): Promise<void> {
    for await (const { events } of store.watch('/titan/', { after: 0 }, signal)) {
      waiting.push(...events);
    }
  }

  void follow();
  return {
    take() {
      const events = waiting;
      waiting = [];
      return events.flatMap(changeOf);
    },
  };
}

function changeOf(event: StoreEvent): readonly Change[] {
  const key = event.type === 'put' ? event.entry.key : event.key;
  if (key === LEADER_KEY) return [{ of: 'leader', holder: holderOf(event) }];
  const found = KINDS.find(({ prefix }) => key.startsWith(prefix));
  if (found === undefined) return [];
  const { of } = found;
  if (event.type === 'delete') return [{ of, key, revision: event.revision, now: undefined }];
  const { value, revision } = event.entry;
  return [{ of, key, revision, now: decode(value, revision).object } as Change];
}

function holderOf(event: StoreEvent): string | undefined {
  if (event.type === 'delete') return undefined;
  const { identity }: { identity?: string } = JSON.parse(
    new TextDecoder().decode(event.entry.value),
  );
  return identity;
}
