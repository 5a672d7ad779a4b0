/**
 * What the checks of a task say about it, as Mesos' command executor judges them: a health check
 * says whether it is healthy and ends it where it fails too often, a check only what came out.
 */
import type { Millis } from '../../../api/object.ts';
import type { V1CheckTimes, V1Command, V1Status, V1Task } from '../../v1.ts';

export type CheckKind = 'health' | 'check';

/** One check to be carried out again and again. */
export interface CheckPlan {
  readonly kind: CheckKind;
  readonly command: V1Command;
  readonly delayMs: Millis;
  /** From the end of one to the start of the next. */
  readonly intervalMs: Millis;
  /** `Infinity` where there is none. */
  readonly timeoutMs: Millis;
}

/** What is known of a task by its checks; plain JSON. */
export interface CheckStanding {
  /** When the checks began: the grace period counts from here. */
  readonly sinceMs: Millis;
  /** Health checks that failed one after the other. */
  readonly failures: number;
  /** Absent: no health check counted yet. */
  readonly healthy?: boolean;
  /** Of the last check; absent: there is none, or it did not exit by itself. */
  readonly exitCode?: number;
}

/** The exit status of a check's command; `undefined`: it timed out, was killed or never started. */
export type CheckResult = number | undefined;

/** What a result makes of the standing, and what follows. */
export interface Judgement {
  readonly standing: CheckStanding;
  /** The reason of the update to tell; absent: nothing to tell. */
  readonly reason?: string;
  readonly kill: boolean;
}

const mesosDefaults = {
  delaySeconds: 15,
  intervalSeconds: 10,
  timeoutSeconds: 20,
  graceSeconds: 10,
  failures: 3,
};

/** The checks of a task that are carried out: those by command. */
export function planChecks({ check, health_check: health }: V1Task): readonly CheckPlan[] {
  const checkCommand = check?.command?.command;
  return [
    ...(check?.type === 'COMMAND' && checkCommand ? [plan('check', checkCommand, check)] : []),
    ...(health?.type === 'COMMAND' && health.command
      ? [plan('health', health.command, health)]
      : []),
  ];
}

function plan(kind: CheckKind, command: V1Command, times: V1CheckTimes): CheckPlan {
  const {
    delay_seconds: delay = mesosDefaults.delaySeconds,
    interval_seconds: interval = mesosDefaults.intervalSeconds,
    timeout_seconds: timeout = mesosDefaults.timeoutSeconds,
  } = times;
  return {
    kind,
    command,
    delayMs: delay * 1000,
    intervalMs: interval * 1000,
    timeoutMs: timeout > 0 ? timeout * 1000 : Number.POSITIVE_INFINITY,
  };
}

/** Judges one result. A check is told when it differs; of health every failure, and what follows one. */
export function judgeCheck(
  task: V1Task,
  before: CheckStanding,
  ran: { readonly kind: CheckKind; readonly result: CheckResult; readonly now: Millis },
): Judgement {
  return ran.kind === 'check'
    ? judgeResult(before, ran.result)
    : judgeHealth(task, before, ran.result === 0, ran.now);
}

function judgeResult(before: CheckStanding, result: CheckResult): Judgement {
  if (result === before.exitCode) return { standing: before, kill: false };
  const { exitCode: _, ...rest } = before;
  return {
    standing: result === undefined ? rest : { ...rest, exitCode: result },
    reason: 'REASON_TASK_CHECK_STATUS_UPDATED',
    kill: false,
  };
}

function judgeHealth(
  { health_check: health }: V1Task,
  before: CheckStanding,
  healthy: boolean,
  now: Millis,
): Judgement {
  const {
    consecutive_failures: failuresMax = mesosDefaults.failures,
    grace_period_seconds: grace = mesosDefaults.graceSeconds,
  } = health ?? {};
  const isNew = before.healthy === undefined;
  const isPardoned = isNew && !healthy && grace > 0 && now - before.sinceMs <= grace * 1000;
  if (isPardoned || (healthy && before.healthy)) return { standing: before, kill: false };
  const failures = healthy ? 0 : before.failures + 1;
  return {
    standing: { ...before, healthy, failures },
    reason: 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED',
    kill: !healthy && failures >= failuresMax,
  };
}

/**
 * What an update says of the checks. Without a standing, as in updates that no check brought about,
 * only that there is a check.
 */
export function checksInStatus(
  task: V1Task,
  standing?: CheckStanding,
): Pick<V1Status, 'healthy' | 'check_status'> {
  const { healthy, exitCode } = standing ?? {};
  const command = exitCode === undefined ? {} : { exit_code: exitCode };
  const hasCheck = planChecks(task).some(({ kind }) => kind === 'check');
  return {
    ...(healthy === undefined ? {} : { healthy }),
    ...(hasCheck ? { check_status: { type: 'COMMAND', command } } : {}),
  };
}
