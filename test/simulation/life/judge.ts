import { isGoingBack } from '../../../controllers/job/disruptions.ts';
import type { Rollout } from '../../../controllers/job/rollout/rollout.ts';
import { amountOf } from '../../../src/api/amount.ts';
import { batchOf } from '../../../src/api/batch.ts';
import { budgetOf, type DisruptionCause } from '../../../src/api/disruption.ts';
import { requestOf } from '../../../src/api/disruption-request.ts';
import type { Job, Task } from '../../../src/api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis } from '../../../src/api/object.ts';
import { partitionOf } from '../../../src/api/partition.ts';
import {
  holdsSlot,
  isMoving,
  isNotStarted,
  isReplaceable,
  MOVE_ANNOTATION,
  MOVE_FOR_ROLLOUT,
  phaseOf,
} from '../../../src/api/task.ts';
import { updateOf } from '../../../src/api/update.ts';
import { HOME } from './control.ts';
import { createBudgetJudge } from './judge-budget.ts';
import { atOnce, createSight, ownRollout, wantedOf } from './sight.ts';

/** Judges what a control plane does with a job, by what it could know: what its caches show, and its own stops. */
export interface Judge {
  /** The first promise that was broken. */
  readonly broken: string | undefined;
  /** A control plane makes a task. */
  made(task: Task): void;
  /** A control plane is about to stop one. */
  stops(task: Task): void;
  /** A control plane has stopped one that was asked to leave. */
  evicted(task: Task): void;
  /** A control plane has looked at the job, and says so, unless it is to look again at once. */
  passed(status: Job['status']): void;
  /** Looks whether a rollout is later than it may be, and whether the ledger has what happened. */
  look(options: { readonly complete: boolean }): void;
}

export interface JudgeOptions {
  now(): Millis;
  job(): Job;
  /** What the control plane has seen. */
  seen(): Iterable<Task>;
  /** All that live, whether the control plane has seen it or not. */
  alive(): readonly Task[];
  /** Whether the coordinator has let a task go. */
  mayGo(task: Task): boolean;
  /** The instances in which the record of a task cannot be read. */
  unreadable(): ReadonlySet<string>;
  /** The job that this one may depend on, as the control plane has seen it. */
  dependency(): Job | undefined;
  /** The job that may depend on this one, where it runs, as the control plane has seen it. */
  dependent(): Job | undefined;
  /** How many tasks may be on their way to running at once. */
  readonly startingMost: number;
  /** How often the checks have spoken for a revision. */
  goodAnswers(revision: string): number;
}

type LedgerCause = Exclude<DisruptionCause, 'Rollout'>;

/** What is counted for nothing keeps others waiting. */
const BOUNDED: ReadonlySet<LedgerCause> = new Set(['Drain', 'Rebalance', 'Preemption', 'Request']);
/** How often it is looked at in one moment, while no time goes by. */
const LOOKS_MAX = 100;
/** How long the ledger keeps what counts against no rate. */
const LEDGER_MS = 3_600_000;
/** How long a job that is deleted waits for those that depend on it to be deleted as well. */
const TOGETHER_MS = 5_000;
/** A pass may come so late: caches are behind, and a control plane may be away. */
const LATE_MS = 15_000;

function add(counts: Map<LedgerCause, number>, cause: LedgerCause): void {
  counts.set(cause, (counts.get(cause) ?? 0) + 1);
}

function isMarked({ metadata }: Task): boolean {
  return metadata.annotations?.[MOVE_ANNOTATION] === MOVE_FOR_ROLLOUT;
}

export function createJudge({ now, job, seen, ...world }: JudgeOptions): Judge {
  const budgets = createBudgetJudge({ now, job });
  const sight = createSight({ now, job, seen });
  const { isLeaving, isUp, hasBeenLong, isDone, isFollowed } = sight;
  const { holders, instances, instancesHeld, upEitherWay } = sight;
  const perhaps = new Map<LedgerCause, number>();
  const marked = new Set<string>();
  const happened: { readonly cause: LedgerCause; readonly at: Millis }[] = [];
  /** What is right only if the pass that does it begins a rollback, as its status says afterwards. */
  let doubts: string[] = [];
  let lookedAt: Millis = 0;
  let looks = 0;
  let broken: string | undefined;

  function breaks(text: string): void {
    broken ??= text;
  }

  function count(cause: LedgerCause): void {
    happened.push({ cause, at: now() });
  }

  /** What is asked of it may have been taken back, and not be heard of yet. */
  function asSeen(task: Task): Task {
    return [...seen()].find(({ metadata }) => metadata.uid === task.metadata.uid) ?? task;
  }

  function mayBeDown(task: Task): number {
    const desired = wantedOf(job());
    const budget = budgetOf(job());
    const own = budget.mayBeDown(desired);
    if (requestOf(task) !== undefined) return own;
    const { maxUnavailable, surge } = updateOf(job());
    const ofRollout = Math.max(
      amountOf(surge, desired) > 0 ? 0 : 1,
      amountOf(maxUnavailable, desired),
    );
    return budget.isOwn ? Math.min(own, ofRollout) : ofRollout;
  }

  function before(made: Task): Task | undefined {
    return [...seen()].find(
      ({ spec }) => spec.slot === made.spec.slot && spec.attempt === made.spec.attempt - 1,
    );
  }

  /** What the budget lets go is within it, and what it has asked of a coordinator needs its yes. */
  function judgeLeave(task: Task): void {
    const request = requestOf(task);
    const beyond = request && budgets.granted(task, request, wantedOf(job()));
    if (beyond !== undefined) breaks(beyond);
    if (budgetOf(job()).coordinator === undefined || request === undefined) return;
    if (request.forced || world.mayGo(task)) return;
    breaks(`${task.metadata.name} goes, and the coordinator has not said yes`);
  }

  /** Of an exclusive job no two of an instance live, and nothing is started before what the job depends on is ready. */
  function judgeStart({ metadata, spec }: Task): void {
    const others = world.alive().filter((task) => task.metadata.uid !== metadata.uid);
    const twin = others.find((task) => task.spec.slot === spec.slot);
    if (partitionOf(job()).exclusive && twin !== undefined) {
      breaks(`${metadata.name} is made while ${twin.metadata.name} of an exclusive job lives`);
    }
    if (world.unreadable().has(spec.slot))
      breaks(`${metadata.name} is made beside what nobody can read`);
    const depends = job().spec.dependsOn?.length !== undefined;
    const isReady = world.dependency()?.status?.conditions?.[0]?.status === 'True';
    const isFirst = [...seen()].every((task) => task.metadata.uid === metadata.uid);
    if (depends && isFirst && !isReady) breaks(`${metadata.name} is made before db is ready`);
  }

  /** No more live, and are on their way to running, than may. */
  function judgeCrowd({ metadata: { name } }: Task): void {
    const most = atOnce(job());
    const all = [...seen()].filter(holdsSlot);
    const seenIn = new Set(all.map(({ spec }) => spec.slot));
    const unread = [...world.unreadable()].filter((slot) => !seenIn.has(slot)).length;
    const staying = all.filter((each) => !isMoving(each) || isLeaving(each)).length + unread + 1;
    const surging = all.filter((each) => isMarked(each) && !isLeaving(each)).length;
    const beside = Math.max(0, amountOf(updateOf(job()).surge, wantedOf(job())) - surging);
    if (staying > most + beside) breaks(`${name} is one of ${staying}, and ${most} are wanted`);
    const starting = all.filter(isNotStarted).length + 1;
    if (starting > world.startingMost) breaks(`${name} is one of ${starting} on their way`);
  }

  /** That two run in one instance is a move, which somebody asked for. */
  function judgeMove(made: Task, mover: Task): void {
    const request = requestOf(mover);
    const isFirst = mover.spec.attempt === made.spec.attempt - 1;
    if (request === undefined || request.evicts || !isFirst) return;
    count(request.cause);
    judgeLeave(mover);
    if (request.forced) return;
    const moving = [...seen()].filter((task) => {
      const isAsked = requestOf(task) !== undefined && isMoving(task) && holdsSlot(task);
      return isAsked && !isLeaving(task) && isFollowed(task);
    });
    const desired = wantedOf(job());
    const most = Math.max(1, budgetOf(job()).mayBeDown(desired));
    if (moving.length + 1 > most)
      breaks(`${moving.length + 1} instances move, at most ${most} may`);
  }

  function countLook(): void {
    looks = lookedAt === now() ? looks + 1 : 1;
    lookedAt = now();
    if (looks > LOOKS_MAX) breaks('it is looked at without end');
  }

  function isHalted(): boolean {
    return isDeleting(job()) || job().spec.suspend === true;
  }

  function hasCompleted(): boolean {
    return instances(isDone) >= (batchOf(job())?.completions ?? Number.POSITIVE_INFINITY);
  }

  /** What depends on it and stops as well stops first. */
  function judgeOrder({ metadata }: Task): void {
    const other = world.dependent();
    const deletedAt = fromTimestamp(job().metadata.deletionTimestamp ?? '');
    const isFirst = other !== undefined && (isDeleting(other) || other.spec.suspend === true);
    const isAwaited = other !== undefined && now() < deletedAt + TOGETHER_MS;
    if (isFirst || isAwaited) breaks(`${metadata.name} stops before the tasks of edge`);
  }

  /** Whether it is wanted no more. */
  function isOver(task: Task, held: number): boolean {
    const desired = wantedOf(job());
    if (batchOf(job()) !== undefined) return Number(task.spec.slot) >= desired;
    return held > desired && instancesHeld() < held;
  }

  /** @param before how many were up before it was stopped */
  function judgeStop(task: Task, before: readonly [number, number]): void {
    const request = requestOf(task);
    if (request?.forced === true) return;
    const desired = wantedOf(job());
    const floor = desired - mayBeDown(task);
    const [left, leftBack] = upEitherWay();
    if (left >= Math.min(floor, before[0])) return;
    const text = `${task.metadata.name} is stopped: ${left} of ${desired} are left, of ${floor}`;
    if (leftBack >= Math.min(floor, before[1])) doubts.push(text);
    else breaks(text);
  }

  /** What checks are to speak for is not done before they have. */
  function judgeEnd(is: Rollout | undefined): void {
    const { analysis } = updateOf(job());
    const was = ownRollout(job());
    if (analysis === undefined || is?.phase !== 'Complete' || was?.phase === 'Complete') return;
    const isSecond = was?.stable !== undefined && was.stable !== is.revision;
    if (batchOf(job()) !== undefined || !isSecond || was.revision !== is.revision) return;
    if (wantedOf(job()) === 0) return;
    const good = world.goodAnswers(is.revision);
    if (good < analysis.count) {
      breaks(`revision ${is.number} is done with ${good} good answers of ${analysis.count}`);
    }
  }

  function isLate(rollout: Rollout): boolean {
    if (rollout.phase !== 'Progressing' && rollout.phase !== 'RollingBack') return false;
    const { progressDeadlineMs } = updateOf(job());
    return now() > fromTimestamp(rollout.progressAt) + progressDeadlineMs + LATE_MS;
  }

  function lookAtLedger(): void {
    const entry = job().status?.domains?.find(({ name }) => name === HOME.name);
    const keptSince = now() - (budgetOf(job()).rate?.intervalMs ?? LEDGER_MS);
    for (const cause of new Set(happened.map((each) => each.cause))) {
      const all = happened.filter((each) => each.cause === cause);
      const least = all.filter(({ at }) => at > keptSince).length;
      const kept = (entry?.disruptions?.ledger ?? [])
        .filter((each) => each.cause === cause)
        .reduce((sum, each) => sum + each.count, 0);
      const most = BOUNDED.has(cause) ? all.length + (perhaps.get(cause) ?? 0) : kept;
      if (kept < least || kept > most) {
        breaks(`the ledger has ${kept} of ${least} times ${cause}`);
      }
    }
  }

  return {
    get broken() {
      return broken;
    },
    made(task) {
      judgeStart(task);
      judgeCrowd(task);
      const { name } = task.metadata;
      const [other, ...more] = holders(task.spec.slot);
      if (more.length > 0) breaks(`${name} is the third in its instance`);
      if (other !== undefined && (!isMoving(other) || isLeaving(other))) {
        breaks(`${name} is made beside ${other.metadata.name}`);
      }
      if (other !== undefined) judgeMove(task, other);
      const last = before(task);
      const isLost = last !== undefined && (phaseOf(last) === 'Lost' || isReplaceable(last));
      if (isLost && !isLeaving(last)) count('Loss');
    },
    stops(stored) {
      const task = asSeen(stored);
      const isSure = isUp(task) && hasBeenLong(task);
      const request = requestOf(task);
      const [was, held] = [upEitherWay(), instancesHeld()];
      sight.leaves(task);
      if (isHalted()) judgeOrder(task);
      if (isHalted() || hasCompleted()) return;
      if (request !== undefined) add(perhaps, request.cause);
      if (isOver(task, held)) {
        if (request === undefined) count('ScaleIn');
      } else if (isSure) judgeStop(task, was);
    },
    evicted(task) {
      const request = requestOf(task);
      if (request !== undefined) count(request.cause);
      judgeLeave(task);
    },
    passed(status) {
      countLook();
      if (status !== undefined) {
        const rollout = ownRollout({ ...job(), status });
        judgeEnd(rollout);
        const { phase } = rollout ?? {};
        const [doubt] = doubts;
        if (doubt !== undefined && !isGoingBack(phase)) breaks(doubt);
        doubts = [];
      }
      const most = amountOf(updateOf(job()).surge, wantedOf(job()));
      const movers = [...seen()].filter(
        (task) => isMarked(task) && holdsSlot(task) && !isLeaving(task),
      );
      const fresh = movers.filter(({ metadata }) => !marked.has(metadata.uid));
      for (const { metadata } of fresh) marked.add(metadata.uid);
      const surging = new Set(movers.map(({ spec }) => spec.slot)).size;
      // Nothing follows what a pass tells to move while its job is being suspended.
      if (fresh.length > 0 && surging > most && !isHalted()) {
        breaks(`${surging} instances surge, at most ${most} may`);
      }
    },
    look({ complete }) {
      const rollout = ownRollout(job());
      if (rollout !== undefined && isLate(rollout)) {
        breaks(`revision ${rollout.number} is ${rollout.phase} without progress for too long`);
      }
      if (complete) lookAtLedger();
    },
  };
}
