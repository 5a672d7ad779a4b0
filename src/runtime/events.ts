import { EVENT, type Event } from '../api/builtin.ts';
import { asTitanError } from '../api/error.ts';
import type { EventReason } from '../api/event-reason.ts';
import { type ApiObject, type Draft, keyOf, keyText, toTimestamp } from '../api/object.ts';
import type { Client } from '../registry/port.ts';
import type { Clock, Log, Random } from './port.ts';

/** Tells people what happened to an object. It never blocks, fails or throws. */
export interface EventRecorder {
  normal(about: ApiObject, reason: EventReason, message: string): void;
  warning(about: ApiObject, reason: EventReason, message: string): void;
  /** Resolves when all that was told so far is written or given up. */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Such as `titan/dc1`: who says it. */
  readonly component: string;
}

/** Events that wait to be written; beyond it new ones are dropped, and counted in the log. */
const QUEUE_MAX = 1_000;
/** Distinct events whose count can still grow; the oldest is forgotten first. */
const REMEMBERED_MAX = 2_000;
const MESSAGE_MAX = 1_024;

interface Told {
  readonly about: ApiObject;
  readonly type: Event['type'];
  readonly reason: string;
  readonly message: string;
  count: number;
}

/** Equal events about one object become one, with a count. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, random, component } = options;
  const log = options.log.child({ component: 'events' });
  const waiting = new Map<string, Told>();
  const written = new Map<string, Event>();
  let dropped = 0;
  let writing: Promise<void> | undefined;

  function tell(type: Event['type'], about: ApiObject, [reason, text]: [string, string]): void {
    const message = text.length > MESSAGE_MAX ? `${text.slice(0, MESSAGE_MAX - 1)}…` : text;
    const key = [about.metadata.uid, type, reason, message].join('\n');
    const same = waiting.get(key);
    if (same !== undefined) same.count += 1;
    else if (waiting.size >= QUEUE_MAX) dropped += 1;
    else waiting.set(key, { about, type, reason, message, count: 1 });
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
  }

  async function writeAll(): Promise<void> {
    await Promise.resolve();
    for (let [first] = waiting; first !== undefined; [first] = waiting) {
      const [key, told] = first;
      waiting.delete(key);
      await write(key, told).catch((error: unknown) => {
        log.warn('event not written', {
          about: keyText(keyOf(told.about)),
          reason: told.reason,
          error: asTitanError(error).message,
        });
      });
    }
    if (dropped > 0) log.warn('events dropped', { count: dropped });
    dropped = 0;
  }

  async function write(key: string, told: Told): Promise<void> {
    const before = written.get(key);
    const event = before === undefined ? undefined : await again(before, told.count);
    written.delete(key);
    written.set(key, event ?? (await client.create(EVENT, draftOf(told))));
    const [oldest] = written.keys();
    if (written.size > REMEMBERED_MAX && oldest !== undefined) written.delete(oldest);
  }

  /** The event with its count grown, or nothing where it is no longer there to grow. */
  function again(before: Event, count: number): Promise<Event | undefined> {
    const lastTimestamp = toTimestamp(clock.now());
    const grown = { ...before, count: (before.count ?? 1) + count, lastTimestamp };
    return client.update(EVENT, grown).catch((error: unknown) => {
      const { reason } = asTitanError(error);
      if (reason === 'NotFound' || reason === 'Conflict') return undefined;
      throw error;
    });
  }

  function draftOf({ about, type, reason, message, count }: Told): Draft<Event> {
    const { name, namespace = 'default', uid, resourceVersion } = about.metadata;
    const suffix = random.uuid().replaceAll('-', '').slice(0, 16);
    const now = toTimestamp(clock.now());
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name.slice(0, 230)}.${suffix}`, namespace },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        ...(about.metadata.namespace === undefined ? {} : { namespace }),
        name,
        uid,
        resourceVersion,
      },
      type,
      reason,
      message,
      source: { component },
      reportingComponent: component,
      reportingInstance: '',
      firstTimestamp: now,
      lastTimestamp: now,
      count,
    };
  }

  return {
    normal: (about, reason, message) => tell('Normal', about, [reason, message]),
    warning: (about, reason, message) => tell('Warning', about, [reason, message]),
    async flush() {
      while (writing !== undefined) await writing;
    },
  };
}
