import { type Analysis, type Answers, isSettled } from '../../../src/api/analysis.ts';
import { durationText } from '../../../src/api/duration.ts';
import { fromTimestamp, type Millis } from '../../../src/api/object.ts';
import type { Rollout, RolloutWorld } from './rollout.ts';

/** That a step has to wait for its checks, or has failed by them. */
export interface Verdict {
  readonly wakeAt: Millis;
  readonly failure?: string;
}

/** What the checks of a step say; `undefined` where they are content, or there are none. */
export function verdictOf(
  rollout: Rollout,
  step: number,
  { update: { analysis }, answers, now }: RolloutWorld,
): Verdict | undefined {
  if (analysis === undefined) return undefined;
  const isOfStep = answers?.number === rollout.number && answers.step === step;
  const known = isOfStep ? answers.checks : [];
  const bad = known.find((each) => each.bad > analysis.failureLimit);
  if (bad !== undefined) return { wakeAt: now, failure: badText(bad) };
  const open = analysis.checks.filter(({ name }) => {
    const answer = known.find((each) => each.name === name);
    return answer === undefined || !isSettled(answer, analysis);
  });
  const [first] = open;
  if (first === undefined) return undefined;
  const since = rollout.phase === 'Analysing' ? fromTimestamp(rollout.progressAt) : now;
  const wakeAt = since + analysis.deadlineMs;
  if (now < wakeAt) return { wakeAt };
  return { wakeAt: now, failure: unclearText(first.name, known, analysis) };
}

function badText({ name, bad, message }: Answers['checks'][number]): string {
  const times = bad === 1 ? '' : ` ${bad} times`;
  return `the check ${name} failed${times}: ${message ?? 'it does not say why'}`;
}

function unclearText(
  name: string,
  known: Answers['checks'],
  { count, deadlineMs }: Analysis,
): string {
  const { good = 0, message = 'it was never asked' } =
    known.find((each) => each.name === name) ?? {};
  return `the check ${name} was good ${good} of ${count} times within ${durationText(deadlineMs)}: ${message}`;
}
