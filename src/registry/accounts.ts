import { NAMESPACE, SERVICE_ACCOUNT } from '../api/builtin.ts';
import { asTitanError, hasReason } from '../api/error.ts';
import { isDeleting } from '../api/object.ts';
import { localKey } from './keys.ts';
import type { Context } from './write/context.ts';
import { createObject } from './write/create.ts';

const RETRY_MS = 1_000;
const AT_ONCE_MAX = 100;
const NAME = 'default';

/**
 * Gives every namespace its service account `default`, also when somebody has deleted it: charts and
 * tests wait for it. Every replica does it; the work is the same twice.
 */
export async function keepAccounts(context: Context, signal: AbortSignal): Promise<void> {
  const caches = [NAMESPACE, SERVICE_ACCOUNT].map((kind) => context.catalog.of(kind).cache);
  let look: (() => void) | undefined;
  const wake = () => look?.();
  const stops = caches.map((cache) => cache.onChange(wake));
  signal.addEventListener('abort', wake, { once: true });
  while (!signal.aborted) {
    const changed = new Promise<void>((resolve) => {
      look = resolve;
    });
    const isDone = await fill(context);
    if (signal.aborted) break;
    await (isDone ? changed : context.clock.sleep(RETRY_MS, signal));
  }
  for (const stop of stops) stop();
}

/** @returns whether every namespace has its account now */
async function fill(context: Context): Promise<boolean> {
  const accounts = context.catalog.of(SERVICE_ACCOUNT);
  const missing = [...context.catalog.of(NAMESPACE).cache.scan('')]
    .filter(([, { object }]) => !isDeleting(object))
    .map(([, { object }]) => object.metadata.name)
    .filter((namespace) => !accounts.cache.newest(localKey({ namespace, name: NAME }))?.held);
  for (let at = 0; at < missing.length; at += AT_ONCE_MAX) {
    const part = missing.slice(at, at + AT_ONCE_MAX).map((namespace) => create(context, namespace));
    if ((await Promise.all(part)).includes(false)) return false;
  }
  return true;
}

/** @returns whether it is there, or no longer wanted */
async function create(context: Context, namespace: string): Promise<boolean> {
  const served = context.catalog.of(SERVICE_ACCOUNT);
  const account = {
    apiVersion: served.apiVersion,
    kind: SERVICE_ACCOUNT.kind,
    metadata: { name: NAME, namespace },
  };
  try {
    await createObject(context, served, namespace, account, {
      manager: 'service-account-controller',
    });
    return true;
  } catch (thrown) {
    const isSettled = ['AlreadyExists', 'NotFound', 'Forbidden'] as const;
    if (isSettled.some((reason) => hasReason(thrown, reason))) return true;
    const { message: error } = asTitanError(thrown);
    context.log.warn('a namespace has no service account yet', { namespace, error });
    return false;
  }
}
