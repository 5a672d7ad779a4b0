/** One who waits for the changes of one object. */
export interface KeyListener {
  /** The places in the window of the first and the last change that were not taken yet. */
  readonly unread: { readonly first: number; readonly last: number } | undefined;
  /** All unread changes have been taken. */
  taken(): void;
  stop(): void;
}

/**
 * Those who wait for changes of a kind, and those who wait for changes of single objects of it. The latter
 * cost nothing for changes of other objects: many who each watch one do not wake at every event.
 */
export interface Listeners {
  /** Calls after changes until the returned function is called. */
  add(listener: () => void): () => void;
  addTo(local: string, wake: () => void): KeyListener;
  /** Takes note of a change, which lies at `place` in the window. */
  changed(local: string, place: number): void;
  /** Takes note that the window has forgotten everything before `place`. */
  changedAll(place: number): void;
  /** Tells everybody whom changes concern; once for a batch. */
  ring(): void;
}

interface Waiting {
  unread: { readonly first: number; readonly last: number } | undefined;
  readonly wake: () => void;
}

export function createListeners(): Listeners {
  const all = new Set<() => void>();
  const byKey = new Map<string, Set<Waiting>>();
  const toWake = new Set<Waiting>();

  return {
    add(listener) {
      all.add(listener);
      return () => all.delete(listener);
    },
    addTo(local, wake) {
      const waiting: Waiting = { unread: undefined, wake };
      const together = byKey.get(local) ?? new Set();
      byKey.set(local, together.add(waiting));
      return {
        get unread() {
          return waiting.unread;
        },
        taken() {
          waiting.unread = undefined;
        },
        stop() {
          together.delete(waiting);
          toWake.delete(waiting);
          if (together.size === 0 && byKey.get(local) === together) byKey.delete(local);
        },
      };
    },
    changed(local, place) {
      for (const waiting of byKey.get(local) ?? []) {
        waiting.unread = { first: waiting.unread?.first ?? place, last: place };
        toWake.add(waiting);
      }
    },
    changedAll(place) {
      for (const local of byKey.keys()) this.changed(local, place);
    },
    ring() {
      for (const listener of all) listener();
      const woken = [...toWake];
      toWake.clear();
      for (const { wake } of woken) wake();
    },
  };
}
