import { takesTasks } from '../../api/agent.ts';
import { batchOf } from '../../api/batch.ts';
import { apiVersionOf } from '../../api/kind.ts';
import { type Agent, type Job, TASK, type Task } from '../../api/kinds.gen.ts';
import { parseLocation, scaleLocations } from '../../api/location.ts';
import { type Millis, toTimestamp } from '../../api/object.ts';
import { revisionOf } from '../../api/revision.ts';
import { isLive, phaseOf } from '../../api/task.ts';
import { taskShape } from '../../api/task-shape.ts';
import { wantedSlots } from '../scale/slots.ts';

/** What a job would make of its tasks here. */
export interface DesiredTasks {
  readonly kept: readonly Task[];
  readonly stopped: readonly Task[];
  readonly created: readonly Task[];
}

export interface DesiredWorld {
  /** The fault domain that is here. */
  readonly home: string;
  readonly agents: readonly Agent[];
  /** Its tasks here, with those that have ended. */
  readonly tasks: readonly Task[];
  readonly now: Millis;
}

/** The tasks that the job will have here in the end: what it runs already it keeps, unless it runs something else now. */
export function desiredTasks(job: Job, world: DesiredWorld): DesiredTasks {
  const slots = slotsOf(job, world);
  const revision = revisionOf(job);
  const same = world.tasks.filter(({ spec }) => spec.revision === revision);
  const kept = same.filter((task) => isLive(task) && slots.has(task.spec.slot));
  const over = same.filter((task) => isOver(task, job));
  const held = new Set([...kept, ...over].map(({ spec }) => spec.slot));
  const { parallelism = Number.POSITIVE_INFINITY } = batchOf(job) ?? {};
  const created = [...slots]
    .filter(([slot]) => !held.has(slot))
    .slice(0, Math.max(0, parallelism - kept.length))
    .map(([slot, agent]) => plannedTask(job, { slot, agent, now: world.now }));
  const stopped = world.tasks.filter((task) => isLive(task) && !kept.includes(task));
  return { kept, stopped, created };
}

/** Whether it has ended and nothing follows it. */
function isOver(task: Task, { spec }: Job): boolean {
  const phase = phaseOf(task);
  if (phase === 'Succeeded') return !spec.restartOnSuccess;
  return phase === 'Failed' && task.status?.fault === 'Program' && !spec.restartOnFailure;
}

/** The slots here, each with the only agent that it may run on, where there is one. */
function slotsOf(job: Job, world: DesiredWorld): ReadonlyMap<string, string | undefined> {
  const { spec } = job;
  const { home, agents } = world;
  const parsed = parseLocation(spec.location);
  if (!parsed.ok || spec.suspend === true) return new Map();
  const here = scaleLocations(parsed.locations, spec.replicas).find(
    ({ domain }) => domain === home,
  );
  if (here === undefined) return new Map();
  if (here.count !== '*') {
    return new Map(wantedSlots(job, here.count, world).map((slot) => [slot, undefined]));
  }
  return new Map(agents.filter(takesTasks).map(({ metadata: { name } }) => [name, name]));
}

interface Planned {
  readonly slot: string;
  readonly agent: string | undefined;
  readonly now: Millis;
}

function plannedTask(job: Job, { slot, agent, now }: Planned): Task {
  const { name, namespace = 'default' } = job.metadata;
  return {
    apiVersion: apiVersionOf(TASK),
    kind: TASK.kind,
    metadata: {
      name: `${name}-${slot}`,
      namespace,
      uid: `planned/${namespace}/${name}/${slot}`,
      resourceVersion: '0',
      generation: 1,
      creationTimestamp: toTimestamp(now),
    },
    spec: {
      jobName: name,
      slot,
      attempt: 0,
      retries: 0,
      revision: revisionOf(job),
      ...taskShape(job),
      ...(agent === undefined ? {} : { agent }),
    },
  };
}
