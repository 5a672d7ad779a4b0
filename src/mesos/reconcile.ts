import { asTitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import type { FrameworkHost, Master } from './port.ts';

export interface Reconciler {
  /** The connection stands: asks at once, and from now on every so often. */
  begin(): Promise<void>;
  /** The connection is gone. */
  end(): void;
  /** Asks after a moment: an answer or an update was lost on the way. */
  soon(): void;
  now(): Promise<void>;
}

interface ReconcilerOptions {
  readonly master: Master;
  readonly host: FrameworkHost;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly everyMs: Millis | undefined;
}

const defaultEveryMs = 300_000;
const soonMs = 10_000;
const batchMax = 1_000;

/**
 * Asks the master what became of our tasks: of all it knows (which finds those that we don't), and
 * of all that we know (which finds those that it doesn't).
 */
export function reconciler(options: ReconcilerOptions): Reconciler {
  const { master, host, clock, random, log, everyMs = defaultEveryMs } = options;
  let stopTimer = () => {};
  let standing = false;

  async function ask(): Promise<void> {
    await master.reconcile([]);
    for (const batch of batches(host.knownTasks())) await master.reconcile(batch);
    const operations = host.knownOperations?.() ?? [];
    for (const batch of batches(operations)) await master.reconcileOperations(batch);
  }

  function again(inMs: Millis): void {
    stopTimer();
    if (!standing) return;
    stopTimer = clock.after(inMs, () => {
      ask()
        .catch((error) => {
          log.warn('Tasks were not reconciled', { error: asTitanError(error).message });
        })
        .finally(() => again(spread(everyMs)));
    });
  }

  function spread(ms: Millis): Millis {
    return ms * (0.9 + 0.2 * random.next());
  }

  return {
    async begin() {
      await ask();
      standing = true;
      again(spread(everyMs));
    },
    end() {
      standing = false;
      stopTimer();
    },
    soon: () => again(soonMs),
    now: ask,
  };
}

function* batches<T>(all: Iterable<T>): Generator<readonly T[], void> {
  let batch: T[] = [];
  for (const each of all) {
    batch.push(each);
    if (batch.length < batchMax) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
