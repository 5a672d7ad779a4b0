import type { Room } from '../cluster/agent.ts';
import type { Need } from '../cluster/resources.ts';

/** What a fitness may ask of the task. */
export interface FitnessTask {
  /** Scalars and counts that it needs, by dimension. */
  readonly needs: readonly Need[];
  readonly endsAt: number | undefined;
  readonly image: string | undefined;
}

/**
 * How well a task would sit on an agent that can hold it: 0 to 1, more is better. It must depend on its
 * arguments alone, so that the same cluster gives the same answer.
 */
export interface Fitness {
  readonly name: string;
  /** `jobTasks`: how many tasks of the task's own job the agent runs. */
  score(task: FitnessTask, room: Room, jobTasks: number): number;
  /**
   * How the score goes as more of any resource is free, all else the same. It lets whole groups of
   * agents be passed over; without it each group is looked at.
   */
  readonly trend?: 'rises' | 'falls';
  /**
   * What it reads beside what is free: agents are then told apart by it, and with `endsAt` tasks, too. Without
   * that it may see the `endsAt` of an earlier task of the class.
   */
  readonly reads?: ReadonlyArray<'jobTasks' | 'holds' | 'attributes' | 'endsAt'>;
}
