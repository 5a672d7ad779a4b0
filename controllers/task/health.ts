import type { TaskStatus } from '../../src/api/kinds.gen.ts';
import type { CheckResult, TaskUpdate } from '../../src/mesos/port.ts';

/** What probes say of a program, as its status keeps it. */
export type Health = Pick<TaskStatus, 'healthy' | 'ready'>;

/** What an update says of the probes; only what it says. */
export function healthOf({ healthy, check }: TaskUpdate): Health {
  return {
    ...(healthy === undefined ? {} : { healthy }),
    ...(check === undefined ? {} : { ready: isGood(check) }),
  };
}

/** The same with what the readiness probe saw, where it saw what is not good. */
export function probeStatusOf(
  update: TaskUpdate,
): Pick<TaskStatus, 'healthy' | 'ready' | 'probeResult'> {
  const { check } = update;
  return {
    ...healthOf(update),
    ...(check === undefined ? {} : { probeResult: textOf(check) }),
  };
}

/** Mesos counts any answer of a check; what is good follows the rule for health checks. */
function isGood(check: CheckResult): boolean {
  switch (check.type) {
    case 'command':
      return check.exitCode === 0;
    case 'http':
      return check.statusCode >= 200 && check.statusCode < 400;
    case 'tcp':
      return check.succeeded;
  }
}

function textOf(check: CheckResult): string {
  switch (check.type) {
    case 'command':
      return `exit code ${check.exitCode}`;
    case 'http':
      return `HTTP ${check.statusCode}`;
    case 'tcp':
      return check.succeeded ? 'connected' : 'not connected';
  }
}
