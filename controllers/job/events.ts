import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { phaseOf } from '../../src/api/task.ts';
import type { EventRecorder } from '../../src/runtime/events.ts';
import type { Creation, JobPlan, StopReason } from './plan.ts';

/** Tasks that an event names at most. */
const NAMED_MAX = 3;

/** One event for each thing that a pass did, with counts: never one a task. */
export function tellOfPlan(recorder: EventRecorder, job: Job, plan: JobPlan): void {
  const fresh = plan.creates.filter(({ next }) => next.after === undefined);
  if (fresh.length > 0) {
    recorder.normal(job, 'TasksCreated', `Created ${tasksText(fresh.length)}`);
  }
  tellOfEnds(recorder, job, plan.creates.flatMap(endedBefore));
  const stops = Object.groupBy(plan.stops, ({ why }) => why);
  for (const why of Object.keys(says) as StopReason[]) {
    const number = stops[why]?.length ?? 0;
    if (number > 0) recorder.normal(job, why, says[why](tasksText(number)));
  }
}

const says: Readonly<Record<StopReason, (tasks: string) => string>> = {
  JobDeleted: (tasks) => `Stopping ${tasks}, because the job is deleted`,
  ScaledDown: (tasks) => `Stopping ${tasks} that the job no longer asks for`,
  Surplus: (tasks) => `Stopping ${tasks} that another task stands in for`,
  NewRevision: (tasks) => `Replacing ${tasks} of an older revision`,
};

/** Attempts that follow one that ended by itself: not those of a new revision, nor of a deleted task. */
function endedBefore({ next: { after, retries, freeRestarts } }: Creation): readonly Task[] {
  return after === undefined || retries + freeRestarts === 0 ? [] : [after];
}

function tellOfEnds(recorder: EventRecorder, job: Job, ended: readonly Task[]): void {
  for (const [end, tasks = []] of Object.entries(Object.groupBy(ended, endText))) {
    const names = tasks.slice(0, NAMED_MAX).map(({ metadata }) => metadata.name);
    const listed = `${names.join(', ')}${tasks.length > NAMED_MAX ? ' …' : ''}`;
    const whose = tasks.length === 1 ? 'its' : 'their';
    const message = `Replaced ${tasksText(tasks.length)} after ${whose} back-off (${end}): ${listed}`;
    recorder.warning(job, 'TasksReplaced', message);
  }
}

function endText(task: Task): string {
  const { exitCode, signal, reason } = task.status ?? {};
  if (exitCode !== undefined) return `${phaseOf(task)} with exit code ${exitCode}`;
  if (signal !== undefined) return `${phaseOf(task)} by ${signal}`;
  return reason === undefined ? phaseOf(task) : `${phaseOf(task)}: ${reason}`;
}

function tasksText(number: number): string {
  return number === 1 ? '1 task' : `${number} tasks`;
}
