import type { Millis } from '../../src/api/object.ts';

/** Something that tells of its changes: an informer. */
export interface Source {
  onChange(listener: () => void): () => void;
}

/** Whether it was seen lately that nothing is to do, and nothing has changed since. */
interface Calm {
  holds(now: Millis): boolean;
  /** Begins to look: what changes from here on ends a calm that is found. @returns a way to say that it was found */
  look(now: Millis): () => void;
  stop(): void;
}

/** What changes without being told of, such as the terms of a capacity group, is seen after so long. */
const LOOK_AGAIN_MS = 600_000;

export function createCalm(sources: readonly Source[]): Calm {
  let changes = 0;
  let calmAt = -1;
  let calmUntil: Millis = 0;
  const stops = sources.map((source) =>
    source.onChange(() => {
      changes += 1;
    }),
  );
  return {
    holds: (now) => calmAt === changes && now < calmUntil,
    look(now) {
      const before = changes;
      return () => {
        calmAt = before;
        calmUntil = now + LOOK_AGAIN_MS;
      };
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
}
