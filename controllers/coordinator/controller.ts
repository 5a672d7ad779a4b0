import { asTitanError } from '../../src/api/error.ts';
import { JOB, type Job } from '../../src/api/kinds.gen.ts';
import type { Controller, Outcome, Runtime } from '../../src/runtime/controller.ts';
import type { ReadPage } from '../../src/runtime/page.ts';
import { planQuestion } from './plan.ts';
import { type AnswerKind, noAnswer, readAnswer, withAnswer } from './status.ts';

export interface CoordinatorOptions extends Pick<Runtime, 'clock' | 'log'> {
  /** The fault domain. */
  readonly home: string;
  readonly readPage: ReadPage;
  /** Is told of each answer, to count them. */
  readonly answered?: ((kind: AnswerKind) => void) | undefined;
}

/**
 * Asks the coordinators of disruption budgets, one question of a job at a time, and writes the answers down in its status:
 * what they mean is the job controller's to say.
 */
export function coordinatorController(options: CoordinatorOptions): Controller<Job> {
  const { clock, home, log, readPage, answered } = options;

  async function reconcile(job: Job, signal: AbortSignal): Promise<Outcome<Job['status']>> {
    const { question, wakeAt } = planQuestion(job, home, clock.now());
    if (question === undefined) return { wakeInMs: wakeAt - clock.now() };
    const { task, url, timeoutMs } = question;
    const { kind, ...said } = await readPage(url, timeoutMs, signal).then(
      readAnswer,
      (thrown: unknown) => noAnswer(asTitanError(thrown).message),
    );
    answered?.(kind);
    log.info('coordinator asked', { job: job.metadata.name, task, ...said });
    return { status: withAnswer(job, home, { task, said, now: clock.now() }), wakeInMs: 0 };
  }

  return { name: 'coordinator', kind: JOB, reconcile };
}
