import type { Etcd3, IEvent, IWatchRequest, IWatchResponse } from 'etcd3';
import { hasReason, TitanError } from '../api/error.ts';
import type { Clock, Random } from '../runtime/port.ts';
import { asEtcdError } from './etcd-errors.ts';
import type { EtcdMembers } from './etcd-members.ts';
import type { Progress } from './etcd-progress.ts';
import { readKey, readRange } from './etcd-range.ts';
import { decodeValue, type Keys, startOf } from './etcd-values.ts';
import {
  keyOfEvent,
  type Revision,
  type Store,
  type StoreEvent,
  type WatchBatch,
  type WatchOptions,
  type Witness,
} from './port.ts';
import {
  endOf,
  expired,
  firstUnseen,
  nativeOf,
  revisionAt,
  rewritten,
  rolledBack,
  type Seen,
} from './revision.ts';
import { keepWitness, mayHaveSeen, type WitnessKeeper } from './witness.ts';

const BACKOFF_MS = 50;
const BACKOFF_LIMIT_MS = 2000;

export interface EtcdWatchContext {
  readonly members: EtcdMembers;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly progress: Progress;
}

/** The key that a nudge writes; no watch tells of it. */
export const NUDGE_KEY = '\u0001nudge';

/**
 * Watches the whole store, whatever the prefix, and goes on after a lost connection where it was.
 * The whole store because the place of a delete follows from the event before it; and because
 * events arrive in the order of revisions, so each one, wanted or not, says that nothing older is
 * still to come. That is the only progress that is claimed: etcd 3.4's own progress notifications
 * may run ahead of events not yet delivered.
 */
export async function* watchEtcd(
  context: EtcdWatchContext,
  { prefix, after, seen: known = {} }: WatchOptions & { readonly prefix: string },
  signal: AbortSignal,
): AsyncGenerator<WatchBatch, void> {
  const witness = keepWitness(known);
  const seen = { revision: after, witness };
  const leave = context.progress.join(seen);
  try {
    yield* resumed(context, { prefix, seen }, signal);
  } finally {
    leave();
  }
}

async function* resumed(
  context: EtcdWatchContext,
  { prefix, seen }: { readonly prefix: string; readonly seen: SeenHere },
  signal: AbortSignal,
): AsyncGenerator<WatchBatch, void> {
  const { members, keys, clock, random } = context;
  const isWanted = (event: StoreEvent) => keyOfEvent(event).startsWith(prefix);
  let failures = 0;
  while (!signal.aborted) {
    const client = members.current;
    const until = AbortSignal.any([signal, members.using]);
    try {
      const { revision: after, witness } = seen;
      for await (const { events, revision } of session(
        { keys, client, after, seen: witness.kept },
        until,
      )) {
        failures = 0;
        seen.revision = revision;
        const told = events.filter((event) => keyOfEvent(event) !== NUDGE_KEY);
        for (const event of told) witness.saw(event);
        yield { events: told.filter(isWanted), revision };
      }
    } catch (thrown) {
      const error = asEtcdError(thrown);
      if (!hasReason(error, 'ServiceUnavailable')) throw error;
    }
    if (signal.aborted) return;
    members.leave(client);
    const backoffMs = Math.min(BACKOFF_MS * 2 ** failures, BACKOFF_LIMIT_MS);
    failures += 1;
    await clock.sleep(backoffMs * (1 + random.next()), signal);
  }
}

/** How far the watch has come, and by what it knows the history again. */
interface SeenHere extends Seen {
  readonly witness: WitnessKeeper;
}

interface Session {
  readonly keys: Keys;
  readonly client: Etcd3;
  readonly after: Revision;
  readonly seen: Witness;
}

/** One watch on one connection, until it breaks or `signal` aborts. */
async function* session(
  { keys, client, after, seen }: Session,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch, void> {
  const stream = await client.watchClient.watch();
  const stop = () => {
    stream.end();
    stream.cancel();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) return;
    stream.write(createRequest(keys, firstUnseen(after)));
    const reader = createReader(keys, after);
    // What etcd3 calls a stream is one of Node's, in object mode: reading it holds back the sender.
    for await (const response of stream as unknown as AsyncIterable<IWatchResponse>) {
      if (response.created) await checkStart({ keys, client, after, seen });
      if (response.canceled) throw canceled(response, after);
      const batch = reader.read(response);
      if (batch !== undefined) yield batch;
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

function createRequest(keys: Keys, start_revision: number): IWatchRequest {
  const key = startOf(keys.toEtcd(''));
  const range_end = keys.endOf('');
  return { create_request: { key, range_end, start_revision, prev_kv: true, fragment: true } };
}

/**
 * Refuses to start at a compacted revision itself, which etcd 3.4 allows though it then may leave
 * deletes out; and after a moment that this etcd has never come to, or has come to with other writes, since
 * it was restored.
 */
async function checkStart({ client, keys, after, seen }: Session): Promise<void> {
  const before = firstUnseen(after) - 1;
  if (before < 1) return;
  const key = startOf(keys.toEtcd(''));
  const { header } = await client.kv.range({ key, revision: before, limit: 1, keys_only: true });
  if (Number(header.revision) < nativeOf(after)) throw rolledBack(`watching after ${after}`);
  if (!(await mayHaveSeen(readsOf(client, keys), seen))) throw rewritten(`watching after ${after}`);
}

/** Reads by the connection of the session. */
function readsOf(client: Etcd3, keys: Keys): Pick<Store, 'get' | 'range'> {
  const call = <T>(request: (own: Etcd3) => Promise<T>) =>
    request(client).catch((thrown: unknown) => {
      throw asEtcdError(thrown);
    });
  return {
    get: (key) => readKey(call, keys, key),
    range: (prefix, options) => readRange(call, keys, { ...options, prefix }),
  };
}

function canceled(response: IWatchResponse, after: Revision): TitanError {
  if (response.compact_revision !== '0') return expired(`watching after revision ${after}`);
  return new TitanError('ServiceUnavailable', `etcd ended the watch: ${response.cancel_reason}`);
}

interface Reader {
  /** The events that are complete and new, if any. */
  read(response: IWatchResponse): WatchBatch | undefined;
}

/** Puts fragments together again, so that a revision's events stay together, and gives places. */
function createReader(keys: Keys, after: Revision): Reader {
  let waiting: readonly IEvent[] = [];
  return {
    read({ events, fragment }) {
      const all = waiting.length === 0 ? events : [...waiting, ...events];
      const newest = all.at(-1)?.kv.mod_revision;
      if (newest === undefined) return undefined;
      const whole = fragment ? all.findIndex(({ kv }) => kv.mod_revision === newest) : all.length;
      waiting = all.slice(whole);
      const last = all[whole - 1];
      if (last === undefined) return undefined;
      const revision = endOf(Number(last.kv.mod_revision));
      const placed = placeEvents(keys, all.slice(0, whole));
      return {
        events: placed.filter((event) => revisionOf(event) > after),
        revision: Math.max(after, revision),
      };
    },
  };
}

function placeEvents(keys: Keys, events: readonly IEvent[]): StoreEvent[] {
  let native = '';
  let last = -1;
  return events.map((event): StoreEvent => {
    const { kv, prev_kv } = event;
    if (kv.mod_revision !== native) last = -1;
    native = kv.mod_revision;
    const key = keys.fromEtcd(kv.key);
    const isPut = event.type === 'Put';
    const { value, place } = decodeValue(kv.value);
    last = (isPut ? place : undefined) ?? last + 1;
    const revision = revisionAt(Number(native), last);
    if (isPut) return { type: 'put', entry: { key, value, revision } };
    const previous = prev_kv && decodeValue(prev_kv.value).value;
    return { type: 'delete', key, revision, ...(previous && { previous }) };
  });
}

function revisionOf(event: StoreEvent): Revision {
  return event.type === 'put' ? event.entry.revision : event.revision;
}
