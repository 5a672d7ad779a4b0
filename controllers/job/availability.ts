import type { DisruptionBudget } from '../../src/api/disruption.ts';
import type { Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import type { Partition } from '../../src/api/partition.ts';
import { phaseSince } from '../../src/api/task.ts';
import type { Update } from '../../src/api/update.ts';
import { type HealthView, isCutOff, isHealthy } from '../../src/scheduling/disruption/health.ts';
import type { Ledger } from '../../src/scheduling/disruption/ledger.ts';
import type { Refused } from './disruptions.ts';
import { keptVersion } from './rollout/stage.ts';
import type { SlotState } from './slots.ts';

export interface AvailabilityWorld extends HealthView {
  readonly update: Update;
  readonly budget: DisruptionBudget;
  readonly ledger: Ledger;
}

/**
 * Tasks of a version that their instance is not to run any more, and that may be stopped now: all that
 * are of no use yet, and of the others as many as the ledger lets go.
 */
export function outdated(
  states: readonly SlotState[],
  world: AvailabilityWorld,
): { readonly tasks: readonly Task[]; readonly refused: Refused | undefined } {
  const kept = keptVersion(world.rollout, world.update);
  const old = states.filter(
    (state) => state.is === 'held' && !state.current && !state.leaving && !isKept(state.task, kept),
  );
  const inOrder = [false, true].flatMap((is) =>
    old
      .filter((state) => isAvailable(state, world) === is)
      .flatMap((state) => (state.is === 'held' ? [state.task] : [])),
  );
  const tasks: Task[] = [];
  for (const task of inOrder) {
    const refusal = world.ledger.take({ task, cause: 'Rollout', breaks: true });
    if (refusal !== undefined) return { tasks, refused: { ...refusal, task, cause: 'Rollout' } };
    tasks.push(task);
  }
  return { tasks, refused: undefined };
}

/** Whether the instance does what it is there for: one that a rollout made must have for a while. */
export function isAvailable(state: SlotState, world: HealthView): boolean {
  if (state.is !== 'held') return state.is === 'succeeded';
  return !state.leaving && isHealthy(state.task, world);
}

/** Whether it has started, and is of the version that runs on beside the new one, however it fares. */
export function isKept(task: Task, kept: string | undefined): boolean {
  return kept !== undefined && task.spec.revision === kept && task.status?.startedAt !== undefined;
}

/** When the slot changes by itself. */
export function changesAt(state: SlotState, { suspectAfterMs }: Partition): Millis {
  if (state.is === 'vacant') return state.dueAt;
  if (state.is !== 'held') return Number.POSITIVE_INFINITY;
  if (state.successor !== undefined && state.successor.dueAt > 0) return state.successor.dueAt;
  if (!isCutOff(state.task)) return Number.POSITIVE_INFINITY;
  return phaseSince(state.task) + suspectAfterMs;
}
