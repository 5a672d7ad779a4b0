import type { Millis } from '../api/object.ts';
import type { Clock } from '../runtime/port.ts';

/** The standing still of a process. */
export interface Sleep {
  readonly asleep: boolean;
  begin(): void;
  /** Timers that came due meanwhile fire first, in their order; then everyone who waits in `awake` goes on. */
  end(): void;
  /** Resolves when it is over. */
  awake(): Promise<void>;
  /** A timer of the process: one that comes due meanwhile fires at the end. @returns what cancels it */
  timer(clock: Clock, delayMs: Millis, fire: () => void): () => void;
}

export function createSleep(): Sleep {
  let over: PromiseWithResolvers<void> | undefined;
  const overdue = new Set<() => void>();
  return {
    get asleep() {
      return over !== undefined;
    },
    begin() {
      over ??= Promise.withResolvers();
    },
    end() {
      const ended = over;
      over = undefined;
      for (const fire of overdue) {
        overdue.delete(fire);
        fire();
      }
      ended?.resolve();
    },
    async awake() {
      await over?.promise;
    },
    timer(clock, delayMs, fire) {
      const due = () => {
        if (over === undefined) fire();
        else overdue.add(fire);
      };
      const cancel = clock.after(delayMs, due);
      return () => {
        cancel();
        overdue.delete(fire);
      };
    },
  };
}

/** What the dead wait for. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}
