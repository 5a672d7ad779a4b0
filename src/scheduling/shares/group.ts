import type { Millis } from '../../api/object.ts';
import { type Amounts, NOTHING, UNLIMITED } from './amounts.ts';

/** What a capacity group is promised and allowed. */
export interface GroupTerms {
  readonly name: string;
  /** Tier 0 goes first, strictly. */
  readonly tier: number;
  /** Groups of one cohort and one tier lend one another what they are guaranteed and do not use. */
  readonly cohort?: string;
  /** Of two groups that both want more, one of twice the weight gets twice the share. */
  readonly weight: number;
  readonly guarantee: Amounts;
  /** The most that it may use above its guarantee. */
  readonly borrowingLimit: Amounts;
  /** The most of its guarantee that others of its cohort may use while it does not. */
  readonly lendingLimit: Amounts;
  /** Whether its tasks may be stopped for those of groups that are not preemptible. */
  readonly preemptible: boolean;
  /** The plugin's scheduler that places its tasks; absent, Titan does. */
  readonly scheduler?: string;
  /** How long a task of it waits before others are stopped for it. */
  readonly preemptAfterMs: Millis;
  /**
   * A task that the group's share has kept waiting for so long holds back those behind it, so that what
   * the group gives up adds up to enough for it. `Infinity`: small tasks always go by large ones.
   */
  readonly strictAfterMs: Millis;
}

/** The group of jobs that name none. */
export const DEFAULT_GROUP = 'default';
/** The tier of groups that name none. */
const DEFAULT_TIER = 1;
/** Three minutes (Aurora). */
const PREEMPT_AFTER_MS = 180_000;

/** Whether the guarantee says anything of the dimension; where it says nothing of any, it does of all: none. */
export function isGuaranteed({ guarantee }: GroupTerms, at: number): boolean {
  return (guarantee[at] ?? 0) > 0 || guarantee.every((amount) => amount === 0);
}

/** A group with no guarantee and no limit, with what is told of it. */
export function groupTerms(given: Partial<GroupTerms> & Pick<GroupTerms, 'name'>): GroupTerms {
  return {
    tier: DEFAULT_TIER,
    weight: 1,
    guarantee: NOTHING,
    borrowingLimit: UNLIMITED,
    lendingLimit: UNLIMITED,
    preemptible: false,
    preemptAfterMs: PREEMPT_AFTER_MS,
    strictAfterMs: Number.POSITIVE_INFINITY,
    ...given,
  };
}
