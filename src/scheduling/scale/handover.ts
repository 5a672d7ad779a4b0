import { isBatch } from '../../api/batch.ts';
import { budgetOf } from '../../api/disruption.ts';
import type { Job, JobStatus } from '../../api/kinds.gen.ts';
import type { Location } from '../../api/location.ts';
import { fromTimestamp, type Millis, toTimestamp } from '../../api/object.ts';
import { partitionOf } from '../../api/partition.ts';
import { updateOf } from '../../api/update.ts';
import { claimOf } from './claim.ts';
import { type Counts, countsOf, readCounts, textOf } from './counts.ts';

type DomainStatus = NonNullable<JobStatus['domains']>[number];

/** What a fault domain keeps beyond its share until others can do without it. */
export interface Handover {
  /** Instances beyond the share; below 0, how many of the share are not to be started yet. */
  readonly retained: number;
  /** What the status of the fault domain is to keep of it. */
  readonly kept: Pick<DomainStatus, 'location' | 'handover'>;
  readonly message?: string;
  /** When it changes by itself. */
  readonly wakeAt: Millis;
}

export interface HandoverWorld {
  /** The fault domain. */
  readonly home: string;
  /** What the location asks for, scaled. */
  readonly locations: readonly Location[];
  /** The other fault domains that there are. */
  readonly others: readonly string[];
  readonly now: Millis;
}

const NEVER = Number.POSITIVE_INFINITY;
const NONE: Handover = { retained: 0, kept: {}, wakeAt: NEVER };

/**
 * An edit of `location` moves instances between fault domains: the one that is to have fewer keeps as many as
 * those that are to have more are short of, by the replicated status, until that is made good. After
 * `update.progressDeadline` it gives up what the disruption budget, taken over all fault domains, lets be
 * down, and no more. Where several are to have fewer, the first by name keep what is to be kept.
 *
 * Nothing is kept of a batch job, whose work has its place, of one with one task on every agent, and of one with Volumes, whose
 * data does not move. An exclusive one moves the other way round: see `claimOf`.
 */
export function handoverOf(job: Job, world: HandoverWorld): Handover {
  if (job.spec.partition?.exclusive === true) return claimOf(job, world);
  const isRooted = isBatch(job) || partitionOf(job).exclusive;
  return isRooted ? NONE : givenOver(job, world);
}

function givenOver(job: Job, world: HandoverWorld): Handover {
  const { home, locations, now } = world;
  const wanted = countsOf(locations);
  if (wanted === undefined) return NONE;
  const reports = new Map((job.status?.domains ?? []).map((entry) => [entry.name, entry]));
  const own = reports.get(home);
  const { generation } = job.metadata;
  const current = textOf(wanted);
  const settled = { ...NONE, kept: current === '' ? {} : { location: current } };
  const before = own?.location === current ? undefined : readCounts(own?.location);
  if (before === undefined || job.spec.suspend === true) return settled;
  const view = viewOf(before, { home, generation, wanted, reports }, own?.handover !== undefined);
  const short = shortOf(view);
  const until = untilOf(job, own, now);
  const isOver = now >= until;
  const limit = isOver ? floorOf(job, view) : undefined;
  const retained = retainedBy(view, Math.min(limit?.needed ?? NEVER, sumOf(short)));
  const location = textOf(restOf({ ...view, before }));
  if (location === current || (isOver && retained === 0)) return settled;
  const why =
    limit === undefined
      ? `at most until ${toTimestamp(until)}`
      : `as the budget lets no more than ${limit.mayBeDown} of ${limit.total} be down, though the deadline is over`;
  const handover = { generation, until: toTimestamp(until), retained };
  return {
    retained,
    kept: { location, handover },
    ...(retained === 0 ? {} : { message: `${textOfRetained(retained, short)}, ${why}` }),
    wakeAt: isOver ? NEVER : until,
  };
}

/** How many of those that are short this fault domain stands in for. */
function retainedBy(view: View, needed: number): number {
  const { home, wanted, reports } = view;
  const most = (reports.get(home)?.desired ?? 0) - (wanted.get(home) ?? 0);
  const surplus = Math.min(most, surplusOf(home, view));
  return Math.max(0, Math.min(surplus, needed - keptBefore(home, view)));
}

/** What must not be given up even after the deadline. */
function floorOf(job: Job, view: View) {
  const total = [...view.wanted.values()].reduce((sum, count) => sum + count, 0);
  const mayBeDown = budgetOf(job).mayBeDown(total);
  return { total, mayBeDown, needed: downOutside(view) - mayBeDown };
}

/** The counts that it has come to: those that are to have more count once they are healthy, others as far as they have gone. */
function restOf(view: View): Counts {
  const { wanted, before, home, reports } = view;
  const names = new Set([...before.keys(), ...wanted.keys()]);
  const reached = [...names].map((domain): [string, number] => {
    const [from, to] = [before.get(domain) ?? 0, wanted.get(domain) ?? 0];
    if (domain === home)
      return [domain, Math.max(to, Math.min(from, reports.get(home)?.desired ?? 0))];
    if (to >= from) return [domain, healthyIn(domain, view) >= to ? to : from];
    const { healthy = 0 } = reports.get(domain)?.disruptions ?? {};
    return [domain, Math.max(to, Math.min(from, healthy))];
  });
  return new Map(reached);
}

function textOfRetained(retained: number, short: readonly Short[]): string {
  const stay = retained === 1 ? '1 instance stays' : `${retained} instances stay`;
  const lack = short.map(({ domain, count }) => `${domain} lacks ${count}`).join(', ');
  return `${stay} until others are healthy in its place: ${lack}`;
}

interface Short {
  readonly domain: string;
  readonly count: number;
}

interface View {
  readonly home: string;
  readonly generation: number;
  readonly wanted: Counts;
  /** What had been reached when this fault domain last looked. */
  readonly before: Counts;
  readonly reports: ReadonlyMap<string, DomainStatus>;
}

/** While instances are on the move nobody is thought to have more than it says. */
function viewOf(before: Counts, view: Omit<View, 'before'>, isMoving: boolean): View {
  if (!isMoving) return { ...view, before };
  const reached = [...before].map(([domain, count]): [string, number] => {
    const told = domain === view.home ? count : healthyIn(domain, view);
    return [domain, Math.min(count, told)];
  });
  return { ...view, before: new Map(reached) };
}

/** Each new edit has the whole time, from when it is seen. */
function untilOf(job: Job, own: DomainStatus | undefined, now: Millis): Millis {
  const { generation, until } = own?.handover ?? {};
  if (until !== undefined && generation === job.metadata.generation) return fromTimestamp(until);
  return now + updateOf(job).progressDeadlineMs;
}

/** Where instances are to come from elsewhere, and how many are not ready yet. */
function shortOf(view: View): readonly Short[] {
  const { wanted, before, home } = view;
  return [...wanted].flatMap(([domain, count]) => {
    const growth = count - (before.get(domain) ?? 0);
    const short = Math.min(growth, count - healthyIn(domain, view));
    return domain === home || short <= 0 ? [] : [{ domain, count: short }];
  });
}

function sumOf(short: readonly Short[]): number {
  return short.reduce((sum, { count }) => sum + count, 0);
}

function downOutside(view: View): number {
  const others = [...view.wanted].filter(([domain]) => domain !== view.home);
  return others.reduce((sum, [domain, count]) => {
    return sum + Math.max(0, count - healthyIn(domain, view));
  }, 0);
}

/** What a domain had under an older spec it may be giving up. */
function healthyIn(
  domain: string,
  { reports, generation }: Pick<View, 'reports' | 'generation'>,
): number {
  const { observedGeneration, disruptions } = reports.get(domain) ?? {};
  return observedGeneration === generation ? (disruptions?.healthy ?? 0) : 0;
}

/** How many it is to give up. */
function surplusOf(domain: string, { wanted, before }: View): number {
  return Math.max(0, (before.get(domain) ?? 0) - (wanted.get(domain) ?? 0));
}

/** What those with lesser names still have beyond their shares. */
function keptBefore(home: string, view: View): number {
  const first = [...view.before.keys()].filter((domain) => domain < home);
  return first.reduce((sum, domain) => {
    const beyond = healthyIn(domain, view) - (view.wanted.get(domain) ?? 0);
    return sum + Math.max(0, Math.min(beyond, surplusOf(domain, view)));
  }, 0);
}
