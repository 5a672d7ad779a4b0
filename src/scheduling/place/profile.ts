import type { TaskView } from '../cluster/task.ts';
import type { ConstraintSpec } from '../rules/rule.ts';

/** What tasks that are alike have in common: they are placed, refused and explained as one class. */
export interface Profile extends Omit<TaskView, 'key' | 'exclusive'> {
  /** Names the class: profiles of one id must be equal but for `endsAt`, which goes on with the clock. */
  readonly id: string;
  readonly constraints: readonly ConstraintSpec[];
  /** Combined by their weights. */
  readonly fitness: ReadonlyArray<{ readonly name: string; readonly weight: number }>;
  /** A score from which on agents are all as good: of those the first by name is taken. */
  readonly goodEnough?: number;
  readonly image?: string;
  /** The only agent that it may run on. */
  readonly agent?: string;
}

/** A task that waits for an agent. */
export interface Waiting {
  /** What names it in the answer. */
  readonly key: string;
  readonly profile: Profile;
}
