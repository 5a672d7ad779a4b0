import { CONFIG_MAP, NAMESPACE, SERVICE_ACCOUNT } from '../api/builtin.ts';
import { asTitanError, hasReason } from '../api/error.ts';
import { apiVersionOf, type Kind } from '../api/kind.ts';
import { isDeleting } from '../api/object.ts';
import { isEqual } from './json.ts';
import { localKey } from './keys.ts';
import type { Context } from './write/context.ts';
import { createObject } from './write/create.ts';
import { updateObject } from './write/update.ts';

const RETRY_MS = 1_000;
const AT_ONCE_MAX = 100;

/** What every namespace has. */
interface Default {
  readonly kind: Kind;
  readonly name: string;
  /** Its fields beside the metadata; those that somebody has changed are set again. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly manager: string;
}

/**
 * Gives every namespace its service account `default` and the ConfigMap `kube-root-ca.crt` with the
 * certificate of who signs the server's, where that is known; also when somebody has deleted or changed
 * them: charts and tests wait for them. Every replica does it; the work is the same twice.
 */
export async function keepNamespaceDefaults(
  context: Context,
  authority: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const defaults = defaultsWith(authority);
  const caches = [{ kind: NAMESPACE }, ...defaults].map(
    ({ kind }) => context.catalog.of(kind).cache,
  );
  let look: (() => void) | undefined;
  const wake = () => look?.();
  const stops = caches.map((cache) => cache.onChange(wake));
  signal.addEventListener('abort', wake, { once: true });
  while (!signal.aborted) {
    const changed = new Promise<void>((resolve) => {
      look = resolve;
    });
    const isDone = await fill(context, defaults);
    if (signal.aborted) break;
    await (isDone ? changed : context.clock.sleep(RETRY_MS, signal));
  }
  for (const stop of stops) stop();
}

function defaultsWith(authority: string | undefined): readonly Default[] {
  const account = {
    kind: SERVICE_ACCOUNT,
    name: 'default',
    content: {},
    manager: 'service-account-controller',
  };
  if (authority === undefined) return [account];
  const certificate = {
    kind: CONFIG_MAP,
    name: 'kube-root-ca.crt',
    content: { data: { 'ca.crt': authority } },
    manager: 'root-ca-certificate-publisher',
  };
  return [account, certificate];
}

interface Wanted extends Default {
  readonly namespace: string;
  readonly isThere: boolean;
}

/** @returns whether every namespace was found as it should be, or is so now and nobody had changed it */
async function fill(context: Context, defaults: readonly Default[]): Promise<boolean> {
  const wanted = defaults.flatMap((one) => wrongOnes(context, one));
  for (let at = 0; at < wanted.length; at += AT_ONCE_MAX) {
    const part = wanted.slice(at, at + AT_ONCE_MAX).map((one) => provide(context, one));
    if ((await Promise.all(part)).includes(false)) return false;
  }
  // Replicas that know different authorities set it in turn, and must not do so without a pause.
  return !wanted.some(({ isThere }) => isThere);
}

function wrongOnes(context: Context, one: Default): readonly Wanted[] {
  const { cache } = context.catalog.of(one.kind);
  return [...context.catalog.of(NAMESPACE).cache.scan('')].flatMap(([, { object }]) => {
    if (isDeleting(object)) return [];
    const namespace = object.metadata.name;
    const held = cache.newest(localKey({ namespace, name: one.name }))?.held;
    const isRight =
      held &&
      Object.entries(one.content).every(([key, value]) =>
        isEqual(held.object[key as keyof typeof held.object], value),
      );
    return isRight ? [] : [{ ...one, namespace, isThere: held !== undefined }];
  });
}

/** @returns whether it is there as it should be, or no longer wanted */
async function provide(context: Context, wanted: Wanted): Promise<boolean> {
  const { namespace, name, manager, isThere, content } = wanted;
  const served = context.catalog.of(wanted.kind);
  const fresh = {
    apiVersion: apiVersionOf(wanted.kind),
    kind: wanted.kind.kind,
    metadata: { name, namespace },
    ...content,
  };
  const set = () =>
    updateObject(
      context,
      served,
      { name, namespace },
      (current) => ({ object: { ...current, ...content }, pinned: false }),
      { manager },
    );
  try {
    await (isThere ? set() : createObject(context, served, namespace, fresh, { manager }));
    return true;
  } catch (thrown) {
    const isSettled = ['AlreadyExists', 'NotFound', 'Forbidden'] as const;
    if (isSettled.some((reason) => hasReason(thrown, reason))) return true;
    const { message: error } = asTitanError(thrown);
    context.log.warn('a namespace is not as it should be yet', { namespace, name, error });
    return false;
  }
}
