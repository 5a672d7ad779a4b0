import type { Task, TaskStatus } from './kinds.gen.ts';
import { fromTimestamp, type Millis, type Timestamp } from './object.ts';

export type TaskPhase = NonNullable<TaskStatus['phase']>;
export type Fault = NonNullable<TaskStatus['fault']>;

/** Holds a task object until Mesos runs nothing of it any more. */
export const TASK_FINALIZER = 'titan.dev/mesos';
/** Holds a job until its tasks of this fault domain are gone. */
export const JOB_FINALIZER = 'titan.dev/tasks';

export const TASK_LABELS = {
  job: 'titan.dev/job',
  slot: 'titan.dev/slot',
  revision: 'titan.dev/revision',
} as const;

/** Restarts in a row, before this attempt, that were no failure of the program. */
export const FREE_RESTARTS_ANNOTATION = 'titan.dev/free-restarts';

/** On a task that is to make room where it is: its job starts another elsewhere, then stops it. Its value says why. */
export const MOVE_ANNOTATION = 'titan.dev/move';
/** Beside it: the only agent that the other may run on. Without it any other will do. */
export const MOVE_TARGET_ANNOTATION = 'titan.dev/move-to';

/** The value of `MOVE_ANNOTATION` where a rollout says so. */
export const MOVE_FOR_ROLLOUT = 'rollout';

/** How far along its life a phase is; a task never goes back, but for its agent's return. */
const ranks: Readonly<Record<TaskPhase, number>> = {
  Pending: 0,
  Staging: 1,
  Starting: 2,
  Running: 3,
  Unreachable: 3,
  Killing: 4,
  Succeeded: 5,
  Failed: 5,
  Killed: 5,
  Lost: 5,
};

const TERMINAL_RANK = 5;

export function phaseOf(task: Task): TaskPhase {
  return task.status?.phase ?? 'Pending';
}

export function rankOf(phase: TaskPhase): number {
  return ranks[phase];
}

export function isTerminalPhase(phase: TaskPhase): boolean {
  return ranks[phase] === TERMINAL_RANK;
}

export function isTerminal(task: Task): boolean {
  return isTerminalPhase(phaseOf(task));
}

/** Whether it may still run somewhere, or come to run: all that is not terminal. */
export function isLive(task: Task): boolean {
  return !isTerminal(task);
}

/**
 * Whether it is in its instance's way: it lives, and is not cut off for so long that another task may
 * take its place.
 */
export function holdsSlot(task: Task): boolean {
  return isLive(task) && !isReplaceable(task);
}

/** Whether it may live on an agent that is cut off, while another task may take its place. */
export function isReplaceable({ status }: Task): boolean {
  return status?.phase === 'Unreachable' && status.replaceableSince !== undefined;
}

/** Whether a rollout told it to make room for a task of another version. */
export function isMovingForRollout({ metadata }: Task): boolean {
  return metadata.annotations?.[MOVE_ANNOTATION] === MOVE_FOR_ROLLOUT;
}

/** Whether its job is to start another in its place and stop it then. */
export function isMoving({ metadata }: Task): boolean {
  return metadata.annotations?.[MOVE_ANNOTATION] !== undefined;
}

/** The agent that the task is to move to, where it is to move to one. */
export function moveTargetOf({ metadata }: Task): string | undefined {
  return metadata.annotations?.[MOVE_TARGET_ANNOTATION];
}

/** Whether it is the instance that its job has on each agent, this one's. */
export function isOfItsAgent({ spec }: Task): boolean {
  return spec.agent !== undefined && spec.agent === spec.slot;
}

/** Whether it may be at Mesos: it was bound to an agent and has not ended. */
export function isAtMesos(task: Task): boolean {
  return isLive(task) && task.status?.mesosTaskId !== undefined;
}

/** Whether it has not begun to run yet. */
export function isNotStarted(task: Task): boolean {
  return ranks[phaseOf(task)] < ranks.Running;
}

/**
 * Whether a task may go from one phase to another: only forwards, and never out of an end. While its
 * agent is cut off nothing is known, so from `Unreachable` it may go to wherever it was or beyond.
 */
export function mayBecome(status: TaskStatus | undefined, to: TaskPhase): boolean {
  const from = status?.phase ?? 'Pending';
  if (isTerminalPhase(from)) return false;
  if (isTerminalPhase(to)) return true;
  if (to === 'Unreachable') return from !== 'Pending' && from !== 'Unreachable';
  if (from !== 'Unreachable') return ranks[to] > ranks[from];
  if ((status?.killsSent ?? 0) > 0) return to === 'Killing';
  return ranks[to] >= (status?.startedAt === undefined ? ranks.Starting : ranks.Running);
}

/** Whether every readiness probe of it is content; a program without one is ready. */
export function isReady({ spec, status }: Task): boolean {
  if (spec.readinessProbe !== undefined && status?.ready !== true) return false;
  return (spec.sidecars ?? []).every(({ name, readinessProbe }) => {
    const sidecar = status?.sidecars?.find((each) => each.name === name);
    return readinessProbe === undefined || sidecar?.ready === true;
  });
}

/** Ends by which Mesos says that it can't run what it is given, however often it is tried. */
export const CANNOT_RUN: ReadonlySet<string> = new Set([
  'ContainerLaunchFailed',
  'TaskGroupInvalid',
  'TaskGroupUnauthorized',
  'TaskInvalid',
  'TaskUnauthorized',
]);

/** Whether it was lost, or is cut off, by no fault of its program or of what it asks for. */
export function isLost(task: Task): boolean {
  const { fault, reason = '' } = task.status ?? {};
  return isReplaceable(task) || (fault === 'System' && !CANNOT_RUN.has(reason));
}

/** How long it ran, by the store's account; 0 where it never did. */
export function ranForMs(task: Task): Millis {
  const { startedAt, finishedAt } = task.status ?? {};
  if (startedAt === undefined || finishedAt === undefined) return 0;
  return Math.max(0, fromTimestamp(finishedAt) - fromTimestamp(startedAt));
}

/** When it came into its phase; when it was made, where nothing has happened to it since. */
export function phaseSince(task: Task): Millis {
  const since: Timestamp = task.status?.phaseSince ?? task.metadata.creationTimestamp;
  return fromTimestamp(since);
}

const NAME_MAX = 200;

/** `<job>-<domain>-<slot>-<attempt>`; a name that would be too long is cut, and made unique by a hash. */
export function taskName(job: string, domain: string, slot: string, attempt: number): string {
  const name = `${job}-${domain}-${slot}-${attempt}`;
  if (name.length <= NAME_MAX) return name;
  const tail = `${hashText(name)}-${attempt}`;
  return `${name.slice(0, NAME_MAX - tail.length - 1).replace(/[^a-z0-9]+$/, '')}-${tail}`;
}

const UID_LENGTH = 36;

/** The id that a task has at Mesos: `<name>.<uid>`, so that no two attempts ever share one. */
export function mesosTaskId({ metadata: { name, uid } }: Task): string {
  return `${name}.${uid}`;
}

/** The uid at the end of a Mesos task id; `undefined` where it is none of ours. */
export function uidOfMesosTask(id: string): string | undefined {
  const uid = id.slice(-UID_LENGTH);
  return id.at(-UID_LENGTH - 1) === '.' && /^[0-9a-f-]{36}$/.test(uid) ? uid : undefined;
}

/** The id of a sidecar at Mesos: that of its task, and its name behind it. */
export function sidecarTaskId(taskId: string, name: string): string {
  return `${taskId}.${name}`;
}

/** Whose sidecar a Mesos task is; `undefined` where it is none of ours. */
export function sidecarOfMesosTask(
  id: string,
): { readonly uid: string; readonly name: string; readonly taskId: string } | undefined {
  const end = id.lastIndexOf('.');
  const taskId = id.slice(0, Math.max(0, end));
  const uid = uidOfMesosTask(taskId);
  return uid === undefined ? undefined : { uid, taskId, name: id.slice(end + 1) };
}

/** Characters of a name that say of which instance it is, where it was cut, too. */
const INSTANCE_MAX = 150;

/**
 * Whether a task at Mesos may be one of the instance of which a record of this name is. Names that were cut are
 * told apart by how they begin.
 */
export function mayBeOfInstance(id: string, name: string): boolean {
  const taskId = sidecarOfMesosTask(id)?.taskId ?? id;
  if (uidOfMesosTask(taskId) === undefined) return false;
  return instanceOf(taskId.slice(0, -UID_LENGTH - 1)) === instanceOf(name);
}

function instanceOf(name: string): string {
  return name.replace(/-\d+$/, '').slice(0, INSTANCE_MAX);
}

/** Eight hex digits that stand for a text: the same everywhere, for ever (FNV-1a, 32 bits). */
export function hashText(text: string): string {
  return hashBits(text).toString(16).padStart(8, '0');
}

/** A number in [0, 1) that depends on the text alone. */
export function unitOf(text: string): number {
  return hashBits(text) / 2 ** 32;
}

/** FNV-1a, then mixed once more, because texts that differ at the end alone differ little after it. */
function hashBits(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
