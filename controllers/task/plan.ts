import { hasOverrun, RUNTIME_LIMIT_EXCEEDED } from '../../src/api/batch.ts';
import { durationText } from '../../src/api/duration.ts';
import type { Task, TaskStatus } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis, toTimestamp } from '../../src/api/object.ts';
import { deadAfterMs, type Partition } from '../../src/api/partition.ts';
import { isTerminal, phaseOf, phaseSince } from '../../src/api/task.ts';
import { type PreStopStep, planPreStop } from './pre-stop.ts';

/** What one look at a task leads to. */
export type TaskStep =
  | PreStopStep
  /** Mesos runs nothing of it, and it is to go. */
  | { readonly do: 'release' }
  /** Ask Mesos what became of it; look again then. */
  | { readonly do: 'ask'; readonly untilAt: Millis }
  /** Store the status, then tell Mesos to stop it. */
  | { readonly do: 'kill'; readonly status: TaskStatus; readonly graceMs: Millis }
  /** It has been cut off for so long that another may take its place. */
  | { readonly do: 'let-replace'; readonly status: TaskStatus }
  /** It has been cut off for too long. */
  | { readonly do: 'give-up'; readonly status: TaskStatus };

export interface TaskWorld {
  readonly now: Millis;
  /** Since when Mesos has been connected without a break; `undefined` while it is not. */
  readonly connectedSince: Millis | undefined;
  /** What its job says of tasks that are cut off. */
  readonly partition: Partition;
  /** How long it may run, of a batch job; absent, for ever. */
  readonly runtimeLimitMs?: Millis | undefined;
}

/** How long after its launch Mesos is asked about a task that it has not told of. */
const ASK_AFTER_MS: Millis = 60_000;
/** How long a task may be `Staging`, in which its image is fetched, and then `Starting`. */
const START_LIMIT_MS = { service: 300_000, batch: 720_000 } as const;
/** How long a cut-off task that is to go is waited for. Should it return after that, it is stopped. */
export const LET_GO_MS = 300_000;

/** Why a task is not gone that was told to stop, and killed. */
export const STOP_OVERDUE = 'StopOverdue';
/** How long after its kill wait a task that does not end is spoken of. */
const OVERDUE_MS = 60_000;

/** How far apart clocks of control planes may be while nobody sets them. */
const CLOCKS_DIFFER_MS = 5_000;

const RESEND = { initialMs: 10_000, limitMs: 300_000 };
const NEVER: TaskStep = { do: 'wait', untilAt: Number.POSITIVE_INFINITY };

/**
 * What is to be done about one task now.
 *
 * A task that is being deleted is killed once its pre-stop hook is done, again and again, without limit, until Mesos says
 * that it has ended; once its kill wait is over, without any grace. One that nothing is heard of after its launch is killed too, because the answer to that
 * says what became of it; without an answer it is never taken for lost. Time in which Mesos was away
 * does not count, except to how long a task may run.
 */
export function planTask(task: Task, world: TaskWorld): TaskStep {
  const bound = task.status?.mesosTaskId !== undefined;
  if (isTerminal(task) || !bound) return isDeleting(task) ? { do: 'release' } : NEVER;
  if (world.connectedSince === undefined) return NEVER;
  const since = Math.max(phaseSince(task), world.connectedSince);
  if (phaseOf(task) === 'Unreachable') return whenCutOff(task, since, world);
  if (isDeleting(task) || phaseOf(task) === 'Killing') {
    return planPreStop(task, world.now) ?? whenStopping(task, world.now);
  }
  return phaseOf(task) === 'Running' ? whenRunning(task, world) : whenStarting(task, since, world);
}

/** An exclusive task is replaced, let go or given up only once it is known to be dead. */
function whenCutOff(task: Task, since: Millis, { now, partition }: TaskWorld): TaskStep {
  const { exclusive, replaceAfterMs, giveUpAfterMs } = partition;
  const deadMs = exclusive ? deadAfterMs(task.spec) : 0;
  const patienceMs = isDeleting(task) ? Math.min(giveUpAfterMs, LET_GO_MS) : giveUpAfterMs;
  const giveUpAt = since + Math.max(patienceMs, deadMs);
  if (now >= giveUpAt) return { do: 'give-up', status: givenUp(task, giveUpAt - since, now) };
  const isReplaceable = task.status?.replaceableSince !== undefined || isDeleting(task);
  const replaceAt = isReplaceable
    ? Number.POSITIVE_INFINITY
    : since + Math.max(replaceAfterMs, deadMs);
  if (now < replaceAt) return { do: 'wait', untilAt: Math.min(replaceAt, giveUpAt) };
  return { do: 'let-replace', status: { ...task.status, replaceableSince: toTimestamp(now) } };
}

function givenUp(task: Task, awayMs: Millis, now: Millis): TaskStatus {
  return {
    ...task.status,
    phase: 'Lost',
    phaseSince: toTimestamp(now),
    finishedAt: toTimestamp(now),
    fault: isDeleting(task) ? 'None' : 'System',
    reason: 'UnreachableTooLong',
    message: `its agent was cut off for ${durationText(awayMs)}`,
  };
}

function whenStopping(task: Task, now: Millis): TaskStep {
  if (isAhead(task, now)) return stop(task, now);
  const sent = phaseOf(task) === 'Killing' ? (task.status?.killsSent ?? 0) : 0;
  const dueAt = sent === 0 ? now : phaseSince(task) + sentSpan(sent);
  if (now < dueAt) return { do: 'wait', untilAt: dueAt };
  if (phaseOf(task) !== 'Killing') return stop(task, now);
  const askedAt = phaseSince(task);
  const status: TaskStatus = { ...task.status, killsSent: (task.status?.killsSent ?? 0) + 1 };
  const leftMs = Math.max(0, askedAt + graceOf(task) - now);
  return { do: 'kill', status: { ...status, ...overdueSince(task, now) }, graceMs: leftMs };
}

/** Whether it came into its phase by a clock that went ahead of this one: nothing is known of how long ago. */
function isAhead(task: Task, now: Millis): boolean {
  return phaseSince(task) > now + CLOCKS_DIFFER_MS;
}

/** The first time that it is told, as far as this clock knows. */
function stop(task: Task, now: Millis, why: Partial<TaskStatus> = {}): TaskStep {
  const killsSent = (task.status?.killsSent ?? 0) + 1;
  const phase = { phase: 'Killing', phaseSince: toTimestamp(now) } as const;
  return {
    do: 'kill',
    status: { ...task.status, killsSent, ...phase, ...why },
    graceMs: graceOf(task),
  };
}

/** Says so where it should have ended long ago, though its agent killed it. */
function overdueSince(task: Task, now: Millis): Partial<TaskStatus> {
  const overdueMs = graceOf(task) + OVERDUE_MS;
  if (now < phaseSince(task) + overdueMs) return {};
  const message = `it was told to stop ${durationText(overdueMs)} ago or more, and its agent has not said that it ended`;
  return hasOverrun(task) ? { message } : { reason: STOP_OVERDUE, message };
}

function whenRunning(task: Task, { now, runtimeLimitMs }: TaskWorld): TaskStep {
  const { startedAt } = task.status ?? {};
  if (runtimeLimitMs === undefined || startedAt === undefined) return NEVER;
  const untilAt = fromTimestamp(startedAt) + runtimeLimitMs;
  if (now < untilAt) return { do: 'wait', untilAt };
  const message = `it ran for longer than ${durationText(runtimeLimitMs)} (spec.runtimeLimit)`;
  return planPreStop(task, now) ?? stop(task, now, { reason: RUNTIME_LIMIT_EXCEEDED, message });
}

/** One that Mesos has forgotten is found by asking; one that is slow is given its time. */
function whenStarting(
  task: Task,
  since: Millis,
  { now, runtimeLimitMs }: Pick<TaskWorld, 'now' | 'runtimeLimitMs'>,
): TaskStep {
  const phase = phaseOf(task);
  if (phase !== 'Staging' && phase !== 'Starting') return NEVER;
  const sent = task.status?.killsSent ?? 0;
  const limitMs = START_LIMIT_MS[runtimeLimitMs === undefined ? 'service' : 'batch'];
  const dueAt = since + limitMs + sentSpan(sent);
  if (now < dueAt && !isAhead(task, now)) {
    if (phase === 'Starting' || sent > 0) return { do: 'wait', untilAt: dueAt };
    const askAt = since + ASK_AFTER_MS;
    return now < askAt ? { do: 'wait', untilAt: askAt } : { do: 'ask', untilAt: dueAt };
  }
  const status: TaskStatus = {
    ...task.status,
    killsSent: sent + 1,
    reason: phase === 'Staging' ? 'StagingTimeout' : 'StartTimeout',
    message: `nothing more was heard of it within ${limitMs / 1000} s; stopping it`,
    ...(isAhead(task, now) ? { phaseSince: toTimestamp(now) } : {}),
  };
  return { do: 'kill', status, graceMs: graceOf(task) };
}

function graceOf(task: Task): Millis {
  return task.spec.killWaitSeconds * 1000;
}

/** The time that `count` waits take, each twice the one before, from 10 to 300 seconds. */
function sentSpan(count: number): Millis {
  const doubling = Math.min(count, 5);
  const span = RESEND.initialMs * (2 ** doubling - 1);
  return span + Math.max(0, count - doubling) * RESEND.limitMs;
}
