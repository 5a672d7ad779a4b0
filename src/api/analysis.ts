import { addressFault } from './address.ts';
import { type Duration, parseDuration } from './duration.ts';
import type { Cause } from './error.ts';
import type { Job, JobStatus } from './kinds.gen.ts';
import type { Millis } from './object.ts';

type Block = NonNullable<NonNullable<Job['spec']['update']>['analysis']>;

export type Check = Block['checks'][number];

/** What the checks of one step have answered in one fault domain. */
export type Answers = NonNullable<NonNullable<JobStatus['domains']>[number]['analysis']>;

/** What is asked after each step of a rollout, with every default worked out. */
export interface Analysis {
  readonly intervalMs: Millis;
  readonly count: number;
  readonly failureLimit: number;
  readonly timeoutMs: Millis;
  readonly deadlineMs: Millis;
  readonly checks: readonly Check[];
}

const INTERVAL_MS = 30_000;
const COUNT = 3;
const TIMEOUT_MS = 10_000;
const DEADLINE_MS = 600_000;

/** @param block of a job that passed `validateJob` */
export function analysisOf(block: Block): Analysis {
  const { count = COUNT, failureLimit = 0, checks } = block;
  const intervalMs = read(block.interval) ?? INTERVAL_MS;
  const timeoutMs = read(block.timeout) ?? TIMEOUT_MS;
  const needed = (count + failureLimit) * (intervalMs + timeoutMs);
  const deadlineMs = read(block.deadline) ?? Math.max(DEADLINE_MS, needed);
  return { intervalMs, count, failureLimit, timeoutMs, deadlineMs, checks };
}

function read(duration: Duration | undefined): Millis | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}

/** Whether nothing more need be asked of a check. */
export function isSettled(
  { good, bad }: Pick<Answers['checks'][number], 'good' | 'bad'>,
  { count, failureLimit }: Pick<Analysis, 'count' | 'failureLimit'>,
): boolean {
  return good >= count || bad > failureLimit;
}

/** What a schema cannot say about the block. */
export function analysisFaults(block: Block | undefined): readonly Cause[] {
  if (block === undefined) return [];
  return [
    ...spanFaults('interval', block.interval, [1_000, Number.POSITIVE_INFINITY]),
    ...spanFaults('timeout', block.timeout, [1_000, 60_000]),
    ...spanFaults('deadline', block.deadline, [1_000, Number.POSITIVE_INFINITY]),
    ...block.checks.flatMap((check, at) => checkFaults(check, `checks[${at}]`)),
    ...sameNames(block.checks),
  ];
}

function spanFaults(
  field: string,
  duration: Duration | undefined,
  [least, most]: readonly [Millis, Millis],
): readonly Cause[] {
  const ms = duration === undefined ? least : (parseDuration(duration) ?? -1);
  if (ms >= least && ms <= most) return [];
  const upTo = most === Number.POSITIVE_INFINITY ? 'at least 1s' : 'from 1s to 1m';
  const wanted = `expected seconds or a duration such as 30s, ${upTo}`;
  return [fault(field, `Invalid value: ${JSON.stringify(duration)}: ${wanted}`)];
}

function checkFaults({ http, metric }: Check, at: string): readonly Cause[] {
  if ((http === undefined) === (metric === undefined)) {
    return [fault(at, 'must have either http or metric')];
  }
  const field = http === undefined ? `${at}.metric` : `${at}.http`;
  const faults = urlFaults(`${field}.url`, (http ?? metric)?.url ?? '');
  if (http !== undefined && (http.jsonPath === undefined) !== (http.equals === undefined)) {
    faults.push(fault(field, 'jsonPath and equals are given together, or not at all'));
  }
  if (metric !== undefined && metric.above === undefined && metric.below === undefined) {
    faults.push(fault(field, 'must say above, below or both'));
  }
  return faults;
}

function urlFaults(field: string, url: string): Cause[] {
  const message = addressFault(url);
  return message === undefined ? [] : [fault(field, message)];
}

function sameNames(checks: readonly Check[]): readonly Cause[] {
  const names = checks.map(({ name }) => name);
  return names
    .filter((name, at) => names.indexOf(name) !== at)
    .map((name) => fault('checks', `Duplicate value: ${JSON.stringify(name)}`));
}

function fault(field: string, message: string): Cause {
  return { reason: 'FieldValueInvalid', field: `spec.update.analysis.${field}`, message };
}
