import { type Amounts, addTo, NOTHING } from './amounts.ts';
import type { GroupTerms } from './group.ts';

/** What a group uses, beside its terms. */
export interface Account {
  readonly terms: GroupTerms;
  /** Whether anybody has declared the group; one that nobody has only holds what still runs in its name. */
  readonly declared: boolean;
  readonly used: number[];
  /** The part of the guarantee that it never lends. */
  readonly kept: Amounts;
  readonly cohort: Cohort;
}

/** Groups that lend to one another, as sums. */
export interface Cohort {
  readonly guarantee: number[];
  /** Over its groups: the larger of what is used and what is never lent. */
  readonly held: number[];
  /** Over its groups: what is guaranteed, not used, and may be lent. */
  readonly spare: number[];
  members: number;
  readonly key: string;
}

export function createCohort(key: string): Cohort {
  return { key, guarantee: [...NOTHING], held: [...NOTHING], spare: [...NOTHING], members: 0 };
}

export function openAccount(
  terms: GroupTerms,
  declared: boolean,
  { cohort, used }: { readonly cohort: Cohort; readonly used: Amounts },
): Account {
  const kept = terms.guarantee.map((amount, at) =>
    Math.max(0, amount - (terms.lendingLimit[at] ?? 0)),
  );
  return { terms, declared, used: [...used], kept, cohort };
}

/** What the cohort holds against groups outside of it. */
export function heldAgainstOthers(cohort: Cohort, at: number): number {
  return Math.max(cohort.guarantee[at] ?? 0, cohort.held[at] ?? 0);
}

/** What the group holds against others of its cohort. */
export function heldInCohort({ used, kept }: Account, at: number): number {
  return Math.max(used[at] ?? 0, kept[at] ?? 0);
}

/** What it is guaranteed, does not use, and lends. */
function spareOf(account: Account, at: number): number {
  return Math.max(0, (account.terms.guarantee[at] ?? 0) - heldInCohort(account, at));
}

/** Adds the account to the sums of its cohort (`by` 1), or takes it out (`by` −1). */
export function countIn(account: Account, by: 1 | -1): void {
  const { cohort, terms } = account;
  addTo(cohort.guarantee, terms.guarantee, by);
  for (let at = 0; at < cohort.held.length; at += 1) {
    cohort.held[at] = (cohort.held[at] ?? 0) + by * heldInCohort(account, at);
    cohort.spare[at] = (cohort.spare[at] ?? 0) + by * spareOf(account, at);
  }
  cohort.members += by;
}

/** The group uses so much more of one dimension (less where it is negative): the sums of its cohort follow. */
export function countUse(account: Account, at: number, amount: number): void {
  const { cohort, used } = account;
  const [held, spare] = [heldInCohort(account, at), spareOf(account, at)];
  used[at] = (used[at] ?? 0) + amount;
  cohort.held[at] = (cohort.held[at] ?? 0) + heldInCohort(account, at) - held;
  cohort.spare[at] = (cohort.spare[at] ?? 0) + spareOf(account, at) - spare;
}

/** What a group uses, and what of that is above its guarantee, or below it and used by others. */
export interface Standing {
  readonly used: Amounts;
  readonly borrowed: Amounts;
  readonly lent: Amounts;
}

/**
 * What it uses above its guarantee is borrowed. What its cohort borrows in all counts as lent by those
 * that leave some of their guarantee unused, in the proportion of what they leave.
 */
export function standingOf(account: Account): Standing {
  const { used, terms, cohort } = account;
  const borrowed = used.map((amount, at) => Math.max(0, amount - (terms.guarantee[at] ?? 0)));
  const lent = used.map((_, at) => {
    const spare = cohort.spare[at] ?? 0;
    if (spare === 0) return 0;
    const borrowedByAll = (cohort.held[at] ?? 0) - (cohort.guarantee[at] ?? 0) + spare;
    return spareOf(account, at) * Math.min(1, borrowedByAll / spare);
  });
  return { used: [...used], borrowed, lent };
}
