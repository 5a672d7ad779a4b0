import type { Millis } from '../../api/object.ts';
import type { Entry } from '../queue/entry.ts';
import type { Amounts } from '../shares/amounts.ts';
import { isGuaranteed } from '../shares/group.ts';
import type { Ledger } from '../shares/ledger.ts';

/** A task that has its agent. */
export interface Occupant {
  readonly key: string;
  readonly agent: string;
  /** Its job, as `namespace/name`. */
  readonly job: string;
  readonly group: string;
  readonly priority: number;
  readonly ask: Amounts;
  /** Since when it runs: what it has done since then would be lost. */
  readonly since: Millis;
}

/** By which rule a task may be stopped for another, the mildest first. */
type PreemptionReason =
  /** Its group is preemptible. */
  | 'Preemptible'
  /** Its group uses more than its guarantee, of what this one is guaranteed and lent to it. */
  | 'Reclaimed'
  /** It is of the same group and namespace, with a lower priority. */
  | 'LowerPriority';

/** Who wants room: an entry with the job that it is of, as `namespace/name`. */
export interface Candidate {
  readonly entry: Entry;
  readonly job: string;
}

/**
 * Whether the task may be stopped for the candidate, and by which rule (Aurora's preemptible tier and
 * same owner with a lower priority; Kueue's reclaim within a cohort).
 */
export function preemptionReason(
  { entry, job }: Candidate,
  victim: Occupant,
  ledger: Ledger,
): PreemptionReason | undefined {
  const mine = ledger.terms(entry.group);
  const theirs = ledger.terms(victim.group);
  const isBelow = theirs.preemptible && !mine.preemptible && theirs.tier >= mine.tier;
  if (isBelow) return 'Preemptible';
  if (victim.group === entry.group) {
    const sameOwner = namespaceOf(victim.job) === namespaceOf(job) && victim.job !== job;
    return sameOwner && victim.priority < entry.priority ? 'LowerPriority' : undefined;
  }
  const isMate = mine.cohort !== undefined && mine.cohort === theirs.cohort;
  const lends = isMate && mine.tier === theirs.tier;
  const isOwed = lends && !ledger.wouldBorrow(entry.group, entry.ask);
  return isOwed && borrowsWhat(victim, entry.ask, ledger) ? 'Reclaimed' : undefined;
}

/** Whether the victim's group uses more than its guarantee of anything that is asked for. */
function borrowsWhat({ group, ask }: Occupant, wanted: Amounts, ledger: Ledger): boolean {
  const { borrowed } = ledger.standing(group);
  const terms = ledger.terms(group);
  return wanted.some((amount, at) => {
    const givesBack = (ask[at] ?? 0) > 0 && (borrowed[at] ?? 0) > 0;
    return amount > 0 && givesBack && isGuaranteed(terms, at);
  });
}

function namespaceOf(job: string): string {
  return job.slice(0, job.indexOf('/'));
}

const mildness: Readonly<Record<PreemptionReason, number>> = {
  Preemptible: 0,
  Reclaimed: 1,
  LowerPriority: 2,
};

export interface Victim {
  readonly occupant: Occupant;
  readonly reason: PreemptionReason;
}

/** Which of two is stopped rather: the milder rule, the lower priority, the shorter run, the name. */
export function isStoppedRather(a: Victim, b: Victim): number {
  const byRule = mildness[a.reason] - mildness[b.reason];
  if (byRule !== 0) return byRule;
  const byPriority = a.occupant.priority - b.occupant.priority;
  if (byPriority !== 0) return byPriority;
  const byAge = b.occupant.since - a.occupant.since;
  return byAge === 0 ? (a.occupant.key < b.occupant.key ? -1 : 1) : byAge;
}

/** What stopping them costs, the most weighty first: rule, priority, how many, and work lost. */
export function harmOf(victims: readonly Victim[], now: Millis): readonly number[] {
  const most = (of: (victim: Victim) => number) => Math.max(...victims.map(of));
  const lost = victims.reduce(
    (sum, { occupant }) => sum + (occupant.ask[0] ?? 0) * Math.max(0, now - occupant.since),
    0,
  );
  return [
    most(({ reason }) => mildness[reason]),
    most(({ occupant }) => occupant.priority),
    victims.length,
    lost,
  ];
}

/** Negative where the first is the lesser harm. */
export function compareHarm(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((harm, index) => harm !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
