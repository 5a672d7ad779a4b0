import { asTitanError, hasReason } from '../../src/api/error.ts';
import { TASK } from '../../src/api/kinds.gen.ts';
import { keyOf, keyText, type Millis } from '../../src/api/object.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import { inGroups } from '../../src/runtime/group.ts';
import { type PlacementPlan, type PlacementWorld, waitingIn } from './plan.ts';
import { type PlannedPreemption, planStops, preemptionTexts } from './preemption.ts';

export interface Preemptor {
  /** Stops tasks for what the plan could not place and what has waited long enough. */
  run(plan: PlacementPlan, world: PlacementWorld): Promise<void>;
  /** Forgets for whom tasks were stopped where that has come to nothing. */
  tidy(world: Pick<PlacementWorld, 'backlog' | 'nominations' | 'now'>): void;
}

/** How often at most it is worked out whom to stop: it looks at all tasks. */
const EVERY_MS = 10_000;
const CONCURRENCY = 50;

/** Stops tasks by deleting them: their jobs start them again, and no failure is counted. Both sides are told. */
export function createPreemptor({
  client,
  recorder,
  log,
}: Pick<Runtime, 'client' | 'recorder' | 'log'>): Preemptor {
  let nextAt: Millis = 0;

  async function stop(planned: PlannedPreemption): Promise<void> {
    const { candidate, victims } = planned;
    const texts = preemptionTexts(planned);
    recorder.normal(candidate, 'Preempting', texts.candidate);
    await inGroups(victims, CONCURRENCY, async ({ task, why }) => {
      recorder.normal(task, 'Preempted', texts.victim(why));
      try {
        await client.delete(TASK, keyOf(task), { uid: task.metadata.uid });
      } catch (thrown) {
        if (hasReason(thrown, 'NotFound')) return;
        log.warn('task not stopped', {
          task: keyText(keyOf(task)),
          error: asTitanError(thrown).message,
        });
      }
    });
    log.info('tasks preempted', { for: keyText(keyOf(candidate)), count: victims.length });
  }

  return {
    async run({ refused, denied }, world) {
      const { backlog, nominations, now } = world;
      if (now < nextAt) return;
      const entries = [...refused, ...denied.map(({ entry }) => entry)];
      const plans = planStops({ ...world, refused: entries, waiting: waitingIn(world) });
      if (plans.length > 0) nextAt = now + EVERY_MS;
      for (const planned of plans) {
        const { preemption } = planned;
        nominations.add(preemption, now);
        backlog.promise(
          preemption.candidate.entry.members.map(({ key }) => key),
          true,
        );
        await stop(planned);
      }
    },
    tidy({ backlog, nominations, now }) {
      const members = nominations.expire(now, (key) => backlog.task(key) !== undefined);
      backlog.promise(members, false);
    },
  };
}
