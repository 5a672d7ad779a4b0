import type { Amount } from './amount.ts';
import { type Analysis, analysisOf } from './analysis.ts';
import { type Duration, parseDuration } from './duration.ts';
import type { Job } from './kinds.gen.ts';
import type { Millis } from './object.ts';

/** How a job changes to a new version, with every default worked out. */
export interface Update {
  readonly maxUnavailable: Amount;
  /** How many new tasks may be beside those that they replace; 0: an old one is stopped first. */
  readonly surge: Amount;
  /** How many instances run the new version in each step; the last step is all. */
  readonly steps: readonly Amount[];
  /** Whether the first step waits for a person. */
  readonly gated: boolean;
  /** How long it waits for one at most. */
  readonly promoteAfterMs: Millis;
  /** With blue and green, how long the old set runs on once the new one is promoted; else absent. */
  readonly keepOldMs: Millis | undefined;
  readonly promoted: string | undefined;
  readonly paused: boolean;
  readonly minHealthyMs: Millis;
  readonly healthyDeadlineMs: Millis;
  readonly progressDeadlineMs: Millis;
  readonly maxFailures: number;
  readonly rollback: boolean;
  readonly historyLimit: number;
  /** What is asked after each step; absent: nothing. */
  readonly analysis: Analysis | undefined;
}

const ALL = '100%';
/** How many instances of a job may be down at once unless it says so. */
export const MAX_UNAVAILABLE = '25%';
const MIN_HEALTHY_SECONDS = 10;
const HEALTHY_DEADLINE_MS = 300_000;
const PROGRESS_DEADLINE_MS = 600_000;
const KEEP_OLD_MS = 600_000;
const HISTORY_LIMIT = 10;

/** The update of a job that passed `validateJob`. */
export function updateOf({ spec }: Job): Update {
  const block = spec.update ?? {};
  const { canary, batches = [] } = block;
  const healthyDeadlineMs = read(block.healthyDeadline) ?? HEALTHY_DEADLINE_MS;
  return {
    ...paceOf(block),
    steps: [...(canary === undefined ? [] : [canary]), ...batches, ALL],
    ...promotionOf(block),
    paused: block.paused ?? false,
    minHealthyMs: (block.minHealthySeconds ?? MIN_HEALTHY_SECONDS) * 1_000,
    healthyDeadlineMs,
    progressDeadlineMs:
      read(block.progressDeadline) ?? Math.max(PROGRESS_DEADLINE_MS, 2 * healthyDeadlineMs),
    maxFailures: block.maxFailures ?? 0,
    rollback: block.rollback ?? true,
    historyLimit: block.historyLimit ?? HISTORY_LIMIT,
    analysis: block.analysis && analysisOf(block.analysis),
  };
}

type Block = NonNullable<Job['spec']['update']>;

function paceOf({
  maxUnavailable,
  surge,
  blueGreen,
}: Block): Pick<Update, 'maxUnavailable' | 'surge'> {
  if (blueGreen !== undefined) return { maxUnavailable: 0, surge: ALL };
  const unavailable = surge === undefined ? MAX_UNAVAILABLE : 0;
  return { maxUnavailable: maxUnavailable ?? unavailable, surge: surge ?? 0 };
}

function promotionOf(
  block: Block,
): Pick<Update, 'gated' | 'promoted' | 'promoteAfterMs' | 'keepOldMs'> {
  const { canary, blueGreen, autoPromote = false } = block;
  return {
    gated: (canary ?? blueGreen) !== undefined && !autoPromote,
    promoted: block.promoted,
    promoteAfterMs: read(block.promoteAfter) ?? Number.POSITIVE_INFINITY,
    keepOldMs: blueGreen && (read(blueGreen.keepOldFor) ?? KEEP_OLD_MS),
  };
}

function read(duration: Duration | undefined): Millis | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}
