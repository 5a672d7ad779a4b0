import { asTitanError } from '../api/error.ts';
import type { EventReason } from '../api/event-reason.ts';
import type { Millis } from '../api/object.ts';
import type { Revision, Store } from '../store/port.ts';
import type { Clock, Log } from './port.ts';

/** How a store is kept small. */
export interface UpkeepPolicy {
  /** History younger than this is kept, and at most twice as much. */
  readonly compactEveryMs: Millis;
  /** The share of the store's file, in per cent, that may lie free before it is given back to the disk. */
  readonly freePercent: number;
}

export const UPKEEP: UpkeepPolicy = { compactEveryMs: 300_000, freePercent: 50 };

export interface UpkeepOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy?: UpkeepPolicy | undefined;
  /** Told of what people should know. */
  readonly tell?: (reason: EventReason, message: string) => void;
}

const LOOK_MS = 10_000;
/** A smaller file is left as it is. */
const LEAST_BYTES = 64 * 1024 * 1024;
/** Members stand still while they are defragmented: no more often than this. */
const DEFRAGMENT_EVERY_MS = 3_600_000;

/**
 * Keeps the store from running full: forgets its history now and then, as Kubernetes does, since etcd does
 * not by itself; and gives the space back that lies free. Never at the start, so that those who were away for
 * a moment can go on where they were. A store that is full all the same is made to take writes again.
 * Ends when `signal` aborts.
 */
export async function keepStore(options: UpkeepOptions, signal: AbortSignal): Promise<void> {
  const { store, clock, log, policy = UPKEEP } = options;
  let before: Revision | undefined;
  let compactAt = clock.now();
  let defragmentAt = clock.now() + policy.compactEveryMs;
  const stepMs = store.upkeep === undefined ? policy.compactEveryMs : LOOK_MS;
  while (!signal.aborted) {
    try {
      await healStore(options);
      if (clock.now() >= compactAt) {
        compactAt = clock.now() + policy.compactEveryMs;
        const now = await store.revision();
        if (before !== undefined && before > 0) await store.compact(before);
        before = now;
      }
      if (clock.now() >= defragmentAt && (await defragmentIfFree(options))) {
        defragmentAt = clock.now() + DEFRAGMENT_EVERY_MS;
      }
    } catch (thrown) {
      log.warn('the store was not seen to', { error: asTitanError(thrown).message });
    }
    await clock.sleep(Math.min(stepMs, policy.compactEveryMs), signal);
  }
}

/**
 * Where the store takes no writes for want of space: forgets all history, gives the space back, and lets it
 * take writes again. Whoever does it, and how often, does no harm.
 */
export async function healStore({ store, log, tell }: UpkeepOptions): Promise<void> {
  const { upkeep } = store;
  if (upkeep === undefined) return;
  const full = await upkeep.space();
  if (!full.full) return;
  log.error('the store is full and takes no writes', { ...full });
  await store.compact(await store.revision());
  await upkeep.defragment({ urgent: true });
  await upkeep.disarm();
  const { bytes } = await upkeep.space();
  log.warn('the store takes writes again', { bytes });
  const text = `The store was full (${mib(full.bytes)}) and took no writes; its history was forgotten and it was defragmented (${mib(bytes)} now). Should it fill up again, give it more space`;
  tell?.('StoreWasFull', text);
}

async function defragmentIfFree({ store, log, policy = UPKEEP }: UpkeepOptions): Promise<boolean> {
  const { upkeep } = store;
  if (upkeep === undefined) return false;
  const { bytes, usedBytes } = await upkeep.space();
  if (bytes < LEAST_BYTES || (bytes - usedBytes) * 100 < bytes * policy.freePercent) return false;
  await upkeep.defragment({ urgent: false });
  log.info('the store was defragmented', { beforeBytes: bytes, usedBytes });
  return true;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
