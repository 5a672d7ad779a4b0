import { asTitanError } from '../../src/api/error.ts';
import { JOB, type Job } from '../../src/api/kinds.gen.ts';
import type { Controller, Outcome, Runtime } from '../../src/runtime/controller.ts';
import type { ReadPage } from '../../src/runtime/page.ts';
import { type Judgement, judge, unclear } from './judge.ts';
import { askAt, planAnalysis, type Question } from './plan.ts';
import { analysisStatus, withAnswer } from './status.ts';

export interface AnalysisOptions extends Pick<Runtime, 'clock'> {
  /** The fault domain. */
  readonly home: string;
  readonly readPage: ReadPage;
}

/**
 * Asks the checks of rollouts that wait for them, and writes the answers down beside the rollout: what they
 * mean for it is the job controller's to say.
 */
export function analysisController({ clock, home, readPage }: AnalysisOptions): Controller<Job> {
  async function ask({ check, url, timeoutMs }: Question, signal: AbortSignal) {
    const judgement = await readPage(url, timeoutMs, signal).then(
      (page): Judgement => judge(check, page),
      (thrown: unknown): Judgement => unclear(asTitanError(thrown).message),
    );
    return { name: check.name, judgement };
  }

  async function reconcile(job: Job, signal: AbortSignal): Promise<Outcome<Job['status']>> {
    const plan = planAnalysis(job, home, clock.now());
    if (plan === undefined) return { wakeInMs: Number.POSITIVE_INFINITY };
    const { questions, analysis } = plan;
    const told = await Promise.all(questions.map((question) => ask(question, signal)));
    const now = clock.now();
    const answers = told.reduce((all, each) => withAnswer(all, { ...each, now }), plan.answers);
    const next = analysis.checks.map((check) => askAt(check, answers, analysis));
    const wakeInMs = Math.max(0, Math.min(...next) - now);
    if (questions.length === 0) return { wakeInMs };
    return { status: analysisStatus(job, home, answers), wakeInMs };
  }

  return { name: 'analysis', kind: JOB, reconcile };
}
