import { takesTasks } from '../../src/api/agent.ts';
import type { Agent, Job, Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis } from '../../src/api/object.ts';
import { partitionOf } from '../../src/api/partition.ts';
import {
  holdsSlot,
  isLive,
  isMoving,
  isOfItsAgent,
  isReady,
  moveTargetOf,
  phaseOf,
} from '../../src/api/task.ts';
import { hasFollower } from '../../src/scheduling/disruption/instances.ts';
import { createLedger } from '../../src/scheduling/disruption/ledger.ts';
import type { Profile } from '../../src/scheduling/place/profile.ts';
import type { Crew } from '../../src/scheduling/rebalance/crew.ts';

interface CrewWorld {
  /** The job's own tasks here. */
  readonly tasks: readonly Task[];
  /** Whether a plugin chooses the agents of the job's capacity group. */
  readonly hasOwnScheduler: boolean;
  readonly avoids: ReadonlySet<string>;
  /** The fault domain. */
  readonly home: string;
  readonly now: Millis;
  profile(task: Task): Profile;
}

/**
 * The tasks of a job that may be moved, and how many of them now. None of a job that is not settled; none
 * whose tasks start together, must never run beside another, end by themselves, or belong to their agent.
 */
export function crewOf(job: Job, world: CrewWorld): Crew | undefined {
  const { avoids } = world;
  const tasks = world.tasks.filter(holdsSlot);
  const [first] = tasks;
  const isFixed =
    job.spec.gang !== undefined ||
    partitionOf(job).exclusive ||
    job.spec.restartOnSuccess === false;
  if (first === undefined || isFixed || world.hasOwnScheduler || isDeleting(job)) return undefined;
  const isAlike = tasks.every(({ spec }) => spec.revision === first.spec.revision);
  if (!isAlike || tasks.some((task) => isDeleting(task) && !isMoving(task))) return undefined;
  const members = tasks.flatMap((task) => memberOf(task) ?? []);
  const left = sparedOf(job, members, world);
  if (left === 0) return undefined;
  const { agent: _, ...profile } = world.profile(first);
  const name = `${job.metadata.namespace ?? 'default'}/${job.metadata.name}`;
  const id = `move/${profile.id}`;
  return {
    job: name,
    profile: { ...profile, id },
    members: members.map(({ task, agent }) => ({ key: task.metadata.uid, agent })),
    left,
    avoids,
  };
}

const MOVE = { cause: 'Rebalance', breaks: false } as const;

interface Willing {
  readonly task: Task;
  readonly agent: string;
}

/** How many of them may be told to move now; what has been told to, and has not begun, counts. */
function sparedOf(job: Job, members: readonly Willing[], { tasks, home, now }: CrewWorld): number {
  const ledger = createLedger({ job, home, tasks, frozen: false, now });
  for (const task of tasks.filter(isMoving)) {
    if (!hasFollower(task, tasks)) ledger.take({ ...MOVE, task, forced: true });
  }
  const refused = members.findIndex(({ task }) => ledger.take({ ...MOVE, task }) !== undefined);
  return refused === -1 ? members.length : refused;
}

/** One that runs well and is not moving already; others are down, or on their way. */
function memberOf(task: Task): Willing | undefined {
  const { agent } = task.status ?? {};
  const isUp = phaseOf(task) === 'Running' && isReady(task) && !isDeleting(task);
  if (agent === undefined || !isUp || isMoving(task) || isOfItsAgent(task)) return undefined;
  return { task, agent };
}

/** How long the one that follows may wait for its agent, and how long it may take in all. */
const WAIT_MS = 60_000;
const START_MS = 300_000;

interface MoveView {
  /** Tasks of the same slot. */
  readonly others: readonly Task[];
  readonly target: Agent | undefined;
  readonly isOff: boolean;
  readonly now: Millis;
}

/** Why a task that is to move stays after all; `undefined` while there is no reason. */
export function reasonToStay(task: Task, view: MoveView): string | undefined {
  const to = moveTargetOf(task) ?? '';
  if (view.isOff) return 'rebalancing is switched off';
  const { target, now } = view;
  if (target?.status?.phase !== 'Active' || !takesTasks(target)) {
    return `${to} takes no tasks now`;
  }
  const next = view.others
    .filter(({ spec }) => spec.attempt > task.spec.attempt)
    .toSorted((a, b) => b.spec.attempt - a.spec.attempt);
  const ended = next.find((other) => !isLive(other));
  if (ended !== undefined) return `${ended.metadata.name} ended on ${to}`;
  const [newest] = next;
  if (newest === undefined) return undefined;
  const waitedMs = now - fromTimestamp(newest.metadata.creationTimestamp);
  if (newest.status?.agent === undefined && waitedMs >= WAIT_MS) {
    return `${to} has had no room for ${newest.metadata.name}`;
  }
  const isUp = phaseOf(newest) === 'Running';
  return waitedMs >= START_MS && !isUp
    ? `${newest.metadata.name} does not come up on ${to}`
    : undefined;
}
