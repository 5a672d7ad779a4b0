import type { KindCache } from './cache/kind-cache.ts';
import type { Context } from './write/context.ts';

const LOOK_MS = 1_000;

/**
 * Looks at a kind now, after each change of it, and every second as long as `look` says that there is
 * something under way; until `signal` aborts.
 */
export async function lookAfter(
  { clock }: Pick<Context, 'clock'>,
  { cache, look }: { readonly cache: KindCache; readonly look: () => Promise<boolean> },
  signal: AbortSignal,
): Promise<void> {
  let wake = new AbortController();
  const stop = cache.onChange(() => wake.abort());
  while (!signal.aborted) {
    wake = new AbortController();
    const isBusy = await look();
    const waitMs = isBusy ? LOOK_MS : Number.POSITIVE_INFINITY;
    if (!signal.aborted) await clock.sleep(waitMs, AbortSignal.any([signal, wake.signal]));
  }
  stop();
}
