import { type Account, heldAgainstOthers, heldInCohort } from './account.ts';
import { type Amounts, DIMENSIONS, type Dimension } from './amounts.ts';
import type { Books } from './books.ts';

/** Why a group may not use more now. */
type ShareLack =
  /** It would borrow more than its terms allow. */
  | 'BorrowingLimit'
  /** What is free is guaranteed to others. */
  | 'GuaranteedToOthers'
  /** It is within its guarantee, but others of its cohort use that, and what is free is guaranteed to others. */
  | 'LentToCohort'
  /** The agents have no more, whoever wants it. */
  | 'FleetFull';

interface Shortage {
  readonly lacks: ShareLack;
  readonly dimension: Dimension;
  readonly wanted: number;
  /** The most that it could have had. */
  readonly had: number;
}

export type ShareRefusal = Shortage | { readonly lacks: 'UnknownGroup' };

export type Verdict =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly refusal: ShareRefusal };

const ADMITTED: Verdict = { admitted: true };

/** Nobody has declared the group, so nobody knows what it may use. */
export const UNKNOWN_GROUP: Verdict = { admitted: false, refusal: { lacks: 'UnknownGroup' } };

/**
 * In each dimension that is asked for, the group stays within its guarantee and its cohort within all that
 * its groups are guaranteed; or it borrows no more than it may, and leaves untouched what others are
 * guaranteed and do not lend it (Fenzo's rule, with Kueue's limits and cohorts).
 */
export function verdictOn(account: Account | undefined, ask: Amounts, books: Books): Verdict {
  for (let at = 0; at < ask.length; at += 1) {
    if ((ask[at] ?? 0) <= 0) continue;
    const refusal = refusalIn(at, { account, ask: ask[at] ?? 0, books });
    if (refusal !== undefined) return { admitted: false, refusal };
  }
  return ADMITTED;
}

interface Question {
  readonly account: Account | undefined;
  readonly ask: number;
  readonly books: Books;
}

function refusalIn(at: number, { account, ask, books }: Question): Shortage | undefined {
  const used = account?.used[at] ?? 0;
  const guarantee = account?.terms.guarantee[at] ?? 0;
  const isWithin = used + ask <= guarantee;
  if (isWithin && !outgrowsCohort(account, at, ask)) return undefined;
  const limit = account?.terms.borrowingLimit[at] ?? Number.POSITIVE_INFINITY;
  const allowed = guarantee + limit - used;
  if (ask > allowed) return refusal('BorrowingLimit', at, { ask, had: allowed });
  const left = leftFor(account, at, books);
  if (ask <= left) return undefined;
  const free = (books.capacity[at] ?? 0) - (books.used[at] ?? 0);
  if (ask > free) return refusal('FleetFull', at, { ask, had: Math.max(left, guarantee - used) });
  if (isWithin) return refusal('LentToCohort', at, { ask, had: left });
  return refusal('GuaranteedToOthers', at, { ask, had: Math.max(left, guarantee - used) });
}

/** Whether its cohort would then hold more than it does against others, as others of it use what it lends. */
function outgrowsCohort(account: Account | undefined, at: number, ask: number): boolean {
  if (account === undefined) return false;
  const { cohort, used, kept } = account;
  const others = (cohort.held[at] ?? 0) - heldInCohort(account, at);
  const own = Math.max((used[at] ?? 0) + ask, kept[at] ?? 0);
  return others + own > heldAgainstOthers(cohort, at);
}

/** What the group could use on top of what it uses, in one dimension. */
function leftFor(account: Account | undefined, at: number, { capacity, held }: Books): number {
  const all = (capacity[at] ?? 0) - (held[at] ?? 0);
  if (account === undefined) return all;
  const inCohort = (account.cohort.held[at] ?? 0) - heldInCohort(account, at);
  return all + heldAgainstOthers(account.cohort, at) - inCohort - (account.used[at] ?? 0);
}

function refusal(
  lacks: ShareLack,
  at: number,
  { ask, had }: { readonly ask: number; readonly had: number },
): Shortage {
  return {
    lacks,
    dimension: DIMENSIONS[at] ?? DIMENSIONS[0],
    wanted: ask,
    had: Math.max(0, had),
  };
}

const units: Readonly<Record<Dimension, string>> = {
  cpus: 'cpus',
  memory: 'MiB of memory',
  disk: 'MiB of disk',
};

/** The refusal as a sentence for people. */
export function explainShare(group: string, refused: ShareRefusal): string {
  if (refused.lacks === 'UnknownGroup') {
    return `there is no capacity group ${group}: create it, or name another in spec.capacityGroup`;
  }
  const { lacks, dimension } = refused;
  const unit = units[dimension];
  const [wanted, had] = [refused.wanted, refused.had].map((amount) => shown(dimension, amount));
  switch (lacks) {
    case 'BorrowingLimit':
      return `capacity group ${group} may use ${had} ${unit} more, ${wanted} are needed: its borrowing limit is reached`;
    case 'GuaranteedToOthers':
      return `capacity group ${group} is over its guarantee and ${wanted} ${unit} are needed: of what is free, all but ${had} is guaranteed to other groups`;
    case 'LentToCohort':
      return `what capacity group ${group} is guaranteed is lent to others of its cohort: ${wanted} ${unit} are needed, and of what is free it may use ${had}`;
    case 'FleetFull':
      return `the agents have ${had} ${unit} left for capacity group ${group}, ${wanted} are needed`;
  }
}

function shown(dimension: Dimension, amount: number): number {
  return dimension === 'cpus' ? amount / 1000 : Math.round(amount);
}
