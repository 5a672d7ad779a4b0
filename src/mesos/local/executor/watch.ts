import type { Clock } from '../../../runtime/port.ts';
import type { TaskMark } from './launcher.ts';
import { startOf } from './proc.ts';

export interface ProcessWatch {
  /** Calls `gone` once when the process is no more. Returns what stops the watching. */
  add(mark: TaskMark, gone: () => void): () => void;
}

const lookEveryMs = 1_000;

/**
 * Looks once a second whether processes that are not our children still live: nobody tells us of
 * their end. One timer for all of them, and none while there are none.
 */
export function processWatch(clock: Clock): ProcessWatch {
  const watched = new Set<{ readonly mark: TaskMark; readonly gone: () => void }>();
  let ticking = false;

  function tick(): void {
    for (const entry of [...watched]) {
      if (startOf(entry.mark.pid) === entry.mark.startedAt) continue;
      watched.delete(entry);
      entry.gone();
    }
    ticking = false;
    arm();
  }

  function arm(): void {
    if (ticking || watched.size === 0) return;
    ticking = true;
    clock.after(lookEveryMs, tick);
  }

  return {
    add(mark, gone) {
      const entry = { mark, gone };
      watched.add(entry);
      arm();
      return () => watched.delete(entry);
    },
  };
}
