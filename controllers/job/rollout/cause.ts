import { durationText } from '../../../src/api/duration.ts';
import type { Task } from '../../../src/api/kinds.gen.ts';
import { isReady, phaseOf } from '../../../src/api/task.ts';
import type { Update } from '../../../src/api/update.ts';
import { firstLine, probeText } from '../words.ts';
import type { Fare } from './view.ts';

/** Why a rollout has failed: a word for programs, a line for people. */
export interface Cause {
  readonly reason:
    | 'TooManyFailures'
    | 'FailsEverywhere'
    | 'NotHealthyInTime'
    | 'ProgressDeadlineExceeded'
    | 'AnalysisFailed'
    | 'FailedElsewhere';
  readonly message: string;
  /** The task that the message names. */
  readonly culprit?: string;
}

/** Letters of what a task says of itself that a cause repeats. */
const WORDS_MAX = 160;

function causeOfFailures(fares: readonly Fare[], { healthyDeadlineMs }: Update): Cause {
  const guilty = fares.filter(({ failures }) => failures > 0);
  const late = guilty.find((fare) => fare.late);
  const count = instancesText(guilty.length);
  if (late?.culprit !== undefined) {
    const message = `${count} not healthy within ${durationText(healthyDeadlineMs)}: ${describe(late.culprit)}`;
    return { reason: 'NotHealthyInTime', message, ...named(late.culprit) };
  }
  const culprit = guilty.find((fare) => fare.culprit !== undefined)?.culprit;
  const words = culprit === undefined ? '' : `: ${describe(culprit)}`;
  return { reason: 'TooManyFailures', message: `${count} failed${words}`, ...named(culprit) };
}

function named(culprit: Task | undefined): Pick<Cause, 'culprit'> {
  return culprit === undefined ? {} : { culprit: culprit.metadata.name };
}

/** Instances in which a version must have failed, and none in which it is healthy. */
const EVERYWHERE_LEAST = 3;

/**
 * Why a version has failed, if it has: more often than it may, or wherever it was tried, where more tries
 * tell nothing new.
 */
export function causeOfFailing(
  fares: readonly Fare[],
  failures: number,
  update: Update,
): Cause | undefined {
  if (failures > update.maxFailures) return causeOfFailures(fares, update);
  const failed = fares.filter(({ failures }) => failures > 0).length;
  if (failed < EVERYWHERE_LEAST || fares.some(({ healthy }) => healthy)) return undefined;
  const cause = causeOfFailures(fares, update);
  return { ...cause, reason: 'FailsEverywhere', message: `healthy nowhere: ${cause.message}` };
}

export function instancesText(count: number): string {
  return count === 1 ? '1 instance' : `${count} instances`;
}

/**
 * @param waiting a task that has not come to run, where there is one
 * @param lack what the version was last told to lack
 */
export function causeOfStandstill(
  update: Update,
  waiting: Task | undefined,
  lack: string | undefined,
): Cause {
  const span = durationText(update.progressDeadlineMs);
  const what = lack ?? (waiting && describe(waiting));
  const words = what === undefined ? '' : `: ${what}`;
  const message = `no instance became healthy for ${span}${words}`;
  return { reason: 'ProgressDeadlineExceeded', message };
}

/** Which task, where, and what became of it. What Mesos says of an exit code or a signal are the same words again. */
function describe(task: Task): string {
  const { agent, exitCode, signal, message } = task.status ?? {};
  const place = agent === undefined ? '' : ` on ${agent}`;
  const isSaid = message === undefined || exitCode !== undefined || signal !== undefined;
  const words = isSaid ? '' : ` (${firstLine(message, WORDS_MAX)})`;
  return `${task.metadata.name}${place} ${fateOf(task)}${words}`;
}

function fateOf(task: Task): string {
  const { exitCode, signal, outOfMemory, reason } = task.status ?? {};
  const phase = phaseOf(task);
  if (outOfMemory === true) return 'took more memory than it may';
  if (exitCode !== undefined) return `ended with exit code ${exitCode}`;
  if (signal !== undefined) return `was ended by ${signal}`;
  if (reason !== undefined) return `is ${phase}: ${reason}`;
  if (phase !== 'Running') return `is ${phase}`;
  return isReady(task)
    ? 'is ready, but has not been for long'
    : `runs but is not ready, ${probeText(task)}`;
}
