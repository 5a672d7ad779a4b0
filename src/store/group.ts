import { hasReason, TitanError } from '../api/error.ts';
import { checkTransaction } from './check.ts';
import {
  MAX_OPERATIONS,
  PLACES,
  type Store,
  type Transaction,
  type TransactionResult,
} from './port.ts';
import { createPrecedence, type Job } from './precedence.ts';

/**
 * Group commit. What arrives while a native transaction is under way goes into the next one, each
 * transaction judged by its own conditions: a hundred cost about as much as two alone.
 */
export interface GroupOptions {
  /**
   * Commits independent transactions at once and answers them in their order. When it rejects,
   * every one of them is rejected; with a reason in `refusals`, which says that nothing was done,
   * each is tried alone first, so that one bad transaction does not spoil its neighbours.
   */
  commit(batch: readonly Transaction[]): Promise<readonly TransactionResult[]>;
  /** Native transactions under way at once; beyond the first only full ones. */
  readonly inFlightMax?: number;
  /** Transactions that may wait; more are refused with `ServiceUnavailable`. */
  readonly queueMax?: number;
  /** Bytes that may wait. */
  readonly queueMaxBytes?: number;
}

export interface Group extends Pick<Store, 'transact'> {
  /** Refuses what waits and whatever comes; resolves once nothing is under way. */
  close(): Promise<void>;
}

/** Transactions in one native transaction: etcd then leaves each of them 28 operations. */
const BATCH_MAX = 100;
const BATCH_MAX_BYTES = 1_400_000;
const refusals = ['RequestEntityTooLarge', 'NotFound', 'Invalid'] as const;

interface Waiting extends Job {
  readonly bytes: number;
  readonly resolve: (result: TransactionResult) => void;
  readonly reject: (error: unknown) => void;
}

export function groupCommits(options: GroupOptions): Group {
  const { commit, inFlightMax = 1, queueMax = 20_000, queueMaxBytes = 256_000_000 } = options;
  const precedence = createPrecedence();
  const flying = new Set<Promise<void>>();
  let ready: Waiting[] = [];
  let pending = 0;
  let pendingBytes = 0;
  let scheduled = false;
  let closed = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      launch();
    });
  }

  function launch(): void {
    if (closed) refuseAll();
    while (ready.length > 0 && flying.size < inFlightMax) {
      const { count, full } = measure(ready);
      if (flying.size > 0 && !full) return;
      const batch = ready.slice(0, count);
      ready = ready.slice(count);
      const flight = fly(batch).finally(() => {
        flying.delete(flight);
        schedule();
      });
      flying.add(flight);
    }
  }

  async function fly(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await commit(batch.map(({ transaction }) => transaction));
      batch.forEach((job, at) => {
        job.resolve(results[at] as TransactionResult);
      });
    } catch (error) {
      if (batch.length > 1 && refusals.some((reason) => hasReason(error, reason))) {
        for (const job of batch) await fly([job]);
        return;
      }
      for (const job of batch) job.reject(error);
    }
    for (const job of batch) leave(job);
  }

  function refuseAll(): void {
    for (let job = ready.shift(); job !== undefined; job = ready.shift()) {
      job.reject(new TitanError('ServiceUnavailable', 'The store was closed before the write'));
      leave(job);
    }
  }

  function leave(job: Waiting): void {
    pending -= 1;
    pendingBytes -= job.bytes;
    ready.push(...(precedence.end(job) as readonly Waiting[]));
  }

  return {
    async transact(transaction) {
      const bytes = checkTransaction(transaction);
      if (closed) throw new TitanError('ServiceUnavailable', 'The store is closed');
      if (pending >= queueMax || pendingBytes + bytes > queueMaxBytes) {
        const message = `The store is behind: ${pending} transactions wait`;
        throw new TitanError('ServiceUnavailable', message, { details: { retryAfterSeconds: 1 } });
      }
      const { promise, resolve, reject } = Promise.withResolvers<TransactionResult>();
      const job: Waiting = { transaction, bytes, resolve, reject, blockers: 0, followers: [] };
      pending += 1;
      pendingBytes += bytes;
      precedence.add(job);
      if (job.blockers === 0) ready.push(job);
      schedule();
      return promise;
    },
    async close() {
      closed = true;
      refuseAll();
      await Promise.all(flying);
      refuseAll();
    },
  };
}

/**
 * How many of the first jobs one native transaction takes, by etcd's rule: with `count` nested
 * transactions none of them may have more than `MAX_OPERATIONS - count` operations. One alone is
 * not nested and may have them all.
 */
function measure(jobs: readonly Waiting[]): { readonly count: number; readonly full: boolean } {
  let widest = 0;
  let places = 0;
  let bytes = 0;
  for (const [count, job] of jobs.entries()) {
    const { when, write } = job.transaction;
    widest = Math.max(widest, when.length, write.length);
    places += write.length;
    bytes += job.bytes;
    const fits =
      count < BATCH_MAX &&
      widest + count + 1 <= MAX_OPERATIONS &&
      places <= PLACES &&
      bytes <= BATCH_MAX_BYTES;
    if (!fits) return { count: Math.max(1, count), full: true };
  }
  return { count: jobs.length, full: jobs.length >= BATCH_MAX };
}
