import { mergeConditions } from './condition.ts';
import type { TaskStatus } from './kinds.gen.ts';
import type { Millis } from './object.ts';

const TYPE = 'Scheduled';

/** Why a task has no agent yet. */
export interface Waits {
  readonly reason: 'Unschedulable' | 'SecretMissing' | 'VolumeMissing' | 'StrayRuns';
  readonly message: string;
}

type Conditions = NonNullable<TaskStatus['conditions']>;

/** The conditions of a task that waits for an agent. */
export function notScheduled(
  before: TaskStatus | undefined,
  { reason, message }: Waits,
  now: Millis,
): Conditions {
  const condition = { type: TYPE, status: 'False', reason, message } as const;
  return mergeConditions(before?.conditions, [condition], now);
}

/** The conditions of a task that was given an agent. */
export function scheduledOn(
  before: TaskStatus | undefined,
  agent: string,
  now: Millis,
): Conditions {
  const message = `it was given the agent ${agent}`;
  const condition = { type: TYPE, status: 'True', reason: 'Placed', message } as const;
  return mergeConditions(before?.conditions, [condition], now);
}

/** What a task that waits has last been told; `undefined` where it was told nothing. */
export function toldToWait(status: TaskStatus | undefined): string | undefined {
  return status?.conditions?.find((each) => each.type === TYPE && each.status === 'False')?.message;
}
