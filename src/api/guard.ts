/** The bounds that a fault domain puts on what Titan does there, whatever it is asked for. */
import type { FaultDomain } from './kinds.gen.ts';
import type { Millis } from './object.ts';

export interface Guard {
  readonly launchesPerMinute: number;
  /** Tasks of one job, in a second of the clock. */
  readonly jobLaunchesPerSecond: number;
  /** Tasks of one job that may be on their way to running at once, unless they start together. */
  readonly jobTasksStarting: number;
  readonly killsPerMinute: number;
  /** Drains, rebalancing and preemption together, over all jobs. */
  readonly disruptionsPerMinute: number;
  /** More than this share of the agents lost within `withinMs` is a mass loss. */
  readonly lossShare: number;
  readonly withinMs: Millis;
  /** The share of the domain's tasks that may be replaced in a minute meanwhile. */
  readonly replaceSharePerMinute: number;
}

/** The condition of a fault domain that has lost many agents at once. */
export const MASS_LOSS = 'MassLoss';
/** A fault domain that bears it is not taken for one that lost many agents at once, whatever is lost. */
export const MASS_LOSS_RELEASE_ANNOTATION = 'titan.dev/release-mass-loss';

export function guardOf(domain: FaultDomain | undefined): Guard {
  const { limits = {}, massLoss = {} } = domain?.spec ?? {};
  return {
    launchesPerMinute: limits.launchesPerMinute ?? 60_000,
    jobLaunchesPerSecond: limits.jobLaunchesPerSecond ?? 1_000,
    jobTasksStarting: limits.jobTasksStarting ?? 300,
    killsPerMinute: limits.killsPerMinute ?? 10_000,
    disruptionsPerMinute: limits.disruptionsPerMinute ?? 3_000,
    lossShare: (massLoss.sharePercent ?? 30) / 100,
    withinMs: (massLoss.withinSeconds ?? 300) * 1_000,
    replaceSharePerMinute: (massLoss.replacePercentPerMinute ?? 5) / 100,
  };
}

/** Whether replacements are slowed and nothing is scaled in. */
export function isFrozen(domain: FaultDomain | undefined): boolean {
  const found = domain?.status?.conditions?.find(({ type }) => type === MASS_LOSS);
  return found?.status === 'True';
}

/** How many of so many tasks may be replaced in a minute; without a mass loss as many as need be. */
export function replacementsPerMinute(domain: FaultDomain | undefined, tasks: number): number {
  if (!isFrozen(domain)) return Number.POSITIVE_INFINITY;
  const { replaceSharePerMinute } = guardOf(domain);
  return replaceSharePerMinute === 0 ? 0 : Math.max(1, Math.floor(tasks * replaceSharePerMinute));
}
