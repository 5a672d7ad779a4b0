import type { Rollout } from '../../../controllers/job/rollout/rollout.ts';
import { batchOf } from '../../../src/api/batch.ts';
import type { Job, Task } from '../../../src/api/kinds.gen.ts';
import { parseLocation } from '../../../src/api/location.ts';
import { fromTimestamp, isDeleting, type Millis } from '../../../src/api/object.ts';
import { partitionOf } from '../../../src/api/partition.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { holdsSlot, phaseOf } from '../../../src/api/task.ts';
import { updateOf } from '../../../src/api/update.ts';
import { AGENTS, HOME } from './control.ts';

/** Phases in which a rollout makes nothing that must prove itself; of two sets the second is promoted then. */
const OVER: ReadonlySet<Rollout['phase']> = new Set(['Complete', 'RolledBack', 'KeepingOld']);
/** How many instances the job wants here. */
export function wantedOf({ spec }: Job): number {
  const parsed = parseLocation(spec.location);
  if (!parsed.ok || spec.suspend === true) return 0;
  const count = parsed.locations.find(({ domain }) => domain === HOME.name)?.count ?? 0;
  return count === '*' ? AGENTS : count;
}

/** How many of them may live at once. */
export function atOnce(job: Job): number {
  return Math.min(wantedOf(job), batchOf(job)?.parallelism ?? Number.POSITIVE_INFINITY);
}

export function ownRollout({ status }: Job): Rollout | undefined {
  return status?.domains?.find(({ name }) => name === HOME.name)?.rollout;
}

/** How the instances of a job fare, by what a control plane could know. */
export interface Sight {
  /** A control plane stops it. */
  leaves(task: Task): void;
  isLeaving(task: Task): boolean;
  isUp(task: Task): boolean;
  hasBeenLong(task: Task): boolean;
  isDone(task: Task): boolean;
  isFollowed(task: Task): boolean;
  /** The tasks that hold an instance. */
  holders(slot: string): readonly Task[];
  instances(are: (task: Task) => boolean): number;
  instancesHeld(): number;
  /** How many instances are up, as the rollout goes on, and as it would be gone back from. */
  upEitherWay(): readonly [number, number];
}

export interface SightOptions {
  now(): Millis;
  job(): Job;
  /** What the control plane has seen. */
  seen(): Iterable<Task>;
}

export function createSight({ now, job, seen }: SightOptions): Sight {
  const stopping = new Set<string>();

  function isLeaving(task: Task): boolean {
    return isDeleting(task) || stopping.has(task.metadata.uid);
  }

  function isUp(task: Task): boolean {
    if (isLeaving(task) || task.status?.ready !== true) return false;
    if (phaseOf(task) === 'Running') return true;
    const since = fromTimestamp(task.status?.phaseSince ?? task.metadata.creationTimestamp);
    const isCutOff = phaseOf(task) === 'Unreachable' && task.status?.startedAt !== undefined;
    return isCutOff && now() < since + partitionOf(job()).suspectAfterMs;
  }

  /** Well for long enough to count, where a rollout makes such that goes on; what it takes away counts as it is. */
  function isWell(task: Task, rollout = ownRollout(job())): boolean {
    if (!isUp(task)) return false;
    if (rollout === undefined || OVER.has(rollout.phase) || rollout.revision !== revisionOf(job()))
      return true;
    const isOfBefore = task.spec.revision === rollout.stable && rollout.stable !== rollout.revision;
    const isBack = rollout.phase === 'RollingBack' || rollout.phase === 'RollbackFailed';
    if (isOfBefore !== isBack) return true;
    if (fromTimestamp(task.metadata.creationTimestamp) < fromTimestamp(rollout.startedAt)) {
      return true;
    }
    return hasBeenLong(task);
  }

  function hasBeenLong({ status }: Task): boolean {
    const since = fromTimestamp(status?.readySince ?? status?.startedAt ?? '');
    return now() >= since + updateOf(job()).minHealthyMs;
  }

  function instances(are: (task: Task) => boolean): number {
    const slots = new Set<string>();
    for (const task of seen()) if (are(task)) slots.add(task.spec.slot);
    return slots.size;
  }

  const instancesHeld = () => instances((task) => holdsSlot(task) && !isLeaving(task));

  function holders(slot: string): readonly Task[] {
    return [...seen()].filter((task) => task.spec.slot === slot && holdsSlot(task));
  }

  function isFollowed({ spec }: Task): boolean {
    return holders(spec.slot).some((other) => other.spec.attempt > spec.attempt);
  }

  /** An instance that ended well is missed by nobody. */
  function isDone(task: Task): boolean {
    if (batchOf(job()) === undefined || phaseOf(task) !== 'Succeeded') return false;
    return [...seen()].every(
      ({ spec }) => spec.slot !== task.spec.slot || spec.attempt <= task.spec.attempt,
    );
  }

  function upEitherWay(): readonly [number, number] {
    const rollout = ownRollout(job());
    const back = rollout && { ...rollout, phase: 'RollingBack' as const };
    return [
      instances((task) => isWell(task) || isDone(task)),
      instances((task) => isWell(task, back) || isDone(task)),
    ];
  }

  return {
    leaves: ({ metadata }) => stopping.add(metadata.uid),
    isLeaving,
    isUp,
    hasBeenLong,
    isDone,
    isFollowed,
    holders,
    instances,
    instancesHeld,
    upEitherWay,
  };
}
