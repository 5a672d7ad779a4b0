/** Reading another fault domain's objects, with a Kubernetes client that takes long to load. */
import { ApiException, CustomObjectsApi, KubeConfig, Watch } from '@kubernetes/client-node';
import { TitanError } from '../api/error.ts';
import { apiVersionOf, type Kind } from '../api/kind.ts';
import type { ApiObject } from '../api/object.ts';
import type { KeyPair } from '../auth/port.ts';
import type { ObjectEvent, ObjectList } from '../registry/port.ts';
import type { Peer } from './port.ts';
import { unavailable } from './unavailable.ts';

/** How this domain and the others know each other. */
export interface PeerTrust {
  /** Who may sign the other domains' certificates, as PEM. */
  readonly authorities: string;
  /** What this domain shows to them. */
  readonly identity: KeyPair | undefined;
}

const PAGE = 500;
/** Events that may wait for their reader; a reader further behind lists again. */
const QUEUE_MAX = 10_000;
/** The server ends a watch after this; one that is silent for longer (30 s in the client) is dead. */
const WATCH_SECONDS = 25;

/** What is read of a peer by lists and watches. */
export type PeerClient = Pick<Peer, 'list' | 'watch'>;

/** A client of the API at `server`, with the certificates of now. */
export function openClient(name: string, server: string, trust: PeerTrust): PeerClient {
  const { authorities, identity } = trust;
  const config = new KubeConfig();
  const shown =
    identity === undefined
      ? {}
      : { certData: base64(identity.certificate), keyData: base64(identity.key) };
  config.loadFromOptions({
    clusters: [{ name, server, caData: base64(authorities) }],
    users: [{ name, ...shown }],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  });
  const api = config.makeApiClient(CustomObjectsApi);
  return {
    list: (kind) => listAll(api, kind),
    watch: (kind, { after }, signal) => watchFrom(config, { kind, after, signal }),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function listAll<T extends ApiObject>(
  api: CustomObjectsApi,
  kind: Kind<T>,
): Promise<ObjectList<T>> {
  const items: T[] = [];
  const { group, version, plural } = kind;
  let next: string | undefined;
  for (;;) {
    const page = await api
      .listCustomObjectForAllNamespaces({
        group,
        version,
        resourcePlural: plural,
        limit: PAGE,
        ...(next === undefined ? {} : { _continue: next }),
      })
      .catch((thrown) => {
        throw translate(thrown);
      });
    items.push(
      ...page.items.map((item: T) => ({
        ...item,
        apiVersion: apiVersionOf(kind),
        kind: kind.kind,
      })),
    );
    next = page.metadata.continue || undefined;
    if (next === undefined) return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

interface WatchFrom<T extends ApiObject> {
  readonly kind: Kind<T>;
  readonly after: string;
  readonly signal: AbortSignal;
}

/** Resumes where the server ended a watch in good order; a lost one is the caller's to begin again. */
async function* watchFrom<T extends ApiObject>(
  config: KubeConfig,
  { kind, after, signal }: WatchFrom<T>,
): AsyncGenerator<readonly ObjectEvent<T>[]> {
  let from = after;
  while (!signal.aborted) {
    for await (const items of watchOnce(config, { kind, after: from, signal })) {
      from = items.at(-1)?.object.metadata.resourceVersion ?? from;
      const events = items.filter((item): item is ObjectEvent<T> => item.type !== 'BOOKMARK');
      if (events.length > 0) yield events;
    }
  }
}

interface Item<T extends ApiObject> {
  readonly type: ObjectEvent['type'] | 'BOOKMARK';
  readonly object: T;
}

/** Turns the client's callbacks into batches: all that came while the reader was at work. */
async function* watchOnce<T extends ApiObject>(
  config: KubeConfig,
  { kind, after, signal }: WatchFrom<T>,
): AsyncGenerator<readonly Item<T>[]> {
  let queue: Item<T>[] = [];
  let end: { readonly error?: unknown } | undefined;
  let news = Promise.withResolvers<void>();
  const finish = (error?: unknown) => {
    end ??= { error };
    news.resolve();
  };
  const receive = (type: Item<T>['type'] | 'ERROR', object: T) => {
    if (type === 'ERROR') return finish(expired(object));
    queue.push({ type, object });
    if (queue.length > QUEUE_MAX) finish(new TitanError('Expired', 'the watcher fell behind'));
    news.resolve();
  };
  const path = `/apis/${kind.group}/${kind.version}/${kind.plural}`;
  const query = {
    resourceVersion: after,
    allowWatchBookmarks: true,
    timeoutSeconds: WATCH_SECONDS,
  };
  const controller = await new Watch(config)
    .watch(path, query, receive as (type: string, object: T) => void, finish)
    .catch((thrown) => {
      throw translate(thrown);
    });
  const stop = () => {
    controller.abort();
    finish();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    while (end === undefined || queue.length > 0) {
      await news.promise;
      news = Promise.withResolvers<void>();
      const batch = queue;
      queue = [];
      if (batch.length > 0) yield batch;
      if (end !== undefined) news.resolve();
    }
  } finally {
    signal.removeEventListener('abort', stop);
    controller.abort();
  }
  if (signal.aborted || end.error === null || end.error === undefined) return;
  throw end.error instanceof TitanError ? end.error : unavailable(end.error);
}

function expired(status: unknown): TitanError {
  const { message, code } = status as { readonly message?: string; readonly code?: number };
  return new TitanError(code === 410 ? 'Expired' : 'ServiceUnavailable', message ?? 'watch failed');
}

function translate(thrown: unknown): TitanError {
  if (!(thrown instanceof ApiException)) return unavailable(thrown);
  const reason = thrown.code === 410 ? 'Expired' : 'ServiceUnavailable';
  return new TitanError(reason, `the peer answered ${thrown.code}`, { cause: thrown });
}
