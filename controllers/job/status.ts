import { isBatch } from '../../src/api/batch.ts';
import { type Condition, mergeConditions } from '../../src/api/condition.ts';
import { standing } from '../../src/api/coordinator.ts';
import type { Job, JobStatus } from '../../src/api/kinds.gen.ts';
import type { Location } from '../../src/api/location.ts';
import { isDeleting, toTimestamp } from '../../src/api/object.ts';
import { partitionOf } from '../../src/api/partition.ts';
import { holdsSlot, isLive, isReady, TASK_LABELS } from '../../src/api/task.ts';
import { countsAsRunning } from '../../src/scheduling/disruption/health.ts';
import { slotsText } from '../../src/scheduling/scale/slots.ts';
import { endsOf } from './ends.ts';
import { attemptsToKeep } from './numbering.ts';
import { isCompleted, isFinished, type Outlook, outlookConditions } from './outlook.ts';
import type { JobPlan, JobWorld } from './plan.ts';
import { type Known, readiness } from './readiness.ts';
import { rolledOut } from './rollout/condition.ts';
import type { SlotState } from './slots.ts';
import { typicalSeconds } from './typical.ts';
import { unreadableShown } from './unreadable.ts';
import { backOffMessage, lackMessage, ownMessage, waitReason } from './waits.ts';

type DomainStatus = NonNullable<JobStatus['domains']>[number];

/**
 * What the user is told. The entry of this fault domain is counted anew; those of others are as they
 * were last replicated; the totals, the conditions and the phase are over all of them.
 */
export function jobStatus(job: Job, plan: JobPlan, world: JobWorld): JobStatus {
  const domains = domainsOf(job, plan, world);
  const reports = plan.share.locations.map((location) => ({
    location,
    report: domains.find(({ name }) => name === location.domain),
  }));
  const totals = totalsOf(job, reports);
  const view: View = { job, plan, domains, reports, totals };
  const conditions = mergeConditions(job.status?.conditions, conditionsOf(view), world.now);
  return {
    observedGeneration: job.metadata.generation,
    phase: phaseFrom(view, conditions),
    message: messageOf(view),
    replicas: totals.desired,
    selector: `${TASK_LABELS.job}=${job.metadata.name}`,
    ...totals,
    healthy: sumOf(reports, ({ disruptions }) => disruptions?.healthy),
    disruptionsAllowed: sumOf(reports, ({ disruptions }) => disruptions?.allowed),
    ...(isFinished(outlookOf(view))
      ? { finishedAt: job.status?.finishedAt ?? toTimestamp(world.now) }
      : {}),
    domains,
    conditions,
  };
}

function outlookOf({ job, totals }: View): Outlook {
  return { job, ...totals };
}

interface Report {
  readonly location: Location;
  readonly report: DomainStatus | undefined;
}

interface Totals {
  readonly desired: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
}

interface View {
  readonly job: Job;
  readonly plan: JobPlan;
  /** Those that the location names, and those where tasks run still. */
  readonly domains: readonly DomainStatus[];
  readonly reports: readonly Report[];
  readonly totals: Totals;
}

/**
 * The entries in the order of the location; those that it no longer names stay while tasks run there, and those of an
 * exclusive job for good: that nothing runs there is what others wait for.
 */
function domainsOf(job: Job, plan: JobPlan, world: JobWorld): readonly DomainStatus[] {
  const own = ownEntry(job, plan, world);
  const all = new Map((job.status?.domains ?? []).map((entry) => [entry.name, entry]));
  all.set(own.name, own);
  const named = plan.share.locations.flatMap(({ domain }) => all.get(domain) ?? []);
  const names = new Set(named.map(({ name }) => name));
  const isExclusive = job.spec.partition?.exclusive === true;
  const left = [...all.values()].filter(
    ({ name, running = 0, pending = 0 }) =>
      !names.has(name) && (isExclusive || running + pending > 0),
  );
  return [...named, ...left];
}

function ownEntry(job: Job, plan: JobPlan, world: JobWorld): DomainStatus {
  const live = world.tasks.filter(isLive);
  const partition = partitionOf(job);
  const running = live.filter((task) => countsAsRunning(task, partition, world.now));
  const vacant = plan.states.filter(({ is }) => is === 'vacant').length;
  const backingOff = plan.states.filter(
    (state) => state.is === 'vacant' && state.dueAt > world.now,
  ).length;
  const before = job.status?.domains?.find(({ name }) => name === world.home.name);
  const answers = standing(before?.coordinatorAnswers, world.now);
  const ends = endsOf(before?.ends, world.tasks);
  const attempts = attemptsToKeep(world.attempts, world.tasks);
  const slots = slotsText(plan.share.slots.map(({ slot }) => slot));
  const unreadable = unreadableShown(plan.unreadable);
  const typical = typicalSeconds(job, world.tasks, before?.typicalSeconds);
  const message =
    ownMessage(live, plan) ??
    (world.lack && lackMessage(world.lack)) ??
    backOffMessage(plan.states, backingOff);
  return {
    name: world.home.name,
    region: world.home.region,
    observedGeneration: job.metadata.generation,
    desired: isDeleting(job) ? 0 : plan.share.slots.length,
    ...(slots === undefined || isDeleting(job) ? {} : { slots }),
    running: running.length,
    ...plan.share.handover.kept,
    ready: running.filter(isReady).length,
    updated: running.filter(({ spec }) => spec.revision === plan.revision).length,
    pending:
      live.filter(holdsSlot).length -
      running.length +
      (plan.halt === undefined ? vacant - backingOff : 0),
    backingOff,
    succeeded: count(plan.states, 'succeeded'),
    failed: count(plan.states, 'failed'),
    ...(typical === undefined ? {} : { typicalSeconds: typical }),
    ...(message === undefined ? {} : { message }),
    ...(unreadable.length === 0 ? {} : { unreadable }),
    ...(attempts.length === 0 ? {} : { attempts }),
    ...(ends.length === 0 ? {} : { ends }),
    ...(plan.disruptions === undefined ? {} : { disruptions: plan.disruptions }),
    ...(before?.analysis === undefined ? {} : { analysis: before.analysis }),
    ...(answers.length === 0 ? {} : { coordinatorAnswers: answers }),
    ...(plan.rollout === undefined ? {} : { rollout: plan.rollout }),
  };
}

function count(states: readonly SlotState[], is: SlotState['is']): number {
  return states.filter((state) => state.is === is).length;
}

/** A domain that has not reported counts with what the location asks of it. */
function totalsOf(job: Job, reports: readonly Report[]): Totals {
  const sum = (of: Count) => sumOf(reports, of);
  const desired = isDeleting(job)
    ? 0
    : reports.reduce((total, report) => total + wantedOf(report), 0);
  return {
    desired,
    running: sum(({ running }) => running),
    succeeded: sum(({ succeeded }) => succeeded),
    failed: sum(({ failed }) => failed),
  };
}

type Count = (report: DomainStatus) => number | undefined;

function sumOf(reports: readonly Report[], of: Count): number {
  return reports.reduce((total, { report }) => total + ((report && of(report)) ?? 0), 0);
}

function wantedOf({ location, report }: Report): number {
  return location.count === '*' ? (report?.desired ?? 0) : location.count;
}

function conditionsOf(view: View): readonly Condition[] {
  const { job } = view;
  const known: Known = {
    accepted: acceptedCondition(view),
    available: availableCondition(view),
    progressing: progressing(view),
    rolledOut: rolledOutCondition(view),
  };
  const ready = readiness(known, view.totals.failed);
  const all = [...Object.values(known), ...outlookConditions(outlookOf(view)), ...ready];
  return all.map((condition) => ({ ...condition, observedGeneration: job.metadata.generation }));
}

function acceptedCondition({ plan }: View): Condition {
  const [problem] = plan.share.problems;
  if (problem === undefined) {
    return {
      type: 'Accepted',
      status: 'True',
      reason: 'Valid',
      message: 'The job can be honoured',
    };
  }
  const message = plan.share.problems.map((each) => each.message).join('; ');
  return { type: 'Accepted', status: 'False', reason: problem.reason, message };
}

function availableCondition(view: View): Condition {
  const { job, plan, reports } = view;
  if (isCompleted(outlookOf(view))) {
    const message = 'As many instances have ended well as the job asks for';
    return { type: 'Available', status: 'True', reason: 'AllRunning', message };
  }
  const short = reports.filter((each) => !isSatisfied(each, job));
  if (short.length === 0 && plan.share.locations.length > 0 && !isDeleting(job)) {
    const message = 'Every fault domain runs its share';
    return { type: 'Available', status: 'True', reason: 'AllRunning', message };
  }
  const shares = short.map(({ location, report }) => {
    return `${location.domain} ${doneBy(report)} of ${report?.desired ?? location.count}`;
  });
  const message = `Short of their share: ${shares.join(', ')}`;
  return { type: 'Available', status: 'False', reason: 'TooFewRunning', message };
}

function isSatisfied({ location, report }: Report, job: Job): boolean {
  if (!hasReported({ location, report }, job)) return false;
  return doneBy(report) >= wantedOf({ location, report });
}

/** What is not ready is not there for anybody; a domain of before may not say. */
function doneBy({
  running = 0,
  ready = running,
  succeeded = 0,
}: Partial<DomainStatus> = {}): number {
  return ready + succeeded;
}

/** Whether what is known of a domain is about the job as it is now; of one that runs none, nothing need be. */
function hasReported({ location, report }: Report, job: Job): boolean {
  return location.count === 0 || report?.observedGeneration === job.metadata.generation;
}

/** A domain that has not looked at the spec as it is now says nothing of it. */
function rolledOutCondition({ job, reports }: View): Condition {
  const wanted = reports.filter(({ location }) => location.count !== 0);
  return rolledOut(wanted.map((each) => (hasReported(each, job) ? each.report : undefined)));
}

function progressing(view: View): Condition {
  const reason = progressReason(view);
  const status = reason === 'Settled' || reason === 'Suspended' ? 'False' : 'True';
  return { type: 'Progressing', status, reason, message: messageOf(view) };
}

function progressReason(view: View): string {
  const { job, reports, totals } = view;
  if (isDeleting(job)) return 'Deleting';
  if (job.spec.suspend === true) return totals.running === 0 ? 'Suspended' : 'Suspending';
  const entries = reports.flatMap(({ report }) => report ?? []);
  const wait = waitReason(entries, () =>
    entries.map(rolloutReason).find((reason) => reason !== undefined),
  );
  return wait ?? (isSettled(view) ? 'Settled' : 'Scaling');
}

function isSettled({ job, reports, totals }: View): boolean {
  if (!reports.every((each) => hasReported(each, job))) return false;
  const isOver = isCompleted({ job, ...totals }) && totals.running === 0;
  return isOver || totals.running + totals.succeeded + totals.failed === totals.desired;
}

function rolloutReason({ rollout, updated = 0, running = 0 }: DomainStatus): string | undefined {
  switch (rollout?.phase) {
    case 'RollingBack':
      return 'RollingBack';
    case 'Paused':
      return 'RolloutPaused';
    case 'Analysing':
      return 'RolloutAnalysing';
    case 'AwaitingPromotion':
      return 'RolloutAwaitingPromotion';
    case 'KeepingOld':
      return 'RolloutKeepingOld';
    case 'Progressing':
    case 'Complete':
      return updated < running ? 'RollingOut' : undefined;
    default:
      return undefined;
  }
}

function phaseFrom({ job, plan, totals }: View, conditions: readonly Condition[]): string {
  const holds = (name: string) =>
    conditions.some(({ type, status }) => type === name && status === 'True');
  if (isDeleting(job)) return 'Deleting';
  if (plan.share.problems.length > 0) return 'Degraded';
  if (holds('Complete')) return 'Complete';
  if (job.spec.suspend === true) return 'Suspended';
  if (holds('Available')) return 'Available';
  const ended = totals.failed + totals.succeeded;
  const isLost = isBatch(job) ? holds('Failed') : totals.failed > 0;
  if (isLost) return ended >= totals.desired ? 'Failed' : 'Degraded';
  return totals.running === 0 ? 'Pending' : 'Progressing';
}

function messageOf({ job, plan, domains, totals }: View): string {
  const problems = plan.share.problems.map(({ message }) => message);
  const ends = [
    totals.succeeded > 0 ? `${totals.succeeded} ended well` : undefined,
    totals.failed > 0 ? `${totals.failed} failed for good` : undefined,
    job.spec.suspend === true ? 'the job is suspended (spec.suspend)' : undefined,
  ];
  const waits = domains.flatMap(({ name, message }) =>
    message === undefined ? [] : [`${name}: ${message}`],
  );
  const first = `${totals.running} of ${totals.desired} tasks run`;
  return [first, ...ends, ...problems, ...waits].filter((part) => part !== undefined).join('; ');
}
