import type { Answers } from '../../src/api/analysis.ts';
import type { Job, JobStatus } from '../../src/api/kinds.gen.ts';
import { type Millis, toTimestamp } from '../../src/api/object.ts';
import type { Judgement } from './judge.ts';

/** The answers with one more of a check. */
export function withAnswer(
  answers: Answers,
  { name, judgement, now }: { name: string; judgement: Judgement; now: Millis },
): Answers {
  const { good, bad, unclear } = answers.checks.find((each) => each.name === name) ?? NONE;
  const { is, message } = judgement;
  const check = {
    name,
    good: good + Number(is === 'good'),
    bad: bad + Number(is === 'bad'),
    unclear: unclear + Number(is === 'unclear'),
    at: toTimestamp(now),
    ...(message === undefined ? {} : { message }),
  };
  return { ...answers, checks: [...answers.checks.filter((each) => each.name !== name), check] };
}

const NONE = { good: 0, bad: 0, unclear: 0 };

/** The status of the job with what was answered here. */
export function analysisStatus({ status }: Job, home: string, answers: Answers): JobStatus {
  const domains = (status?.domains ?? []).map((entry) =>
    entry.name === home ? { ...entry, analysis: answers } : entry,
  );
  return { ...status, domains };
}
