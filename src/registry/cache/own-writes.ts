import type { Revision } from '../../store/port.ts';
import type { Held } from './held.ts';

/** What is known of a key beyond the cache: `held` is absent where the write deleted it. */
export interface Written {
  readonly revision: Revision;
  readonly held: Held | undefined;
}

/** What this process wrote to a kind, until the feed brings it back. */
export interface OwnWrites {
  /** The newest that was noted. */
  readonly newest: Revision;
  get(local: string): Written | undefined;
  /** Notes a write, unless something as new is known of its key. */
  note(local: string, written: Written, known: Revision): void;
  /** The feed has brought the key as of `revision`. */
  seen(local: string, revision: Revision): void;
  /** The feed has brought everything up to `revision`. */
  seenAll(revision: Revision): void;
  forget(): void;
}

export function createOwnWrites(): OwnWrites {
  const ahead = new Map<string, Written>();
  let newest: Revision = 0;

  function seen(local: string, revision: Revision): void {
    const own = ahead.get(local);
    if (own !== undefined && own.revision <= revision) ahead.delete(local);
  }

  return {
    get newest() {
      return newest;
    },
    get: (local) => ahead.get(local),
    note(local, written, known) {
      newest = Math.max(newest, written.revision);
      if (written.revision > Math.max(known, ahead.get(local)?.revision ?? 0)) {
        ahead.set(local, written);
      }
    },
    seen,
    forget() {
      ahead.clear();
      newest = 0;
    },
    seenAll(revision) {
      for (const local of ahead.keys()) seen(local, revision);
    },
  };
}
