import type { Agent, Task } from '../../api/kinds.gen.ts';
import { keyOf, keyText, type Millis, toTimestamp } from '../../api/object.ts';
import { isLive } from '../../api/task.ts';
import { desiredTasks } from './desired.ts';
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

/** The tasks that there would be before anything is placed: those of agents that fail wait again. */
export function standingTasks(world: ForecastWorld): Standing {
  const counts = new Map<string, StandingCount>();
  const failing = new Set(world.agents.filter(world.fails).map(({ metadata }) => metadata.name));
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
    const created = new Set(desired.created.map(({ spec }) => spec.slot));
    const replaced = desired.stopped.filter(({ spec }) => created.has(spec.slot)).length;
    counts.set(key, { kept: 0, replaced, stopped: desired.stopped.length - replaced });
    byJob.set(key, [...desired.kept, ...desired.created]);
  }
  const tasks = [...byJob.values()].flat().map((task) => {
    return failing.has(task.status?.agent ?? '') ? waitingAgain(task, world.now) : task;
  });
  for (const [key, own] of Map.groupBy(tasks, jobOf)) {
    const kept = own.filter(({ status }) => status?.agent !== undefined).length;
    counts.set(key, { replaced: 0, stopped: 0, ...counts.get(key), kept });
  }
  return { tasks, counts };
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
