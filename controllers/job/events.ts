import type { Disruptions } from '../../src/api/disruption.ts';
import { requestOf } from '../../src/api/disruption-request.ts';
import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { isTerminal, phaseOf } from '../../src/api/task.ts';
import type { EventRecorder } from '../../src/runtime/events.ts';
import { COORDINATOR_IS_ASKED } from '../../src/scheduling/disruption/ledger.ts';
import type { Creation } from './creations.ts';
import type { JobPlan, StopReason } from './plan.ts';
import { unreadableShown } from './unreadable.ts';

/** Tasks that an event names at most. */
const NAMED_MAX = 3;

/** One event for each thing that a pass did, with counts: never one a task. */
export function tellOfPlan(recorder: EventRecorder, job: Job, plan: JobPlan): void {
  const [ended, away] = [plan.creates.flatMap(endedBefore), plan.creates.flatMap(awayBefore)];
  const others = plan.creates.length - ended.length - away.length;
  if (others > 0) recorder.normal(job, 'TasksCreated', `Created ${tasksText(others)}`);
  tellOfEnds(recorder, job, ended);
  tellOfAway(recorder, job, away);
  const stops = Object.groupBy(plan.stops, ({ why }) => why);
  for (const why of Object.keys(says) as StopReason[]) {
    const tasks = stops[why]?.map(({ task }) => task) ?? [];
    if (tasks.length > 0) recorder.normal(job, why, says[why](tasksText(tasks.length), tasks));
  }
  for (const { task, why } of plan.stops) {
    if (why !== 'Preempted' && why !== 'Evicted') continue;
    recorder.normal(task, why, requestOf(task)?.why ?? 'it was asked for');
  }
  tellOfRefusals(recorder, job, plan);
  tellOfUnreadable(recorder, job, plan);
}

/** Tasks whose records cannot be read now, and that was not said yet. */
function tellOfUnreadable(recorder: EventRecorder, job: Job, { unreadable, home }: JobPlan): void {
  const entry = job.status?.domains?.find(({ name }) => name === home);
  const known = new Set(entry?.unreadable?.map(({ task }) => task));
  for (const { task, message } of unreadableShown(unreadable)) {
    if (known.has(task)) continue;
    const text = `The record of ${task} in the store cannot be read (${message}): its instance is left as it is until that record is mended or removed`;
    recorder.warning(job, 'RecordUnreadable', text);
  }
}

/** What is refused now and was not before; which layer refuses is told anew. */
function tellOfRefusals(recorder: EventRecorder, job: Job, { disruptions, home }: JobPlan): void {
  const entry = job.status?.domains?.find(({ name }) => name === home);
  const keyOf = ({ task, layer }: RefusedText) => `${task} ${layer}`;
  const isSaid = ({ message }: RefusedText) => message !== COORDINATOR_IS_ASKED;
  const before = new Set(entry?.disruptions?.refused?.filter(isSaid).map(keyOf));
  for (const each of disruptions?.refused?.filter(isSaid) ?? []) {
    if (before.has(keyOf(each))) continue;
    const { task, cause, layer, message } = each;
    recorder.normal(
      job,
      'DisruptionRefused',
      `${cause} of ${task} has to wait (${layer}): ${message}`,
    );
  }
}

type RefusedText = NonNullable<Disruptions['refused']>[number];

type Sentence = (number: string, tasks: readonly Task[]) => string;

const says: Readonly<Record<StopReason, Sentence>> = {
  JobDeleted: (tasks) => `Stopping ${tasks}, because the job is deleted`,
  ScaledDown: (tasks) => `Stopping ${tasks} that the job no longer asks for`,
  Suspended: (tasks) => `Stopping ${tasks}, because the job is suspended`,
  Completed: (tasks) => `Stopping ${tasks}, because enough instances have ended well`,
  Surplus: (number, tasks) =>
    `Stopping ${number} whose instance another task holds, now that an agent is back: ${namesOf(tasks)}`,
  Moved: (number, tasks) => `Stopping ${number} that moved to another agent: ${namesOf(tasks)}`,
  Evicted: (number, tasks) => `Stopping ${number} that were asked to leave: ${namesOf(tasks)}`,
  Preempted: (number, tasks) =>
    `Stopping ${number} for others that need the room: ${namesOf(tasks)}`,
  NewRevision: (tasks) => `Replacing ${tasks} of an older revision`,
  RolledBack: (tasks) => `Replacing ${tasks} of a revision that is rolled back`,
};

/** Attempts that follow one that ended by itself: not those of a new revision, nor of a deleted task. */
function endedBefore({ next: { after, retries, freeRestarts } }: Creation): readonly Task[] {
  const isEnd = after !== undefined && isTerminal(after) && retries + freeRestarts > 0;
  return isEnd ? [after] : [];
}

/** Tasks on agents that are cut off, in whose place others are made. */
function awayBefore({ next: { after } }: Creation): readonly Task[] {
  return after !== undefined && !isTerminal(after) ? [after] : [];
}

function tellOfAway(recorder: EventRecorder, job: Job, away: readonly Task[]): void {
  if (away.length === 0) return;
  const message = `Started ${tasksText(away.length)} in the place of those on agents that are cut off: ${namesOf(away)}`;
  recorder.warning(job, 'TasksReplaced', message);
}

function tellOfEnds(recorder: EventRecorder, job: Job, ended: readonly Task[]): void {
  for (const [end, tasks = []] of Object.entries(Object.groupBy(ended, endText))) {
    const whose = tasks.length === 1 ? 'its' : 'their';
    const message = `Replaced ${tasksText(tasks.length)} after ${whose} back-off (${end}): ${namesOf(tasks)}`;
    recorder.warning(job, 'TasksReplaced', message);
  }
}

function endText(task: Task): string {
  const { exitCode, signal, reason } = task.status ?? {};
  if (exitCode !== undefined) return `${phaseOf(task)} with exit code ${exitCode}`;
  if (signal !== undefined) return `${phaseOf(task)} by ${signal}`;
  return reason === undefined ? phaseOf(task) : `${phaseOf(task)}: ${reason}`;
}

function namesOf(tasks: readonly Task[]): string {
  const names = tasks.slice(0, NAMED_MAX).map(({ metadata }) => metadata.name);
  return `${names.join(', ')}${tasks.length > NAMED_MAX ? ' …' : ''}`;
}

function tasksText(number: number): string {
  return number === 1 ? '1 task' : `${number} tasks`;
}
