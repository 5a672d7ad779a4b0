import type { JobStatus, Task } from '../../src/api/kinds.gen.ts';
import { CANNOT_RUN, isReady, phaseOf } from '../../src/api/task.ts';
import type { JobPlan } from './plan.ts';
import type { SlotState } from './slots.ts';
import { type UnreadableTask, unreadableShown } from './unreadable.ts';
import { firstLine, probeText } from './words.ts';

type DomainStatus = NonNullable<JobStatus['domains']>[number];

/** What pending tasks wait for, by their reason, the most urgent first. */
const waitsFor = {
  SecretMissing: 'a Secret',
  VolumeMissing: 'a Volume',
  StrayRuns: 'a task that Titan does not know',
  Unschedulable: 'an agent',
} as const;

const STARTS_AFTER = 'nothing is started before';

/** The first reason that a person should know of. */
export function ownMessage(live: readonly Task[], plan: JobPlan): string | undefined {
  const { held, startsAfter, stopsAfter } = plan;
  if (startsAfter.length > 0) return `${STARTS_AFTER} ${startsAfter.join(', and ')}`;
  if (stopsAfter.length > 0) return `its tasks are stopped after those of ${stopsAfter.join(', ')}`;
  const unreadable = unreadableText(plan.unreadable);
  if (unreadable !== undefined) return unreadable;
  if (held > 0) {
    return `${tasksText(held)} too many are left alone until agents are back (see the condition MassLoss of the fault domain)`;
  }
  if (plan.share.handover.message !== undefined) return plan.share.handover.message;
  for (const [reason, what] of Object.entries(waitsFor)) {
    const refused = live.filter(({ status }) => status?.reason === reason);
    const [first] = refused.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    if (first !== undefined) {
      return `${waitText(refused.length)} for ${what}: ${first.status?.message ?? ''}`;
    }
  }
  const away = live.filter((task) => phaseOf(task) === 'Unreachable').length;
  if (away > 0) return `${tasksText(away)} on agents that are cut off`;
  return notReadyText(live) ?? stopOverdueText(live);
}

/** What a person is to do about the first of them. */
function unreadableText(records: readonly UnreadableTask[]): string | undefined {
  const [first] = unreadableShown(records);
  if (first === undefined) return undefined;
  const instances = records.length === 1 ? '1 instance is' : `${records.length} instances are`;
  return `${instances} left alone: the record of ${first.task} cannot be read (${first.message}), and it may still run; mend that record in the store, or remove it there once nothing of it runs`;
}

/** What the newest version waits for before anything is stopped for it. */
export function lackMessage(lack: string): string {
  return `the new version waits for ${lack}`;
}

function notReadyText(live: readonly Task[]): string | undefined {
  const tasks = live.filter((task) => phaseOf(task) === 'Running' && !isReady(task));
  const [first] = tasks;
  if (first === undefined) return undefined;
  return `${tasksText(tasks.length)} not ready (${first.metadata.name}, ${probeText(first)})`;
}

function stopOverdueText(live: readonly Task[]): string | undefined {
  const tasks = live.filter(({ status }) => status?.reason === 'StopOverdue');
  const [first] = tasks;
  if (first === undefined) return undefined;
  return `${tasksText(tasks.length)} not stopped though told to (${first.metadata.name}: ${first.status?.message ?? ''})`;
}

const CANNOT_RUN_WORDS = 'cannot be run here';
const WORDS_MAX = 300;

export function backOffMessage(
  states: readonly SlotState[],
  backingOff: number,
): string | undefined {
  const ended = states.flatMap((state) => (state.is === 'vacant' ? (state.next.after ?? []) : []));
  const refused = ended.filter(({ status }) => CANNOT_RUN.has(status?.reason ?? ''));
  const [first] = refused.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  if (first !== undefined) {
    const { reason, message = 'it says no more' } = first.status ?? {};
    const words = firstLine(message, WORDS_MAX);
    return `${tasksText(refused.length)} ${CANNOT_RUN_WORDS} (Mesos says ${reason}: ${words})`;
  }
  return backingOff > 0 ? `${waitText(backingOff)} out a back-off after a failure` : undefined;
}

/**
 * Why a job is not settled, as one word, read from what its domains say of themselves; `undefined` where
 * none waits for anything.
 *
 * @param rollout what its rollout says
 */
export function waitReason(
  entries: readonly DomainStatus[],
  rollout: () => string | undefined,
): string | undefined {
  if (entries.some(({ unreadable = [] }) => unreadable.length > 0)) return 'RecordUnreadable';
  const says = (words: string) => entries.some(({ message }) => message?.includes(words));
  if (says(STARTS_AFTER)) return 'WaitingForJobs';
  const turn = rollout();
  if (turn !== undefined) return turn;
  const wait = Object.entries(waitsFor).find(([, what]) => says(` for ${what}: `));
  if (wait !== undefined) return wait[0];
  if (says(CANNOT_RUN_WORDS)) return 'CannotRun';
  if (entries.some(({ backingOff = 0 }) => backingOff > 0)) return 'BackingOff';
  const isUnready = ({ running = 0, ready = running }: DomainStatus) => ready < running;
  return entries.some(isUnready) ? 'NotReady' : undefined;
}

function waitText(number: number): string {
  return `${tasksText(number)} ${number === 1 ? 'waits' : 'wait'}`;
}

function tasksText(number: number): string {
  return number === 1 ? '1 task' : `${number} tasks`;
}
