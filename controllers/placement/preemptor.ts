import { requestOf } from '../../src/api/disruption-request.ts';
import { hasReason } from '../../src/api/error.ts';
import { TASK, type Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, isDeleting, keyOf, keyText, type Millis } from '../../src/api/object.ts';
import { isAtMesos } from '../../src/api/task.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import { inGroups } from '../../src/runtime/group.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { createMover } from '../../src/runtime/mover.ts';
import type { Home } from '../../src/scheduling/objects/view.ts';
import { planStops } from '../../src/scheduling/preemption/stops.ts';
import {
  type NominationStatus,
  nominationOf,
  nominationStatus,
  preemptionTexts,
} from './nomination.ts';
import { type PlacementPlan, type PlacementWorld, waitingIn } from './plan.ts';

interface Preemptor {
  /** Stops tasks for what the plan could not place and what has waited long enough. */
  run(plan: PlacementPlan, world: PlacementWorld): Promise<void>;
  /**
   * Forgets for whom tasks were stopped where that has come to nothing, and goes on with what a leader
   * before has begun: the room is kept, and what it has not stopped yet is stopped.
   */
  tidy(world: TidyWorld): Promise<void>;
}

type TidyWorld = Pick<PlacementWorld, 'backlog' | 'nominations' | 'now'>;

interface PreemptorOptions extends Pick<Runtime, 'client' | 'recorder' | 'log'> {
  readonly home: Home;
  /** With index `nominated`: `yes` for those that wait and for which others are stopped. */
  readonly tasks: Pick<Informer<Task>, 'get' | 'by'>;
}

/** How often at most it is worked out whom to stop: it looks at all tasks. */
const EVERY_MS = 10_000;
const CONCURRENCY = 50;

/**
 * Asks for tasks to be stopped: their jobs do so as their disruption budgets allow, start them again, and
 * count no failure. Both sides are told.
 * For whom they are stopped is durable before the first of them is.
 */
export function createPreemptor(options: PreemptorOptions): Preemptor {
  const { client, recorder, log, tasks, home } = options;
  const mover = createMover(client);
  let nextAt: Millis = 0;

  async function stop(candidate: Task, nomination: NominationStatus, since: Millis): Promise<void> {
    const texts = preemptionTexts(candidate, nomination);
    await inGroups(nomination.victims, CONCURRENCY, async ({ task: key, uid, why }) => {
      const task = tasks.get(key);
      if (task?.metadata.uid !== uid || isDeleting(task) || requestOf(task)?.evicts) return;
      await mover.evict(task, {
        cause: 'Preemption',
        why: texts.victim(why),
        since,
        forced: false,
      });
    });
  }

  /** @returns whether it is durable; a candidate that changed meanwhile is looked at again later */
  async function nominate(candidate: Task, nomination: NominationStatus): Promise<boolean> {
    const status = { ...candidate.status, phase: 'Pending', nomination } as const;
    try {
      await client.updateStatus(TASK, { ...candidate, status });
      return true;
    } catch (thrown) {
      if (hasReason(thrown, 'Conflict') || hasReason(thrown, 'NotFound')) return false;
      throw thrown;
    }
  }

  /** @returns whether anything of the sort waits */
  function keep(nomination: NominationStatus, { backlog, nominations }: TidyWorld): boolean {
    const entry = backlog.entry(nomination.entry);
    if (entry === undefined) return false;
    const kept = nominationOf(nomination, entry);
    nominations.add(kept);
    backlog.promise(kept.members, true);
    return true;
  }

  return {
    async run({ refused, denied }, world) {
      const { now } = world;
      if (now < nextAt) return;
      const entries = [...refused, ...denied.map(({ entry }) => entry)];
      const plans = planStops({
        ...world,
        refused: entries,
        home: home.name,
        waiting: waitingIn(world),
      });
      if (plans.length > 0) nextAt = now + EVERY_MS;
      for (const planned of plans) {
        const { candidate } = planned;
        const nomination = nominationStatus(planned, now);
        if (!(await nominate(candidate, nomination)) || !keep(nomination, world)) continue;
        recorder.normal(candidate, 'Preempting', preemptionTexts(candidate, nomination).candidate);
        await stop(candidate, nomination, now);
        const count = nomination.victims.length;
        log.info('tasks preempted', { for: keyText(keyOf(candidate)), count });
      }
    },
    async tidy(world) {
      const { backlog, nominations, now } = world;
      const waits = (key: string) => {
        const task = backlog.task(key);
        return task !== undefined && !isAtMesos(task);
      };
      backlog.promise(nominations.expire(now, waits), false);
      for (const task of tasks.by('nominated', 'yes')) {
        const { nomination } = task.status ?? {};
        if (nomination === undefined || isDeleting(task) || nominations.has(nomination.entry))
          continue;
        if (fromTimestamp(nomination.until) <= now || !keep(nomination, world)) continue;
        await stop(task, nomination, now);
      }
    },
  };
}
