import { asTitanError } from '../../src/api/error.ts';
import { type Kind, resourceName } from '../../src/api/kind.ts';
import type { ApiObject } from '../../src/api/object.ts';
import type { Client, Definition, Registry } from '../../src/registry/port.ts';
import { type Backoff, backoffDelay } from '../../src/runtime/backoff.ts';
import type { Clock, Log, Random } from '../../src/runtime/port.ts';
import { inSlices } from '../../src/runtime/slices.ts';

/** What is told of every object of every kind. */
export interface Sink {
  put(kind: Kind, object: ApiObject): void;
  drop(kind: Kind, object: ApiObject): void;
  /** After a list: of this kind there is nothing else. */
  only(kind: Kind, uids: ReadonlySet<string>): void;
}

export interface FollowOptions {
  readonly client: Pick<Client, 'list' | 'watch'>;
  readonly kinds: Pick<Registry, 'definitions' | 'onDefinitions'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Follows every kind that is served, and those that come to be served, until it is stopped. */
export interface Following {
  /** Whether every kind has been listed and is watched. */
  readonly isWhole: boolean;
  stop(): Promise<void>;
}

const RELIST: Backoff = { initialMs: 200, limitMs: 10_000 };
const VERBS = ['list', 'watch', 'delete'];

interface Follower {
  readonly kind: Kind;
  readonly stopping: AbortController;
  readonly done: Promise<void>;
  isWatching: boolean;
}

export function followAll(options: FollowOptions, sink: Sink): Following {
  const { kinds, clock, random, log } = options;
  const followers = new Map<string, Follower>();

  async function follow(kind: Kind, follower: () => Follower | undefined, signal: AbortSignal) {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await followOnce(options, kind, sink, signal, () => {
          failures = 0;
          mark(follower(), true);
        });
      } catch (thrown) {
        const { message: error } = asTitanError(thrown);
        if (!signal.aborted) log.warn('kind lost', { kind: resourceName(kind), error });
      }
      mark(follower(), false);
      await clock.sleep(backoffDelay(failures, RELIST, random), signal);
    }
  }

  function start(resource: string, kind: Kind): void {
    const stopping = new AbortController();
    const done = follow(kind, () => followers.get(resource), stopping.signal);
    followers.set(resource, { kind, stopping, done, isWatching: false });
  }

  /** Kinds that are served no more have lost their objects with them. */
  function look(): void {
    const served = followable(kinds.definitions());
    for (const [resource, kind] of served) if (!followers.has(resource)) start(resource, kind);
    for (const [resource, { kind, stopping }] of followers) {
      if (served.has(resource)) continue;
      stopping.abort();
      followers.delete(resource);
      sink.only(kind, new Set());
    }
  }

  look();
  const stopListening = kinds.onDefinitions(look);
  return {
    get isWhole() {
      return [...followers.values()].every(({ isWatching }) => isWatching);
    },
    async stop() {
      stopListening();
      for (const { stopping } of followers.values()) stopping.abort();
      await Promise.all([...followers.values()].map(({ done }) => done));
    },
  };
}

function mark(follower: Follower | undefined, isWatching: boolean): void {
  if (follower !== undefined) follower.isWatching = isWatching;
}

/** One kind a resource, whatever its versions. Events are left out: they go by their age, and there are many. */
function followable(definitions: readonly Definition[]): ReadonlyMap<string, Kind> {
  const found = new Map<string, Kind>();
  for (const { kind, verbs } of definitions) {
    if (kind.kind === 'Event' || !VERBS.every((verb) => verbs.includes(verb))) continue;
    const resource = resourceName(kind);
    if (!found.has(resource)) found.set(resource, kind);
  }
  return found;
}

/** A step for each object of a list; what is not in it is gone. */
function* taking(kind: Kind, items: readonly ApiObject[], sink: Sink): Generator<void, void> {
  const uids = new Set<string>();
  for (const object of items) {
    uids.add(object.metadata.uid);
    sink.put(kind, object);
    yield;
  }
  sink.only(kind, uids);
}

async function followOnce(
  { client, clock }: FollowOptions,
  kind: Kind,
  sink: Sink,
  signal: AbortSignal,
  started: () => void,
): Promise<void> {
  const { items, resourceVersion } = await client.list(kind);
  await inSlices(taking(kind, items, sink), clock);
  if (signal.aborted) return;
  started();
  for await (const events of client.watch(kind, { after: resourceVersion }, signal)) {
    for (const { type, object } of events) {
      if (type === 'DELETED') sink.drop(kind, object);
      else sink.put(kind, object);
    }
  }
}
