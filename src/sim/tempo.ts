import { isFrozen, replacementsPerMinute } from '../api/guard.ts';
import type { FaultDomain, Task } from '../api/kinds.gen.ts';
import type { Millis } from '../api/object.ts';
import { isLost } from '../api/task.ts';
import type { Clock } from '../runtime/port.ts';
import type { Violation } from './promises.ts';

export interface Around {
  readonly home: FaultDomain | undefined;
  /** All tasks of the same job. */
  readonly others: readonly Task[];
  readonly atMesos: () => number;
}

/** I10: after a mass loss tasks are replaced slowly; nothing is counted while there is none. */
export interface Tempo {
  replaces(made: Task, around: Around): Violation | undefined;
  /** Counts anew. */
  restart(): void;
}

const MINUTE_MS = 60_000;

export function createTempo(clock: Pick<Clock, 'now'>): Tempo {
  let replaced: Millis[] = [];
  return {
    restart() {
      replaced = [];
    },
    replaces(made, { home, others, atMesos }) {
      if (!isFrozen(home)) {
        replaced = [];
        return undefined;
      }
      const before = predecessorOf(made, others);
      if (before === undefined || !isLost(before)) return undefined;
      const now = clock.now();
      replaced = [...replaced.filter((at) => at > now - MINUTE_MS), now];
      const most = replacementsPerMinute(home, atMesos());
      if (replaced.length <= most) return undefined;
      const text = `${replaced.length} tasks replaced within a minute of a mass loss, the most is ${most}`;
      return { invariant: 'I10', text };
    },
  };
}

/** The attempt of the same instance that came before. */
function predecessorOf({ spec }: Task, tasks: readonly Task[]): Task | undefined {
  return tasks
    .filter((task) => task.spec.slot === spec.slot && task.spec.attempt < spec.attempt)
    .toSorted((a, b) => a.spec.attempt - b.spec.attempt)
    .at(-1);
}
