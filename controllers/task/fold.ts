import type { Task, TaskStatus } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis, toTimestamp } from '../../src/api/object.ts';
import {
  type Fault,
  isTerminal,
  isTerminalPhase,
  mayBecome,
  phaseOf,
  type TaskPhase,
} from '../../src/api/task.ts';
import type { MesosState, TaskUpdate } from '../../src/mesos/port.ts';
import { exitOf, faultOfFailure } from './end.ts';

const phases: Readonly<Record<MesosState, TaskPhase>> = {
  TASK_STAGING: 'Staging',
  TASK_STARTING: 'Starting',
  TASK_RUNNING: 'Running',
  TASK_KILLING: 'Killing',
  TASK_FINISHED: 'Succeeded',
  TASK_FAILED: 'Failed',
  TASK_KILLED: 'Killed',
  TASK_ERROR: 'Failed',
  TASK_LOST: 'Lost',
  TASK_DROPPED: 'Lost',
  TASK_UNREACHABLE: 'Unreachable',
  TASK_GONE: 'Lost',
  TASK_GONE_BY_OPERATOR: 'Lost',
  TASK_UNKNOWN: 'Unreachable',
};

/** An answer to a question of ours: true now, whatever its clock says. */
const RECONCILIATION = 'REASON_RECONCILIATION';

/** Whether the update says that the task may still be running. */
export function saysAlive(update: TaskUpdate): boolean {
  return !isTerminalPhase(phases[update.state]);
}

/**
 * The task's status after an update; `undefined` where it changes nothing: a repeated one, one that
 * is older than what is known, one that would take the task backwards.
 *
 * TASK_UNKNOWN says that the master does not know the agent now. That is no end: it counts as being
 * cut off, and ends as that does, after its time.
 */
export function foldUpdate(task: Task, update: TaskUpdate, now: Millis): TaskStatus | undefined {
  const { status } = task;
  if (isTerminal(task) || status?.mesosTaskId === undefined) return undefined;
  const to = phaseAfter(task, update);
  if (!mayBecome(status, to)) return undefined;
  if (!isTerminalPhase(to) && isOutdated(status, update)) return undefined;
  const moved: TaskStatus = {
    ...keptOf(status),
    phase: to,
    phaseSince: toTimestamp(now),
    lastUpdateAt: Math.max(status.lastUpdateAt ?? 0, update.at),
    ...(to === 'Running' && status.startedAt === undefined ? { startedAt: toTimestamp(now) } : {}),
    ...said(update),
  };
  return isTerminalPhase(to)
    ? { ...moved, ...endOf(task, update, to), finishedAt: toTimestamp(now) }
    : moved;
}

/** All but what tells why it was in the phase before, and what held only then. */
function keptOf(status: TaskStatus): TaskStatus {
  const { reason: _, message: __, replaceableSince: ___, ...kept } = status;
  return kept;
}

function said({ reason, message }: TaskUpdate): Pick<TaskStatus, 'reason' | 'message'> {
  return {
    ...(reason === undefined || reason === RECONCILIATION ? {} : { reason: wordOf(reason) }),
    ...(message === undefined || message === '' ? {} : { message }),
  };
}

/** `REASON_AGENT_REMOVED` as `AgentRemoved`. */
function wordOf(reason: string): string {
  const words = reason.replace(/^REASON_/, '').split('_');
  return words.map((word) => word.charAt(0) + word.slice(1).toLowerCase()).join('');
}

function isOutdated(status: TaskStatus, { at, reason }: TaskUpdate): boolean {
  return reason !== RECONCILIATION && at < (status.lastUpdateAt ?? 0);
}

/**
 * A task that we told to stop does not come back as running from an agent that was cut off; one that
 * we told so only because nothing was heard of it, and that nobody wants stopped, is lost when it
 * ends. That an executor is stopping it unasked is no phase of its own: its end is what counts.
 */
function phaseAfter(task: Task, { state }: TaskUpdate): TaskPhase {
  const from = phaseOf(task);
  const to = phases[state];
  if ((task.status?.killsSent ?? 0) === 0) return to === 'Killing' ? from : to;
  if (to === 'Killed') return isDeleting(task) ? to : 'Lost';
  const returns = to === 'Running' || to === 'Starting';
  return returns && (isDeleting(task) || from === 'Unreachable') ? 'Killing' : to;
}

function endOf(task: Task, update: TaskUpdate, to: TaskPhase): TaskStatus {
  const { reason, message } = task.status ?? {};
  const fault = faultOf(task, update, to);
  if (to === 'Succeeded') return { fault, exitCode: 0 };
  if (to === 'Failed' && update.state === 'TASK_FAILED') {
    return { fault, ...exitOf(update.message) };
  }
  const timedOut = to === 'Lost' && (task.status?.killsSent ?? 0) > 0 && reason !== undefined;
  return timedOut ? { fault, reason, ...(message === undefined ? {} : { message }) } : { fault };
}

function faultOf(task: Task, { state, reason }: TaskUpdate, to: TaskPhase): Fault {
  if (to === 'Succeeded' || to === 'Killed' || isDeleting(task)) return 'None';
  return state === 'TASK_FAILED' ? faultOfFailure(reason) : 'System';
}

/** Whether an ended task is alive after all: it was given up as lost, or the update is newer than the end. */
export function isRevenant(task: Task, update: TaskUpdate): boolean {
  if (!isTerminal(task) || !saysAlive(update) || update.state === 'TASK_UNREACHABLE') return false;
  if (update.state === 'TASK_UNKNOWN') return false;
  return phaseOf(task) === 'Lost' || update.at > (task.status?.lastUpdateAt ?? 0);
}
