import { amountOf } from '../../api/amount.ts';
import type { Agent, Job, Task } from '../../api/kinds.gen.ts';
import { keyOf, keyText, type Millis, toTimestamp } from '../../api/object.ts';
import { isLive } from '../../api/task.ts';
import { updateOf } from '../../api/update.ts';
import { type DesiredTasks, desiredTasks } from './desired.ts';
import { type ForecastWorld, jobOf } from './world.ts';

/** How the tasks of a job fare before anything is placed. */
export interface StandingCount {
  /** Tasks that stay where they are. */
  readonly kept: number;
  /** Tasks that are stopped, and others come in their place. */
  readonly replaced: number;
  /** Tasks that are stopped for good. */
  readonly stopped: number;
}

export interface Standing {
  readonly tasks: readonly Task[];
  /** By job, as `namespace/name`. */
  readonly counts: ReadonlyMap<string, StandingCount>;
}

/**
 * The tasks that there would be before anything is placed: those of agents that fail wait again, and as many
 * old ones as the job's rollout may keep beside the new ones still take room.
 */
export function standingTasks(world: ForecastWorld): Standing {
  const counts = new Map<string, StandingCount>();
  const failing = new Set(world.agents.filter(world.fails).map(({ metadata }) => metadata.name));
  const leaving = new Set<string>();
  const all = Map.groupBy(world.tasks, jobOf);
  const byJob = new Map([...all].map(([job, tasks]) => [job, tasks.filter(isLive)] as const));
  for (const job of world.changed) {
    const key = keyText(keyOf(job));
    const desired = desiredTasks(job, {
      home: world.home.name,
      agents: agentsThen(world),
      tasks: all.get(key) ?? [],
      now: world.now,
    });
    const replaced = replacedBy(desired);
    const besides = replaced.slice(0, roomBeside(job, desired));
    const stopped = desired.stopped.length - replaced.length;
    counts.set(key, { kept: 0, replaced: replaced.length, stopped });
    byJob.set(key, [...desired.kept, ...desired.created, ...besides]);
    for (const { metadata } of besides) leaving.add(metadata.uid);
  }
  const tasks = [...byJob.values()].flat().map((task) => {
    return failing.has(task.status?.agent ?? '') ? waitingAgain(task, world.now) : task;
  });
  for (const [key, own] of Map.groupBy(tasks, jobOf)) {
    const kept = own.filter(
      ({ metadata, status }) => status?.agent !== undefined && !leaving.has(metadata.uid),
    ).length;
    counts.set(key, { replaced: 0, stopped: 0, ...counts.get(key), kept });
  }
  return { tasks, counts };
}

/** Tasks in whose place others come. */
function replacedBy({ stopped, created }: DesiredTasks): readonly Task[] {
  const slots = new Set(created.map(({ spec }) => spec.slot));
  return stopped.filter(({ spec }) => slots.has(spec.slot));
}

/** How many old tasks take room beside the new ones, until those are healthy. */
function roomBeside(job: Job, { kept, created }: DesiredTasks): number {
  return amountOf(updateOf(job).surge, kept.length + created.length);
}

/** The agents that there would be. */
export function agentsThen({ agents, added, fails }: ForecastWorld): readonly Agent[] {
  return [...agents.filter((agent) => !fails(agent)), ...added];
}

/** The task as one that has lost its agent. */
export function waitingAgain({ apiVersion, kind, metadata, spec }: Task, now: Millis): Task {
  const creationTimestamp = toTimestamp(now);
  return { apiVersion, kind, metadata: { ...metadata, creationTimestamp }, spec };
}
