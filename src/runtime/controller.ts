import { asTitanError, type TitanError } from '../api/error.ts';
import type { Kind } from '../api/kind.ts';
import type { ApiObject, Millis } from '../api/object.ts';
import type { Client } from '../registry/port.ts';
import { sameJson } from './equal.ts';
import type { EventRecorder } from './events.ts';
import type { Informer } from './informer.ts';
import type { Clock, Log, Random } from './port.ts';
import { createWorkQueue } from './queue.ts';
import { inSlices } from './slices.ts';

/** What one pass leaves behind: the status to store, and when to look again if nothing changes. */
export interface Outcome<Status> {
  /** Absent: the status stays as it is. It must be absent in a pass that changed metadata. */
  readonly status?: Status;
  /** `Infinity` means not before a watched object changes. */
  readonly wakeInMs: Millis;
}

/**
 * Brings the world one step nearer to `object.spec`.
 *
 * Called with the newest copy of one object, never twice at once for the same one, after any change
 * to it or to an object it watches. It is not told what changed, and must not need to know. It must
 * be safe to run again after stopping anywhere.
 *
 * @returns the status to store; the loop writes it only when it differs
 * @throws TitanError - retried with back-off when `retryable`; any other is told in a `ReconcileFailed`
 *   event and tried again when the object changes, and every five minutes
 */
export interface Controller<T extends ApiObject> {
  /** Such as `job`; it is in every log line. */
  readonly name: string;
  readonly kind: Kind<T>;
  reconcile(object: T, signal: AbortSignal): Promise<Outcome<T['status']>>;
}

/** Something that runs until it is stopped. */
export interface Running {
  /** Whether nothing waits and nothing is under way. */
  readonly idle: boolean;
  /** Takes up nothing new; resolves when what is under way has ended. */
  stop(): Promise<void>;
}

export interface ControllerLoop extends Running {
  /** Says "look again" at an object, now or later. */
  enqueue(key: string, delayMs?: Millis): void;
}

/** What every controller is given. */
export interface Runtime {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly recorder: EventRecorder;
  /** Is told of each pass of a controller, to count them. */
  readonly passed?: ((controller: string) => void) | undefined;
}

export interface ControllerLoopOptions<T extends ApiObject> extends Runtime {
  readonly controller: Controller<T>;
  readonly informer: Informer<T>;
  readonly concurrency?: number;
  /** How long an object is left alone after a pass, where passes are dear; not at all unless told. */
  restMs?(object: T): Millis;
}

const TERMINAL_RETRY_MS = 300_000;

/** Starts the loop round a controller: fetch, pass, status if changed, back-off, log. */
export function runController<T extends ApiObject>(
  options: ControllerLoopOptions<T>,
): ControllerLoop {
  const { controller, informer, client, clock, random, recorder, concurrency = 4 } = options;
  const log = options.log.child({ controller: controller.name });

  async function pass(key: string, signal: AbortSignal): Promise<Millis> {
    const object = informer.get(key);
    if (object === undefined) return Number.POSITIVE_INFINITY;
    options.passed?.(controller.name);
    try {
      const { status, wakeInMs } = await controller.reconcile(object, signal);
      if (status !== undefined && !sameJson(status, object.status)) {
        await client.updateStatus(controller.kind, { ...object, status });
        log.info('status changed', { object: key });
      }
      return wakeInMs;
    } catch (thrown) {
      return afterError(object, asTitanError(thrown));
    }
  }

  /** A conflict only means that the object has changed: look again. Gone objects need nothing. */
  function afterError(object: T, error: TitanError): Millis {
    if (error.reason === 'NotFound') return Number.POSITIVE_INFINITY;
    if (error.retryable) throw error;
    log.warn('reconcile failed for good', { object: object.metadata.name, error: error.message });
    recorder.warning(object, 'ReconcileFailed', error.message);
    return TERMINAL_RETRY_MS;
  }

  /** One that is gone needs no rest. */
  function restMs(key: string): Millis {
    const object = informer.get(key);
    return object === undefined ? 0 : (options.restMs?.(object) ?? 0);
  }

  const queue = createWorkQueue({
    clock,
    random,
    concurrency,
    restMs,
    work: pass,
    onError(key, thrown, failures) {
      const error = asTitanError(thrown);
      if (error.reason === 'Conflict' && failures < 3) return;
      log.warn('reconcile failed, will try again', { object: key, failures, error: error.message });
    },
  });
  const unsubscribe = informer.onChange(({ key }) => queue.add(key));
  let isBegun = false;

  /** In steps, since there may be very many. What is added meanwhile is told of, too. */
  function* begin(): Generator<void, void> {
    for (const object of informer.values()) {
      queue.add(keyOfObject(object));
      yield;
    }
    isBegun = true;
  }

  void inSlices(begin(), clock);
  return {
    enqueue: (key, delayMs = 0) => queue.addAfter(key, delayMs),
    get idle() {
      return isBegun && queue.idle;
    },
    async stop() {
      unsubscribe();
      await queue.stop();
    },
  };
}

function keyOfObject({ metadata: { namespace, name } }: ApiObject): string {
  return namespace ? `${namespace}/${name}` : name;
}

export interface LoopOptions extends Pick<Runtime, 'clock' | 'random' | 'log'> {
  readonly name: string;
  /** @returns in how many milliseconds to run again if nobody asks */
  pass(signal: AbortSignal): Promise<Millis>;
  /** Called once the last pass has ended. */
  stopped?(): void;
}

export interface Loop extends Running {
  /** Says "look again", now or later; of several such wishes the soonest holds. */
  wake(delayMs?: Millis): void;
}

/** A loop that is about no single object: one pass at a time, back-off after failures. */
export function runLoop({ clock, random, log, name, pass, stopped }: LoopOptions): Loop {
  const queue = createWorkQueue({
    clock,
    random,
    work: (_, signal) => pass(signal),
    onError(_, thrown, failures) {
      const error = asTitanError(thrown).message;
      log.warn('pass failed, will try again', { controller: name, failures, error });
    },
  });
  queue.add(name);
  return {
    wake: (delayMs = 0) => queue.addAfter(name, delayMs),
    get idle() {
      return queue.idle;
    },
    async stop() {
      await queue.stop();
      stopped?.();
    },
  };
}
