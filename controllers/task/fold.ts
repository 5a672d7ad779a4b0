import { hasOverrun } from '../../src/api/batch.ts';
import type { Task, TaskStatus } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis, type Timestamp, toTimestamp } from '../../src/api/object.ts';
import {
  type Fault,
  isTerminal,
  isTerminalPhase,
  mayBecome,
  phaseOf,
  type TaskPhase,
} from '../../src/api/task.ts';
import type { MesosState, TaskUpdate } from '../../src/mesos/port.ts';
import { exitOf, faultOfFailure, memoryEndOf } from './end.ts';
import { probeStatusOf } from './health.ts';
import { phaseOfState } from './phase.ts';
import { failedSidecar } from './sidecar.ts';

/** An answer to a question of ours: true now, whatever its clock says. */
const RECONCILIATION = 'REASON_RECONCILIATION';

/** Whether the update says that the task may still be running. */
export function saysAlive(update: TaskUpdate): boolean {
  return !isTerminalPhase(phaseOfState(update.state));
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
  if (!isTerminalPhase(to) && isOutdated(status, update)) return undefined;
  if (!mayBecome(status, to)) return foldProbes(task, update, { to, now });
  const at = toTimestamp(now);
  const moved: TaskStatus = {
    ...keptOf(status),
    ...(hasOverrun(task) ? reasonOf(status) : {}),
    ...probeStatusOf(update),
    ...readySince(status, update, at),
    ...(update.containerId === undefined ? {} : { containerId: update.containerId }),
    phase: to,
    phaseSince: at,
    // The waits between kills are counted from this moment on.
    ...(to === 'Killing' ? { killsSent: 1 } : {}),
    lastUpdateAt: Math.max(status.lastUpdateAt ?? 0, update.at),
    ...(to === 'Running' && status.startedAt === undefined ? { startedAt: at } : {}),
    ...(hasOverrun(task) ? {} : said(update)),
  };
  return isTerminalPhase(to) ? { ...moved, ...endOf(task, update, to), finishedAt: at } : moved;
}

/** What probes say comes in updates that change nothing else. */
function foldProbes(
  task: Task,
  update: TaskUpdate,
  { to, now }: { readonly to: TaskPhase; readonly now: Millis },
): TaskStatus | undefined {
  const { status = {} } = task;
  const probes = probeStatusOf(update);
  const isNews =
    probes.healthy !== status.healthy ||
    probes.ready !== status.ready ||
    probes.probeResult !== status.probeResult;
  const saysSo = Object.keys(probes).length > 0 && isNews;
  if (to !== phaseOf(task) || !saysSo) return undefined;
  const { readySince: _, ...others } = status;
  return {
    ...others,
    ...probes,
    ...readySince(status, update, toTimestamp(now)),
    lastUpdateAt: Math.max(status.lastUpdateAt ?? 0, update.at),
  };
}

/** What the probe says stands until it says something else. */
function readySince(
  status: TaskStatus,
  update: TaskUpdate,
  at: Timestamp,
): Pick<TaskStatus, 'readySince'> {
  const { ready = status.ready } = probeStatusOf(update);
  return ready === true ? { readySince: status.readySince ?? at } : {};
}

/** All but what tells why it was in the phase before, and what held only then. */
function keptOf(status: TaskStatus): TaskStatus {
  const {
    reason: _reason,
    message: _message,
    replaceableSince: _replaceableSince,
    readySince: _readySince,
    ...kept
  } = status;
  return kept;
}

/** That it ran for too long stands until it has ended. */
function reasonOf({ reason, message }: TaskStatus): Pick<TaskStatus, 'reason' | 'message'> {
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
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
 * ends; one that ran for too long has failed. That an executor is stopping it unasked is no phase of its own: its end is what counts.
 */
function phaseAfter(task: Task, update: TaskUpdate): TaskPhase {
  const { state } = update;
  const from = phaseOf(task);
  const to = phaseOfState(state);
  if ((task.status?.killsSent ?? 0) === 0) {
    if (to === 'Killed' && ownFault(task, update) !== undefined) return 'Failed';
    return to === 'Killing' ? from : to;
  }
  if (to === 'Killed' && !isDeleting(task)) return hasOverrun(task) ? 'Failed' : 'Lost';
  const returns = to === 'Running' || to === 'Starting';
  return returns && (isDeleting(task) || from === 'Unreachable') ? 'Killing' : to;
}

/** Why Mesos ended a task that nobody told to stop, where that is the program's own doing. */
function ownFault(
  task: Task,
  { healthy }: TaskUpdate,
): Pick<TaskStatus, 'reason' | 'message'> | undefined {
  if (healthy === false) return { reason: 'Unhealthy', message: 'its liveness probe failed' };
  const sidecar = failedSidecar(task.status ?? {});
  if (sidecar === undefined) return undefined;
  const message = `its sidecar ${sidecar.name} failed: ${sidecar.message ?? 'no reason given'}`;
  return { reason: 'SidecarFailed', message };
}

function endOf(task: Task, update: TaskUpdate, to: TaskPhase): TaskStatus {
  const { reason, message } = task.status ?? {};
  if (to === 'Failed' && hasOverrun(task)) return { fault: 'Program', ...exitOf(update.message) };
  if (to === 'Failed' && update.state === 'TASK_KILLED') {
    return { fault: 'Program', ...ownFault(task, update) };
  }
  const fault = faultOf(task, update, to);
  if (to === 'Succeeded') return { fault, exitCode: 0 };
  if (to === 'Failed' && update.state === 'TASK_FAILED') {
    return { fault, ...exitOf(update.message), ...memoryEndOf(update.reason, update.message) };
  }
  const timedOut = to === 'Lost' && (task.status?.killsSent ?? 0) > 0 && reason !== undefined;
  return timedOut ? { fault, reason, ...(message === undefined ? {} : { message }) } : { fault };
}

function faultOf(task: Task, { state, reason }: TaskUpdate, to: TaskPhase): Fault {
  if (to === 'Succeeded' || to === 'Killed' || isDeleting(task)) return 'None';
  return state === 'TASK_FAILED' ? faultOfFailure(reason) : 'System';
}

/** What is cut off may be dead; what is being stopped needs no stopping. */
const noRevenant: ReadonlySet<MesosState> = new Set([
  'TASK_KILLING',
  'TASK_UNKNOWN',
  'TASK_UNREACHABLE',
]);

/** Whether an ended task is alive after all: it was given up as lost, or the update is newer than the end. */
export function isRevenant(task: Task, update: TaskUpdate): boolean {
  if (!isTerminal(task) || !saysAlive(update) || noRevenant.has(update.state)) return false;
  return phaseOf(task) === 'Lost' || update.at > (task.status?.lastUpdateAt ?? 0);
}
