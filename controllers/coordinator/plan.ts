import { filledAddress } from '../../src/api/address.ts';
import { standing, standsUntil } from '../../src/api/coordinator.ts';
import { budgetOf } from '../../src/api/disruption.ts';
import type { Job } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';

/** What the coordinator of a job is to be asked now. */
export interface Question {
  readonly task: string;
  readonly url: string;
  readonly timeoutMs: Millis;
}

export interface QuestionPlan {
  /** One at a time. */
  readonly question?: Question;
  /** When one is to be asked again; `Infinity` where none is. */
  readonly wakeAt: Millis;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Asks about what waits for the coordinator alone, as the job's controller says in the status. */
export function planQuestion(job: Job, home: string, now: Millis): QuestionPlan {
  const { coordinator } = budgetOf(job);
  const entry = job.status?.domains?.find(({ name }) => name === home);
  const waiting = (entry?.disruptions?.refused ?? []).filter(
    ({ layer }) => layer === 'Coordinator',
  );
  if (coordinator === undefined || waiting.length === 0) return { wakeAt: NEVER };
  const answers = standing(entry?.coordinatorAnswers, now);
  const answerFor = (task: string) => answers.findLast((answer) => answer.task === task);
  const next = waiting.find(({ task }) => answerFor(task) === undefined);
  if (next === undefined) {
    const ends = waiting.flatMap(({ task }) => answerFor(task) ?? []);
    return { wakeAt: Math.min(...ends.map((answer) => standsUntil(answer, now))) };
  }
  const { name, namespace = 'default' } = job.metadata;
  const { task, cause } = next;
  const url = filledAddress(coordinator.url, { namespace, job: name, domain: home, task, cause });
  return { question: { task, url, timeoutMs: coordinator.timeoutMs }, wakeAt: now };
}
