import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis, toTimestamp } from '../../src/api/object.ts';
import { partitionOf } from '../../src/api/partition.ts';
import { revisionOf } from '../../src/api/revision.ts';
import { mesosTaskId, phaseOf, taskName } from '../../src/api/task.ts';

/** What follows an attempt that has ended, as the job's controller decides it. */
export type SequelOf = (
  task: Task,
  job: Job,
) => { readonly leads: string; readonly retries?: number; readonly dueAt?: Millis };

export interface Restart {
  /** The next attempt of the same instance, on the same agent and ports, bound to them. */
  readonly task: Task;
  readonly dueAt: Millis;
}

export interface RestartWorld {
  readonly sequelOf: SequelOf;
  readonly home: string;
  readonly uid: string;
  readonly now: Millis;
}

/**
 * The next attempt of a task that has ended by itself, where that is sure to be allowed without asking the
 * store: its job still wants the same, and has restarts left; nothing was to end it; and nothing beside
 * its agent's room is needed, which another leader may have given to another. Of an exclusive job nothing is
 * started without the store.
 */
export function restartOf(
  task: Task,
  job: Job | undefined,
  world: RestartWorld,
): Restart | undefined {
  if (job === undefined || !endedByItself(task) || !isWantedAgain(task, job)) return undefined;
  if (partitionOf(job).exclusive || job.spec.gang !== undefined || needsMore(task))
    return undefined;
  const sequel = world.sequelOf(task, job);
  if (sequel.leads !== 'again') return undefined;
  return { task: successor(task, sequel.retries ?? 0, world), dueAt: sequel.dueAt ?? world.now };
}

function endedByItself(task: Task): boolean {
  const { fault, killsSent = 0 } = task.status ?? {};
  const phase = phaseOf(task);
  const isEnd = phase === 'Succeeded' || (phase === 'Failed' && fault === 'Program');
  return isEnd && killsSent === 0 && !isDeleting(task);
}

function isWantedAgain({ metadata, spec }: Task, job: Job): boolean {
  const isOwner = metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid) === true;
  return isOwner && !isDeleting(job) && spec.revision === revisionOf(job);
}

function needsMore({ spec, status }: Task): boolean {
  const claims = (spec.volumes ?? []).some(({ claim }) => claim !== undefined);
  const secrets = (spec.env ?? []).some(({ valueFrom }) => valueFrom !== undefined);
  const others = [spec.sidecars, status?.extraItems, status?.resourceSets];
  const isGiven = others.some((given) => (given ?? []).length > 0);
  return claims || secrets || isGiven || spec.executor !== undefined;
}

function successor(task: Task, retries: number, { home, uid, now }: RestartWorld): Task {
  const { metadata, spec, status = {} } = task;
  const attempt = spec.attempt + 1;
  const name = taskName(spec.jobName, home, spec.slot, attempt);
  const at = toTimestamp(now);
  const next: Task = {
    ...task,
    metadata: { ...metadata, name, uid },
    spec: { ...spec, attempt, retries },
  };
  const { agent, agentId, ports = [] } = status;
  return {
    ...next,
    status: {
      phase: 'Staging',
      phaseSince: at,
      boundAt: at,
      mesosTaskId: mesosTaskId(next),
      ports,
      ...(agent === undefined ? {} : { agent }),
      ...(agentId === undefined ? {} : { agentId }),
    },
  };
}
