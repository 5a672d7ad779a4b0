import { asTitanError, TitanError } from '../../api/error.ts';
import {
  type Condition,
  type Entry,
  MAX_VALUE_BYTES,
  type Operation,
  type Revision,
} from '../../store/port.ts';
import { decode, encode, type Held, hold, type Unversioned } from '../cache/held.ts';
import type { Written } from '../cache/kind-cache.ts';
import type { Served } from '../catalog.ts';
import { tooLarge, unreadable } from '../errors.ts';
import type { WriteOptions } from '../port.ts';
import type { Context } from './context.ts';

/** One object's change, to be made only while its key is at `expected`. */
export interface Intent {
  readonly served: Served;
  readonly local: string;
  /** 0: the object must not exist. */
  readonly expected: Revision;
  /** Absent: the object goes. */
  readonly next?: Unversioned;
  readonly conditions?: readonly Condition[];
  readonly also?: readonly Operation[];
}

/** `held` of a deletion is what was deleted, at the revision of the deletion. */
export type Committed =
  | { readonly ok: true; readonly revision: Revision; readonly held?: Held }
  /** The object or a condition is no longer as expected; the caches know better now. */
  | { readonly ok: false };

/**
 * Makes the change durable, together with its conditions and what goes with it.
 *
 * @throws TitanError Conflict where a guard fails, RequestEntityTooLarge, ServiceUnavailable
 */
export async function commit(
  context: Context,
  intent: Intent,
  { premises = [], guard = [], onGuardFailed }: WriteOptions,
): Promise<Committed> {
  const { served, local, expected, next, conditions = [], also = [] } = intent;
  const key = served.prefix + local;
  const own = next ? putOf(served, key, next) : ({ do: 'delete', key } as const);
  const write = [own.do === 'put' && isEvents(served) ? await leased(context, own) : own, ...also];
  const when = [{ key, revision: expected }, ...conditions, ...premises, ...guard];
  const result = await context.store.transact({ when, write });
  if (result.ok) {
    const [revision = 0] = result.revisions;
    const held = next && hold(next, revision);
    note(context, served, local, { revision, held });
    return held ? { ok: true, revision, held } : { ok: true, revision };
  }
  const firstPremise = 1 + conditions.length;
  const firstGuard = firstPremise + premises.length;
  const failed = when.findLastIndex(
    (condition, at) => (result.found[at]?.revision ?? 0) !== condition.revision,
  );
  if (failed >= firstGuard) {
    onGuardFailed?.();
    throw guardFailed();
  }
  if (failed >= firstPremise) throw premiseFailed(when[failed]?.key ?? '');
  const [found] = result.found;
  const known = served.cache.newest(local);
  if (found) note(context, served, local, asWritten(served, found));
  else if (known?.held)
    served.cache.wrote(local, { revision: known.revision + 1, held: undefined });
  return { ok: false };
}

/** Keeps what is known of a key until the feed brings it; what the feed has brought needs no note. */
function note({ feed }: Context, { cache }: Served, local: string, written: Written): void {
  if (written.revision > feed.revision) cache.wrote(local, written);
}

type Put = Extract<Operation, { readonly do: 'put' }>;

/** @throws TitanError RequestEntityTooLarge */
function putOf({ cache }: Served, key: string, next: Unversioned): Put {
  const value = encode(next, cache.form);
  if (value.byteLength > MAX_VALUE_BYTES) throw tooLarge(value.byteLength, MAX_VALUE_BYTES);
  return { do: 'put', key, value };
}

function isEvents({ definition }: Served): boolean {
  const { group, plural } = definition.kind;
  return group === '' && plural === 'events';
}

/** Events expire. */
async function leased({ leases }: Context, put: Put): Promise<Put> {
  return { ...put, lease: await leases.take() };
}

/** @throws TitanError InternalError where the record is no object */
function asWritten({ cache }: Served, { key, value, revision }: Entry): Written {
  try {
    return { revision, held: decode(value, revision, cache.form) };
  } catch (thrown) {
    throw unreadable(key, asTitanError(thrown).message);
  }
}

function guardFailed(): TitanError {
  return new TitanError(
    'Conflict',
    'the write was refused: a condition that guards it, such as leadership, no longer holds',
  );
}

function premiseFailed(key: string): TitanError {
  return new TitanError(
    'Conflict',
    `the write was refused: it was decided from a version of ${key} that is no longer the newest`,
  );
}

/** Reads one object from the store itself, where the cache may be behind. */
export async function reread(
  context: Context,
  served: Served,
  local: string,
): Promise<Held | undefined> {
  const entry = await context.store.get(served.prefix + local);
  if (entry === undefined) return undefined;
  const written = asWritten(served, entry);
  note(context, served, local, written);
  return written.held && served.cache.shown(written.held);
}

/** The newest that is known of an object; asks the store where nothing is known of it. */
export async function newest(
  context: Context,
  served: Served,
  local: string,
): Promise<Held | undefined> {
  const known = served.cache.newest(local);
  return known?.held ?? (await reread(context, served, local));
}
