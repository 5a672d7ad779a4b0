import type { Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import { isPlaced, type Placer } from '../../src/scheduling/place/placer.ts';
import type { Profile, Waiting } from '../../src/scheduling/place/profile.ts';
import { profileOf } from './view.ts';

/** A task and the agent that is to run it. */
export interface Binding {
  readonly task: Task;
  readonly agent: string;
  readonly ports: readonly number[];
}

/** A task that goes nowhere now, with what makes it one of its class. */
export interface Unplaced {
  readonly task: Task;
  readonly profile: Profile;
}

export interface PlacementPlan {
  readonly bindings: readonly Binding[];
  readonly refused: readonly Unplaced[];
}

/** Tasks that one pass looks at; the others have their turn in the next. */
const PASS_MAX = 2_000;

/**
 * Gives the pending tasks, oldest first, to agents: each is bound in the placer's snapshot. It is worked
 * in steps of one task, so that whoever runs it may do something else in between.
 */
export function* planPlacement(
  pending: readonly Task[],
  placer: Placer,
  now: Millis,
): Generator<void, PlacementPlan> {
  const bindings: Binding[] = [];
  const refused: Unplaced[] = [];
  for (const { task, waiting } of queueOf(pending, now)) {
    const result = placer.place(waiting);
    if (isPlaced(result)) {
      bindings.push({ task, agent: result.agent, ports: result.given.ranges.ports ?? [] });
    } else refused.push({ task, profile: waiting.profile });
    yield;
  }
  return { bindings, refused };
}

interface Queued {
  readonly task: Task;
  readonly waiting: Waiting;
}

function queueOf(pending: readonly Task[], now: Millis): readonly Queued[] {
  return pending
    .toSorted(byAge)
    .slice(0, PASS_MAX)
    .map((task) => ({
      task,
      waiting: { key: task.metadata.uid, profile: profileOf(task, now) },
    }));
}

function byAge(a: Task, b: Task): number {
  const [left, right] = [a.metadata, b.metadata];
  if (left.creationTimestamp !== right.creationTimestamp) {
    return left.creationTimestamp < right.creationTimestamp ? -1 : 1;
  }
  return left.name < right.name ? -1 : 1;
}
