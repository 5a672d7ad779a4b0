import type { Answers } from '../../../src/api/analysis.ts';
import type { JobStatus, Task } from '../../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis, toTimestamp } from '../../../src/api/object.ts';
import { isLive } from '../../../src/api/task.ts';
import type { Update } from '../../../src/api/update.ts';
import { type Cause, causeOfFailing, causeOfStandstill } from './cause.ts';
import type { Gate } from './gate.ts';
import { isSecondSet, type Stage, stageOf, targetOf } from './stage.ts';
import { type Fare, fareOf } from './view.ts';

type DomainStatus = NonNullable<JobStatus['domains']>[number];

/** What is kept of a rollout from one look to the next. */
export type Rollout = NonNullable<DomainStatus['rollout']>;

export interface RolloutWorld {
  /** What the spec asks for. */
  readonly revision: string;
  readonly number: number;
  readonly update: Update;
  /** The tasks of each wanted instance, in order, the newest attempt last. */
  readonly slots: readonly (readonly Task[])[];
  /** Whether none of the wanted instances can be told of, since their records cannot be read. */
  readonly isBlind: boolean;
  readonly now: Millis;
  /** Whether the fault domain has lost many agents at once: time does not count then. */
  readonly frozen: boolean;
  /** What keeps the whole job from going on, such as `waits until …`. */
  readonly heldBy: string | undefined;
  /** What the checks of its steps have answered here. */
  readonly answers?: Answers | undefined;
  /** What the newest version lacks, for which nothing is stopped. */
  readonly lack?: string | undefined;
  /** Whether it is a service; a batch job is only told what is new. */
  readonly isService: boolean;
  /** What the other fault domains mean for it. */
  readonly gate: Gate;
  /** Whether it is known what a revision runs. */
  knows(revision: string): boolean;
}

export interface Advanced {
  readonly rollout: Rollout;
  /** When it changes by itself. */
  readonly wakeAt: Millis;
}

const NEVER = Number.POSITIVE_INFINITY;
/** Phases in which it is under way: it then waits for no other fault domain. */
const BEGUN: ReadonlySet<Rollout['phase']> = new Set([
  'Progressing',
  'Analysing',
  'AwaitingPromotion',
  'KeepingOld',
]);

/** What one waits for that begins while nothing of it can be told. */
const BLIND = 'waits until the records of its tasks can be read';

/**
 * What becomes of a rollout at this moment: whatever the spec asks for now is its target, and it ends
 * as Complete, RolledBack or Failed within its deadlines, unless a person pauses it or is waited for.
 */
export function advance(before: Rollout | undefined, world: RolloutWorld): Advanced {
  const rollout = isSame(before, world) ? before : begin(before, world);
  if (world.isBlind) return rollout.phase === 'Waiting' ? wait(rollout, BLIND) : still(rollout);
  switch (rollout.phase) {
    case 'Complete':
      return mayReturn(rollout, world) ? failElsewhere(rollout, world) : still(rollout);
    case 'RolledBack':
      return still(rollout);
    case 'RollingBack':
    case 'RollbackFailed':
      return goBack(rollout, world);
    case 'Failed':
      return recover(rollout, world);
    case 'Waiting':
    case 'Progressing':
    case 'Paused':
    case 'Analysing':
    case 'AwaitingPromotion':
    case 'KeepingOld':
      if (world.isService && world.heldBy !== undefined) return wait(rollout, world.heldBy);
      return world.update.paused ? pause(rollout, world) : passGate(rollout, world);
  }
}

function still(rollout: Rollout): Advanced {
  return { rollout, wakeAt: NEVER };
}

/** One that has begun goes on whatever the others wait for; a first version waits for nobody. */
function passGate(rollout: Rollout, world: RolloutWorld): Advanced {
  const { gate, isService } = world;
  if (!isService || rollout.stable === undefined) return goOn(rollout, world);
  if (failsElsewhere(rollout, world) || (gate.failure !== undefined && !BEGUN.has(rollout.phase))) {
    return failElsewhere(rollout, world);
  }
  if (BEGUN.has(rollout.phase) || gate.waitsFor.length === 0) return goOn(rollout, world);
  return wait(rollout, `waits for ${gate.waitsFor.join(', ')} to be done`);
}

function wait(rollout: Rollout, message: string): Advanced {
  return still({ ...without(rollout), phase: 'Waiting', message });
}

function failsElsewhere({ stable }: Rollout, { gate }: RolloutWorld): boolean {
  return gate.failure !== undefined && gate.goesBack && stable !== undefined;
}

/** One that is done goes back at its turn. */
function mayReturn(rollout: Rollout, world: RolloutWorld): boolean {
  return failsElsewhere(rollout, world) && !world.gate.isReturnFull;
}

function failElsewhere(rollout: Rollout, world: RolloutWorld): Advanced {
  return fail(rollout, { reason: 'FailedElsewhere', message: world.gate.failure ?? '' }, world);
}

function isSame(before: Rollout | undefined, world: RolloutWorld): before is Rollout {
  return before?.revision === world.revision && before.number === world.number;
}

/**
 * The version that was last found good is the one to go back to. One that was promoted is good as well, unless
 * what is asked for now is the one before it, which still runs.
 */
function begin(
  before: Rollout | undefined,
  { revision, number, now, knows }: RolloutWorld,
): Rollout {
  const isGood =
    before?.phase === 'Complete' ||
    (before?.keepOldUntil !== undefined && before.stable !== revision);
  const last = isGood ? before.revision : before?.stable;
  const at = toTimestamp(now);
  return {
    revision,
    number,
    phase: 'Waiting',
    ...(last === undefined || !knows(last) ? {} : { stable: last }),
    startedAt: at,
    progressAt: at,
    step: 0,
    target: 0,
    healthy: 0,
    failures: 0,
  };
}

function pause(rollout: Rollout, { now, slots, update }: RolloutWorld): Advanced {
  const at = rollout.phase === 'Paused' ? rollout.progressAt : toTimestamp(now);
  const target = targetOf(rollout, update, slots.length);
  return {
    rollout: { ...without(rollout), phase: 'Paused', progressAt: at, target },
    wakeAt: NEVER,
  };
}

/** Without why it waited or failed, and how many were healthy before. */
function without(rollout: Rollout): Rollout {
  const { reason: _, message: __, culprit: ___, ...kept } = unmarked(rollout);
  return kept;
}

function unmarked(rollout: Rollout): Rollout {
  const { mostHealthy: _, ...kept } = rollout;
  return kept;
}

/** Instances that come and go are progress the first time only. */
function mostOf({ healthy = 0, mostHealthy = healthy }: Rollout): number {
  return mostHealthy;
}

function highMark(most: number, { healthy }: { readonly healthy: number }) {
  return most > healthy ? { mostHealthy: most } : {};
}

function goOn(before: Rollout, world: RolloutWorld): Advanced {
  if (!world.isService) return still(told(before, world));
  const fares = faresOf(before.revision, before, world);
  const { wakeAt: endsAt, failure, ...stage } = stageOf(before, fares, world);
  const rollout = intoStage(before, stage, { fares, world });
  if (rollout.phase === 'Complete') return still(rollout);
  const cause = causeIn(rollout, { fares, failure, waitedFor: before.message }, world);
  if (cause !== undefined) return fail(rollout, cause, world);
  const looks =
    rollout.phase === 'Progressing' ? [nextLook(deadlineOf(rollout, world), world)] : [];
  const wakeAt = earliest([endsAt, ...looks, ...fares.map(({ changesAt }) => changesAt)]);
  return { rollout, wakeAt };
}

/** The rollout in this stage; its time to progress begins anew with each step, and with each instance more. */
function intoStage(
  before: Rollout,
  stage: Omit<Stage, 'wakeAt' | 'failure'>,
  { fares, world }: { readonly fares: readonly Fare[]; readonly world: RolloutWorld },
): Rollout {
  const isNext = stage.phase !== before.phase || stage.step > (before.step ?? 0);
  const most = isNext ? 0 : mostOf(before);
  const moved = isNext || stage.healthy > most || isExcused(before, world);
  return {
    ...without(before),
    ...stage,
    ...highMark(most, stage),
    ...lackOf(stage, world),
    failures: Math.max(before.failures ?? 0, sumOf(fares)),
    progressAt: moved ? toTimestamp(world.now) : before.progressAt,
  };
}

interface Signs {
  readonly fares: readonly Fare[];
  /** What its checks say against it. */
  readonly failure: string | undefined;
  /** What it has waited for. */
  readonly waitedFor: string | undefined;
}

/** Why it has failed, where it has: its instances speak first, its checks next, the clock last. */
function causeIn(
  rollout: Rollout,
  { fares, failure, waitedFor }: Signs,
  world: RolloutWorld,
): Cause | undefined {
  const { update, slots, now } = world;
  const failing = causeOfFailing(fares, rollout.failures ?? 0, update);
  if (failing !== undefined) return failing;
  if (failure !== undefined) return { reason: 'AnalysisFailed', message: failure };
  const isLate = rollout.phase === 'Progressing' && now >= deadlineOf(rollout, world);
  if (!isLate) return undefined;
  return causeOfStandstill(update, waitingIn(slots, rollout.revision), waitedFor);
}

/** When one that does not progress has failed. */
function deadlineOf({ progressAt }: Rollout, { update }: RolloutWorld): Millis {
  return fromTimestamp(progressAt) + update.progressDeadlineMs;
}

/** What keeps it from going on, where anything does. */
function lackOf(
  { phase }: Pick<Rollout, 'phase'>,
  { lack }: RolloutWorld,
): Pick<Rollout, 'message'> {
  return lack === undefined || phase !== 'Progressing' ? {} : { message: `waits for ${lack}` };
}

/**
 * Whether time is given back, because the fault domain has lost many agents: half of the deadline at a
 * time, so that the status is not written without end.
 */
function isExcused({ progressAt }: Rollout, { frozen, now, update }: RolloutWorld): boolean {
  return frozen && now - fromTimestamp(progressAt) >= update.progressDeadlineMs / 2;
}

/** When to look at one again whose deadline is at `deadline`. */
function nextLook(deadline: Millis, { frozen, update }: RolloutWorld): Millis {
  return frozen ? deadline - update.progressDeadlineMs / 2 : deadline;
}

/** What ends by itself is not waited for. */
function told(rollout: Rollout, { slots }: RolloutWorld): Rollout {
  return { ...without(rollout), phase: 'Complete', target: slots.length };
}

function faresOf(revision: string, { startedAt }: Rollout, world: RolloutWorld): readonly Fare[] {
  const { update, now } = world;
  const options = { revision, since: fromTimestamp(startedAt), now, update };
  return world.slots.map((tasks) => fareOf(tasks, options));
}

function sumOf(fares: readonly Fare[]): number {
  return fares.reduce((sum, { failures }) => sum + failures, 0);
}

function waitingIn(slots: RolloutWorld['slots'], revision: string): Task | undefined {
  return slots
    .flat()
    .find(
      (task) => task.spec.revision === revision && isLive(task) && task.status?.phase !== 'Running',
    );
}

function fail(rollout: Rollout, cause: Cause, { now, update, knows }: RolloutWorld): Advanced {
  const { stable } = rollout;
  const mayGoBack = update.rollback && stable !== undefined && stable !== rollout.revision;
  const phase = mayGoBack && knows(stable) ? 'RollingBack' : 'Failed';
  const at = phase === 'RollingBack' ? toTimestamp(now) : rollout.progressAt;
  const { keepOldUntil: _, ...kept } = unmarked(rollout);
  const failed: Rollout = { ...kept, ...cause, phase, progressAt: at, healthy: 0 };
  return { rollout: failed, wakeAt: phase === 'RollingBack' ? now : NEVER };
}

/** What health does not cure: somebody else has spoken against the version. */
const FAILED_FOR_GOOD: ReadonlySet<string | undefined> = new Set<Cause['reason']>([
  'AnalysisFailed',
  'FailedElsewhere',
]);

/** Whether checks were to speak for it, which are not asked any more. */
function owesChecks(rollout: Rollout, { update, isService }: RolloutWorld): boolean {
  return isService && update.analysis !== undefined && isSecondSet(rollout);
}

/** A failed one that nothing could be done about may still come right. */
function recover(rollout: Rollout, world: RolloutWorld): Advanced {
  const isForGood = FAILED_FOR_GOOD.has(rollout.reason) || owesChecks(rollout, world);
  const fares = faresOf(rollout.revision, rollout, world);
  const healthy = fares.filter((fare) => fare.healthy).length;
  const wakeAt = earliest(fares.map(({ changesAt }) => changesAt));
  if (isForGood || healthy < world.slots.length) {
    return { rollout: { ...rollout, healthy }, wakeAt };
  }
  const target = world.slots.length;
  return { rollout: { ...without(rollout), phase: 'Complete', target, healthy }, wakeAt: NEVER };
}

function goBack(rollout: Rollout, world: RolloutWorld): Advanced {
  const { now, slots } = world;
  const fares = faresOf(rollout.stable ?? rollout.revision, rollout, world);
  const healthy = fares.filter((fare) => fare.healthy).length;
  const most = mostOf(rollout);
  const moved = isExcused(rollout, world) || healthy > most;
  const progressAt = moved ? toTimestamp(now) : rollout.progressAt;
  const next = {
    ...unmarked(rollout),
    ...highMark(most, { healthy }),
    target: 0,
    healthy,
    progressAt,
  };
  if (healthy === slots.length) return { rollout: { ...next, phase: 'RolledBack' }, wakeAt: NEVER };
  const deadline = deadlineOf(next, world);
  const isLate = rollout.phase === 'RollbackFailed' || now >= deadline;
  const wakeAt = earliest([
    isLate ? NEVER : nextLook(deadline, world),
    ...fares.map(({ changesAt }) => changesAt),
  ]);
  return { rollout: { ...next, phase: isLate ? 'RollbackFailed' : 'RollingBack' }, wakeAt };
}

function earliest(moments: readonly Millis[]): Millis {
  return moments.reduce((first, at) => Math.min(first, at), NEVER);
}
