import type { Task } from '../../../src/api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis } from '../../../src/api/object.ts';
import { CANNOT_RUN, isReady, isTerminal, phaseOf, ranForMs } from '../../../src/api/task.ts';
import type { Update } from '../../../src/api/update.ts';
import { healthyFrom } from '../../../src/scheduling/disruption/health.ts';

/** How one instance fares with one version. */
export interface Fare {
  /** Runs it, is ready, and has been for long enough. */
  readonly healthy: boolean;
  /** How often the version has failed in it since the rollout began. */
  readonly failures: number;
  /** The task that failed last, or takes too long. */
  readonly culprit: Task | undefined;
  /** Whether that one takes too long. */
  readonly late: boolean;
  /** When any of this changes by itself; `Infinity` where it does not. */
  readonly changesAt: Millis;
}

export interface FareOptions {
  readonly revision: string;
  /** What was made before is none of the rollout's. */
  readonly since: Millis;
  readonly now: Millis;
  readonly update: Pick<Update, 'minHealthyMs' | 'healthyDeadlineMs'>;
}

const NEVER = Number.POSITIVE_INFINITY;

/** @param tasks those of the instance, the newest attempt last */
export function fareOf(tasks: readonly Task[], options: FareOptions): Fare {
  const task = tasks.findLast(({ spec }) => spec.revision === options.revision);
  if (task === undefined) return fine(false);
  if (fromTimestamp(task.metadata.creationTimestamp) < options.since) {
    return fine(isUp(task));
  }
  return isTerminal(task) ? ended(task, options) : living(task, options);
}

function fine(healthy: boolean): Fare {
  return { healthy, failures: 0, culprit: undefined, late: false, changesAt: NEVER };
}

/** Whether it runs and is ready, and nobody stops it. */
export function isUp(task: Task): boolean {
  return phaseOf(task) === 'Running' && isReady(task) && !isDeleting(task);
}

function ended(task: Task, { update }: FareOptions): Fare {
  const { fault, reason = '', phase } = task.status ?? {};
  const soon = phase === 'Succeeded' && ranForMs(task) < update.minHealthyMs;
  const failed = !isDeleting(task) && (fault === 'Program' || CANNOT_RUN.has(reason) || soon);
  const failures = task.spec.retries + Number(failed);
  return { ...fine(false), failures, culprit: failures > 0 ? task : undefined };
}

/** The time to be healthy counts from when it was given an agent: waiting for one is not the version's fault. */
function living(task: Task, { now, update }: FareOptions): Fare {
  const { boundAt } = task.status ?? {};
  const failures = task.spec.retries;
  const up = isUp(task);
  const healthyAt = up ? healthyFrom(task) + update.minHealthyMs : NEVER;
  if (now >= healthyAt) return { ...fine(true), failures, culprit: task };
  const lateAt = boundAt === undefined ? NEVER : fromTimestamp(boundAt) + update.healthyDeadlineMs;
  const late = now >= lateAt && !isDeleting(task);
  return {
    healthy: false,
    failures: failures + Number(late),
    culprit: late || failures > 0 ? task : undefined,
    late,
    changesAt: Math.min(healthyAt, late ? NEVER : lateAt),
  };
}
