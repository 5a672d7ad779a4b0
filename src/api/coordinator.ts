/** Who a job's disruption budget has asked before its tasks are disrupted, and what was answered. */
import { addressFault } from './address.ts';
import { type Duration, parseDuration } from './duration.ts';
import type { Job, JobStatus } from './kinds.gen.ts';
import { fromTimestamp, type Millis } from './object.ts';

type Block = NonNullable<NonNullable<Job['spec']['disruptionBudget']>['coordinator']>;

/** What it has answered about one task. */
export type CoordinatorAnswer = NonNullable<
  NonNullable<JobStatus['domains']>[number]['coordinatorAnswers']
>[number];

export interface Coordinator {
  readonly url: string;
  readonly timeoutMs: Millis;
}

const TIMEOUT_MS = { byDefault: 10_000, least: 1_000, most: 60_000 };
/** For how long an answer stands. */
const GOOD_MS = { yes: 60_000, no: 30_000 };
/** How far apart clocks of control planes may be while nobody sets them. */
const CLOCKS_DIFFER_MS = 5_000;
/** Answers that are kept; the oldest of more is forgotten. */
const ANSWERS_MAX = 20;

/** @param block of a job that passed `validateJob` */
export function coordinatorOf(block: Block | undefined): Coordinator | undefined {
  if (block === undefined) return undefined;
  return { url: block.url, timeoutMs: read(block.timeout) ?? TIMEOUT_MS.byDefault };
}

function read(duration: Duration | undefined): Millis | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}

/** Until when an answer stands; it is asked again then. One from ahead of the clock does not stand. */
export function standsUntil({ allowed, at }: CoordinatorAnswer, now: Millis): Millis {
  const since = fromTimestamp(at);
  if (since > now + CLOCKS_DIFFER_MS) return now;
  return since + (allowed ? GOOD_MS.yes : GOOD_MS.no);
}

/** The answers that stand, the newest last. */
export function standing(
  answers: readonly CoordinatorAnswer[] | undefined,
  now: Millis,
): readonly CoordinatorAnswer[] {
  return (answers ?? []).filter((answer) => standsUntil(answer, now) > now).slice(-ANSWERS_MAX);
}

/** What a schema cannot say about the block: the field, and what is wrong. */
export function coordinatorFaults(
  block: Block | undefined,
): readonly (readonly [string, string])[] {
  if (block === undefined) return [];
  const address = addressFault(block.url);
  const timeoutMs = block.timeout === undefined ? TIMEOUT_MS.byDefault : (read(block.timeout) ?? 0);
  const isWithin = timeoutMs >= TIMEOUT_MS.least && timeoutMs <= TIMEOUT_MS.most;
  const wanted = 'expected seconds or a duration such as 30s, from 1s to 1m';
  return [
    ...(address === undefined ? [] : [['url', address] as const]),
    ...(isWithin
      ? []
      : [['timeout', `Invalid value: ${JSON.stringify(block.timeout)}: ${wanted}`] as const]),
  ];
}
