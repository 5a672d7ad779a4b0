import type { AgentState } from '../cluster/agent.ts';
import { moved, type Vector } from '../cluster/resources.ts';
import type { HeldTask } from '../cluster/task.ts';

/** The tasks of an agent that have a known end, the soonest first. */
export interface Ending {
  readonly tasks: readonly HeldTask[];
  readonly at: readonly number[];
  /** What is left of the agent when so many of them have ended, and one more. */
  readonly left: readonly Vector[];
}

/** When the tasks of agents end. It is worked out for an agent when first asked for. */
export interface Endings {
  /** The agents where any task has a known end, by the soonest end. */
  bySoonest(): readonly number[];
  of(index: number): Ending;
}

export function createEndings(
  states: readonly AgentState[],
  tasksOn: (index: number) => readonly HeldTask[],
): Endings {
  const known = new Map<number, Ending>();
  let sorted: readonly number[] | undefined;

  function soonest(index: number): number {
    return states[index]?.ends[0] ?? Number.POSITIVE_INFINITY;
  }

  function endingOf(index: number): Ending {
    const ending = tasksOn(index)
      .flatMap((held) => (held.task.endsAt === undefined ? [] : [{ at: held.task.endsAt, held }]))
      .toSorted((a, b) => a.at - b.at);
    let last: Vector = states[index]?.left ?? [];
    const left = ending.map(({ held }) => {
      last = moved(last, held.amounts, 1);
      return last;
    });
    return { tasks: ending.map(({ held }) => held), at: ending.map(({ at }) => at), left };
  }

  return {
    bySoonest() {
      sorted ??= [...states.keys()]
        .filter((index) => (states[index]?.ends.length ?? 0) > 0)
        .toSorted((a, b) => soonest(a) - soonest(b) || a - b);
      return sorted;
    },
    of(index) {
      const ending = known.get(index) ?? endingOf(index);
      known.set(index, ending);
      return ending;
    },
  };
}
