import type { Agent } from './kinds.gen.ts';
import { fromTimestamp, type Millis } from './object.ts';

export type DrainWish = NonNullable<NonNullable<Agent['spec']>['drain']>;

/** How long before a maintenance window an agent is emptied. */
export const MAINTENANCE_LEAD_MS: Millis = 900_000;

/** What is wanted of an agent's tasks now: by a person, else because its machine will be away. */
export function drainWishOf({ spec, status }: Agent, now: Millis): DrainWish | undefined {
  if (spec?.drain !== undefined) return spec.drain;
  const { startTime } = status?.maintenance ?? {};
  if (startTime === undefined || now < fromTimestamp(startTime) - MAINTENANCE_LEAD_MS) {
    return undefined;
  }
  return { deadlineSeconds: MAINTENANCE_LEAD_MS / 1_000 };
}

/** Whether new tasks may come to it, as far as people, drains and its own failures are concerned. */
export function takesTasks({ spec, status }: Agent): boolean {
  return (
    spec?.unschedulable !== true && status?.drain === undefined && status?.quarantine === undefined
  );
}
