import { filledAddress } from '../../src/api/address.ts';
import { type Analysis, type Answers, type Check, isSettled } from '../../src/api/analysis.ts';
import type { Job } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis } from '../../src/api/object.ts';
import { updateOf } from '../../src/api/update.ts';

/** One check that is to be asked now. */
export interface Question {
  readonly check: Check;
  readonly url: string;
  readonly timeoutMs: Millis;
}

export interface AnalysisPlan {
  /** What is known of the step that the rollout is in. */
  readonly answers: Answers;
  readonly questions: readonly Question[];
  readonly analysis: Analysis;
}

const NEVER = Number.POSITIVE_INFINITY;

/** What is to be asked for the rollout of a job here; `undefined` where it waits for no answers. */
export function planAnalysis(job: Job, home: string, now: Millis): AnalysisPlan | undefined {
  const { analysis } = updateOf(job);
  const entry = job.status?.domains?.find(({ name }) => name === home);
  const { rollout, observedGeneration } = entry ?? {};
  const isMeant = observedGeneration === job.metadata.generation;
  if (analysis === undefined || rollout?.phase !== 'Analysing' || !isMeant) return undefined;
  const { number, step = 0, revision } = rollout;
  const known = entry?.analysis;
  const isOfStep = known?.number === number && known.step === step;
  const answers = isOfStep ? known : { number, step, checks: [] };
  const names = { job: job.metadata.name, revision, domain: home };
  const questions = analysis.checks
    .filter((check) => askAt(check, answers, analysis) <= now)
    .map((check) => {
      const { url = '' } = check.http ?? check.metric ?? {};
      return { check, url: filledAddress(url, names), timeoutMs: analysis.timeoutMs };
    });
  return { answers, questions, analysis };
}

/** When a check is to be asked again; `Infinity` where it is settled. */
export function askAt(
  { name }: Pick<Check, 'name'>,
  { checks }: Answers,
  analysis: Analysis,
): Millis {
  const known = checks.find((each) => each.name === name);
  if (known === undefined) return 0;
  return isSettled(known, analysis) ? NEVER : fromTimestamp(known.at) + analysis.intervalMs;
}
