import { asTitanError, type TitanError } from '../../../src/api/error.ts';
import type {
  Condition,
  Operation,
  Revision,
  Store,
  StoreEvent,
  TransactionResult,
  WatchOptions,
} from '../../../src/store/port.ts';

/** One implementation, made anew for a test. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Lets this much of the store's time go by. */
  pass(spanMs: number): Promise<void>;
  /** Cuts whatever connection the store has; without one it does nothing. */
  cut(): Promise<void>;
  stop(): Promise<void>;
}

export type MakeStore = () => Promise<StoreUnderTest>;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array): string => new TextDecoder().decode(value);

export function put(key: string, value: string): Operation {
  return { do: 'put', key, value: bytes(value) };
}

export function del(key: string): Operation {
  return { do: 'delete', key };
}

/** Writes without a condition. @returns the revision of the last operation */
export async function write(store: Store, ...operations: Operation[]): Promise<Revision> {
  const result = await store.transact({ when: [], write: operations });
  return revisionsOf(result).at(-1) as Revision;
}

/** Writes under conditions. */
export function attempt(
  store: Store,
  when: readonly Condition[],
  ...operations: Operation[]
): Promise<TransactionResult> {
  return store.transact({ when, write: operations });
}

export function revisionsOf(result: TransactionResult): readonly Revision[] {
  if (!result.ok) throw new Error('a condition failed');
  return result.revisions;
}

/** What a call threw, as a TitanError; fails when it threw nothing. */
export async function thrownBy(call: Promise<unknown>): Promise<TitanError> {
  const thrown = await call.then(() => undefined, asTitanError);
  if (thrown === undefined) throw new Error('nothing was thrown');
  return thrown;
}

export interface Seen {
  readonly event: StoreEvent;
  readonly key: string;
  readonly revision: Revision;
  /** `key=value`, or `key gone (was value)`. */
  readonly line: string;
}

export function seen(event: StoreEvent): Seen {
  if (event.type === 'put') {
    const { key, value, revision } = event.entry;
    return { event, key, revision, line: `${key}=${text(value)}` };
  }
  const was = event.previous === undefined ? '' : ` (was ${text(event.previous)})`;
  return { event, key: event.key, revision: event.revision, line: `${event.key} gone${was}` };
}

/** Watches until `done` says so. */
export async function watchUntil(
  store: Store,
  options: WatchOptions & { readonly prefix: string },
  done: (events: readonly Seen[], revision: Revision) => boolean,
): Promise<readonly Seen[]> {
  const stop = new AbortController();
  const events: Seen[] = [];
  for await (const batch of store.watch(options.prefix, options, stop.signal)) {
    events.push(...batch.events.map(seen));
    if (done(events, batch.revision)) break;
  }
  stop.abort();
  return events;
}

/** Every event of the prefix after `after` up to now: a last write of our own marks the end. */
export async function eventsUpToNow(
  store: Store,
  prefix: string,
  after: Revision,
): Promise<readonly Seen[]> {
  const end = await write(store, put(`${prefix}~end`, 'end'));
  const events = await watchUntil(store, { prefix, after }, (_, revision) => revision >= end);
  return events.filter(({ key }) => key !== `${prefix}~end`);
}
