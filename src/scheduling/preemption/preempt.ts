import type { Millis } from '../../api/object.ts';
import { type Entry, goesBefore } from '../queue/entry.ts';
import { type Amounts, isWithin, plus, sumOf } from '../shares/amounts.ts';
import type { Ledger } from '../shares/ledger.ts';
import {
  type Candidate,
  compareHarm,
  harmOf,
  isStoppedRather,
  type Occupant,
  preemptionReason,
  type Victim,
} from './victim.ts';

/** So much of an agent. */
export interface Place {
  readonly agent: string;
  readonly ask: Amounts;
}

/** The cluster as trials are made on it. */
export interface Room {
  /** What of the agent is free. */
  free(agent: string): Amounts;
  /** Whether the entry would find its place if these tasks were away. Nothing changes by it. */
  fits(entry: Entry, without: readonly Occupant[]): boolean;
  /** From now on these tasks are away and the entry has its place. @returns that of each of its tasks */
  settle(entry: Entry, without: readonly Occupant[]): readonly Place[];
}

export interface PreemptionWorld {
  readonly candidates: readonly Candidate[];
  readonly occupants: readonly Occupant[];
  /** It is left as it is. */
  readonly ledger: Ledger;
  readonly room: Room;
  /** Whether the task may be stopped when so many others of its job are to be already. */
  mayDisrupt(occupant: Occupant, others: number): boolean;
  readonly now: Millis;
}

/** Tasks to stop so that a candidate has room. */
export interface Preemption {
  readonly candidate: Candidate;
  readonly victims: readonly Victim[];
  /** Where the tasks of the candidate then go. */
  readonly places: readonly Place[];
}

/** Candidates that one pass looks at, agents that are tried for each, and tasks stopped for one. */
const CANDIDATES_MAX = 20;
const AGENTS_MAX = 32;
const VICTIMS_MAX = 256;

/**
 * Which tasks to stop for those that have waited long enough: for each as little harm as there is to
 * choose from, tried on the cluster before anything is done. One for whom stopping does not help stops nobody.
 */
export function planPreemptions(world: PreemptionWorld): readonly Preemption[] {
  const { now, room } = world;
  const ledger = world.ledger.fork();
  const chosen = new Set<string>();
  const byJob = new Map<string, number>();
  const due = world.candidates
    .filter(({ entry }) => now - entry.since >= ledger.terms(entry.group).preemptAfterMs)
    .toSorted((a, b) => byDue(a.entry, b.entry, ledger))
    .slice(0, CANDIDATES_MAX);
  return due.flatMap((candidate) => {
    const open = world.occupants.filter(({ key }) => !chosen.has(key));
    const trial = { ...world, ledger, taken: byJob };
    const victims = leastHarm(candidate, eligible(candidate, open, ledger), trial);
    if (victims === undefined) return [];
    const gone = victims.map(({ occupant }) => occupant);
    for (const { key, job } of gone) {
      chosen.add(key);
      byJob.set(job, (byJob.get(job) ?? 0) + 1);
      ledger.release(key);
    }
    const { entry } = candidate;
    for (const { key, ask } of entry.members) ledger.charge({ key, group: entry.group, ask });
    return [{ candidate, victims, places: room.settle(entry, gone) }];
  });
}

function byDue(a: Entry, b: Entry, ledger: Ledger): number {
  const byTier = ledger.terms(a.group).tier - ledger.terms(b.group).tier;
  if (byTier !== 0) return byTier;
  return goesBefore(a, b) ? -1 : 1;
}

function eligible(
  candidate: Candidate,
  occupants: readonly Occupant[],
  ledger: Ledger,
): readonly Victim[] {
  return occupants
    .flatMap((occupant) => {
      const reason = preemptionReason(candidate, occupant, ledger);
      return reason === undefined ? [] : [{ occupant, reason }];
    })
    .toSorted(isStoppedRather);
}

interface TrialWorld extends Pick<PreemptionWorld, 'ledger' | 'room' | 'now' | 'mayDisrupt'> {
  /** How many are to be stopped already, by job. */
  readonly taken: ReadonlyMap<string, number>;
}

function leastHarm(
  candidate: Candidate,
  victims: readonly Victim[],
  world: TrialWorld,
): readonly Victim[] | undefined {
  if (victims.length === 0) return undefined;
  const { entry } = candidate;
  if (entry.members.length > 1) return fewest(candidate, victims, world);
  const groups = [...Map.groupBy(victims, ({ occupant }) => occupant.agent)]
    .filter(([agent, group]) => {
      const freed = sumOf(group.map(({ occupant }) => occupant.ask));
      return isWithin(entry.ask, plus(world.room.free(agent), freed));
    })
    .map(([agent, group]) => ({ agent, group, least: harmOf(group.slice(0, 1), world.now) }))
    .toSorted((a, b) => compareHarm(a.least, b.least) || (a.agent < b.agent ? -1 : 1))
    .slice(0, AGENTS_MAX);
  const found = groups.flatMap(({ group }) => {
    const set = fewest(candidate, group, world);
    return set === undefined ? [] : [{ set, harm: harmOf(set, world.now) }];
  });
  return found.toSorted((a, b) => compareHarm(a.harm, b.harm))[0]?.set;
}

/**
 * The shortest beginning of the list that is enough, less those that it does without: of the tasks that
 * it takes none can be left out. Nobody is stopped for what needs it not.
 */
function fewest(
  candidate: Candidate,
  inOrder: readonly Victim[],
  world: TrialWorld,
): readonly Victim[] | undefined {
  const victims = allowedTogether(candidate, inOrder, world);
  if (victims.length === 0 || !isEnough(candidate, victims, world)) return undefined;
  let [low, high] = [1, victims.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isEnough(candidate, victims.slice(0, middle), world)) high = middle;
    else low = middle + 1;
  }
  let kept = victims.slice(0, low);
  for (const victim of kept.toReversed()) {
    const fewer = kept.filter((each) => each !== victim);
    if (isEnough(candidate, fewer, world)) kept = fewer;
  }
  return kept.length === 0 ? undefined : kept;
}

/**
 * Of the list, in its order, those that may be stopped together: a group gives back only what it uses
 * above its guarantee, and a job only as many as it can spare.
 */
function allowedTogether(
  candidate: Candidate,
  victims: readonly Victim[],
  { ledger, mayDisrupt, taken }: TrialWorld,
): readonly Victim[] {
  const trial = ledger.fork();
  const byJob = new Map<string, number>();
  return victims.slice(0, VICTIMS_MAX).filter(({ occupant }) => {
    const others = byJob.get(occupant.job) ?? taken.get(occupant.job) ?? 0;
    if (preemptionReason(candidate, occupant, trial) === undefined) return false;
    if (!mayDisrupt(occupant, others)) return false;
    byJob.set(occupant.job, others + 1);
    trial.release(occupant.key);
    return true;
  });
}

/** Whether the candidate has its share and its place when these are away. */
function isEnough(
  { entry }: Candidate,
  victims: readonly Victim[],
  { ledger, room }: TrialWorld,
): boolean {
  const trial = ledger.fork();
  for (const { occupant } of victims) trial.release(occupant.key);
  const occupants = victims.map(({ occupant }) => occupant);
  return trial.judge(entry.group, entry.ask).admitted && room.fits(entry, occupants);
}
