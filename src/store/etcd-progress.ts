import type { Millis } from '../api/object.ts';
import type { Clock } from '../runtime/port.ts';
import { nativeOf, type Seen } from './revision.ts';

/**
 * Sees to it that watches reach a revision that somebody was told of. Others may share the etcd:
 * their writes raise its revision, yet bring this store's watches no event, and what etcd 3.4 says
 * of progress cannot be trusted. So when a watch is still behind after a moment, a key of no meaning
 * is written: its event surely comes after all that went before.
 */
export interface Progress {
  /** A watch begins; it keeps `native` up to date. The returned function ends it. */
  join(watch: Seen): () => void;
  /** Somebody may wait until every watch has seen the store revision `native`. */
  expect(native: number): void;
  close(): void;
}

const PATIENCE_MS: Millis = 50;

export function createProgress(clock: Clock, nudge: () => Promise<unknown>): Progress {
  const watches = new Set<Seen>();
  let cancel: (() => void) | undefined;

  const isBehind = (native: number) =>
    [...watches].some(({ revision }) => nativeOf(revision) < native);

  return {
    join(watch) {
      watches.add(watch);
      return () => watches.delete(watch);
    },
    expect(native) {
      if (cancel !== undefined || !isBehind(native)) return;
      cancel = clock.after(PATIENCE_MS, () => {
        cancel = undefined;
        // A nudge that fails is no loss: whoever waits for it asks again.
        if (isBehind(native)) nudge().catch(() => undefined);
      });
    },
    close() {
      cancel?.();
    },
  };
}
