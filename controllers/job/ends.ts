import type { JobStatus, Task } from '../../src/api/kinds.gen.ts';
import { isTerminal, phaseOf } from '../../src/api/task.ts';

type DomainStatus = NonNullable<JobStatus['domains']>[number];
/** What is kept of a task that did not end well. */
export type End = NonNullable<DomainStatus['ends']>[number];

/** Ends that a job keeps in each fault domain: they outlive the task objects. */
export const ENDS_MAX = 10;
const TEXT_MAX = { message: 300, stderr: 500 };

/** The newest ends of those that were known and those that are seen now, the newest first. */
export function endsOf(before: readonly End[] | undefined, tasks: readonly Task[]): readonly End[] {
  const seen = tasks.filter(isMisfortune).map(endOf);
  const names = new Set(seen.map(keyOf));
  const kept = (before ?? []).filter((end) => !names.has(keyOf(end)));
  return [...seen, ...kept].toSorted(byAge).slice(0, ENDS_MAX);
}

function isMisfortune(task: Task): boolean {
  const { fault } = task.status ?? {};
  return isTerminal(task) && (fault === 'Program' || fault === 'System');
}

/** A name may be used again; no two tasks of one name end at one time. */
function keyOf({ task, finishedAt }: End): string {
  return `${task} ${finishedAt}`;
}

/** Timestamps are cut to the second: of those of one second the latest attempt is taken for the newest. */
function byAge(a: End, b: End): number {
  const [from, to] = [a.finishedAt ?? '', b.finishedAt ?? ''];
  if (from !== to) return from < to ? 1 : -1;
  if (a.attempt !== b.attempt) return b.attempt - a.attempt;
  return a.task < b.task ? -1 : 1;
}

function endOf(task: Task): End {
  const { metadata, spec, status = {} } = task;
  const { fault, reason, exitCode, signal, outOfMemory, peakMemoryMiB } = status;
  const { agent, startedAt, finishedAt } = status;
  const texts = {
    message: status.message?.slice(0, TEXT_MAX.message),
    stderr: status.stderr?.slice(-TEXT_MAX.stderr),
  };
  const facts = { fault, reason, exitCode, signal, outOfMemory, peakMemoryMiB, agent };
  const { version, image, revision } = spec;
  const all = { ...facts, ...texts, version, image, revision, startedAt, finishedAt };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return {
    task: metadata.name,
    attempt: spec.attempt,
    phase: phaseOf(task),
    ...Object.fromEntries(given),
  };
}
