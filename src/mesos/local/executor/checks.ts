/**
 * What the checks of a task say about it, as Mesos' command executor judges them: a health check
 * says whether it is healthy and ends it where it fails too often, a check only what came out.
 */
import type { Millis } from '../../../api/object.ts';
import type { V1CheckTimes, V1Command, V1Status, V1Task } from '../../v1.ts';
import type { V1CheckStatus, V1HttpCheck, V1TcpCheck } from '../../v1-container.ts';

export type CheckKind = 'health' | 'check';

/** What a check looks at. */
export type Probe =
  | { readonly by: 'command'; readonly command: V1Command }
  | { readonly by: 'http'; readonly scheme: string; readonly port: number; readonly path: string }
  | { readonly by: 'tcp'; readonly port: number };

/** One check to be carried out again and again. */
export interface CheckPlan {
  readonly kind: CheckKind;
  readonly probe: Probe;
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
  /** Of the last check; absent: there is none, or it had none. */
  readonly result?: number;
}

/**
 * The exit status of a command, the status code of an HTTP answer, or 0 where a TCP connection came to
 * be and 1 where not. `undefined`: it timed out, was killed, never started or was not answered.
 */
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

/** The checks of a task. One that lacks what it looks at is none. */
export function planChecks({ check, health_check: health }: V1Task): readonly CheckPlan[] {
  const own = check && probeOf({ ...check, command: check.command?.command });
  const ofHealth = health && probeOf({ ...health, command: health.command });
  return [
    ...(own ? [plan('check', own, check)] : []),
    ...(ofHealth ? [plan('health', ofHealth, health)] : []),
  ];
}

interface Looks {
  readonly type?: string;
  readonly command: V1Command | undefined;
  readonly http?: V1HttpCheck;
  readonly tcp?: V1TcpCheck;
}

function probeOf({ type, command, http, tcp }: Looks): Probe | undefined {
  if (type === 'COMMAND' && command) return { by: 'command', command };
  if (type === 'TCP' && tcp) return { by: 'tcp', port: tcp.port };
  if (type !== 'HTTP' || !http) return undefined;
  const { scheme = 'http', port, path = '/' } = http;
  return { by: 'http', scheme, port, path };
}

function plan(kind: CheckKind, probe: Probe, times: V1CheckTimes): CheckPlan {
  const {
    delay_seconds: delay = mesosDefaults.delaySeconds,
    interval_seconds: interval = mesosDefaults.intervalSeconds,
    timeout_seconds: timeout = mesosDefaults.timeoutSeconds,
  } = times;
  return {
    kind,
    probe,
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
    : judgeHealth(task, before, isHealthy(task, ran.result), ran.now);
}

function judgeResult(before: CheckStanding, result: CheckResult): Judgement {
  if (result === before.result) return { standing: before, kill: false };
  const { result: _, ...rest } = before;
  return {
    standing: result === undefined ? rest : { ...rest, result },
    reason: 'REASON_TASK_CHECK_STATUS_UPDATED',
    kill: false,
  };
}

function isHealthy({ health_check: health }: V1Task, result: CheckResult): boolean {
  if (health?.type !== 'HTTP') return result === 0;
  return result !== undefined && result >= 200 && result < 400;
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
  const { healthy, result } = standing ?? {};
  const check = planChecks(task).find(({ kind }) => kind === 'check');
  return {
    ...(healthy === undefined ? {} : { healthy }),
    ...(check ? { check_status: resultOnWire(check.probe, result) } : {}),
  };
}

function resultOnWire({ by }: Probe, result: CheckResult): V1CheckStatus {
  const isKnown = result !== undefined;
  switch (by) {
    case 'command':
      return { type: 'COMMAND', command: isKnown ? { exit_code: result } : {} };
    case 'http':
      return { type: 'HTTP', http: isKnown ? { status_code: result } : {} };
    case 'tcp':
      return { type: 'TCP', tcp: isKnown ? { succeeded: result === 0 } : {} };
  }
}
