import type { Job, Task, Volume } from '../api/kinds.gen.ts';
import { parseLocation, scaleLocations } from '../api/location.ts';
import { isDeleting, keyOf, keyText } from '../api/object.ts';
import { partitionOf } from '../api/partition.ts';
import {
  holdsSlot,
  isLive,
  isMoving,
  phaseOf,
  rankOf,
  type TaskPhase,
  uidOfMesosTask,
} from '../api/task.ts';
import { claimsOf, persistenceIdOf } from '../api/volume.ts';
import { sameJson } from '../runtime/equal.ts';

/** A promise that was broken, and how. */
export interface Violation {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10';
  readonly text: string;
}

/** All that can be seen of a domain at one moment. */
export interface Sight {
  readonly domain: string;
  /** As the store has them now, by their keys. */
  readonly jobs: ReadonlyMap<string, Job>;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly volumes: ReadonlyMap<string, Volume>;
  /** By uid, as they last were, those that are gone included. */
  readonly everSeen: ReadonlyMap<string, Task>;
  /** By uid, tasks that were cut off for so long that others could take their places. */
  readonly stoodInFor: ReadonlySet<string>;
  /** Mesos ids of what really runs on the machines. */
  readonly running: readonly string[];
}

/** Those beside a task that is made. */
export interface Company extends Pick<Sight, 'stoodInFor'> {
  /** All tasks of its job, itself among them. */
  readonly others: readonly Task[];
  /** How many its job wants at this moment. */
  readonly wanted: number;
}

/**
 * I1 and I2: when a task is made, none lives in its slot, and fewer live than are wanted at that moment;
 * those left out that were cut off for long, or that are to move.
 */
export function makesTooMany(made: Task, { others, stoodInFor, wanted }: Company) {
  const live = others.filter((task) => holdsSlot(task) && !isExcused(task, stoodInFor));
  const twins = live.filter(({ spec }) => spec.slot === made.spec.slot);
  if (twins.length > 1) return broken('I1', `${namesOf(twins)} live in one slot`);
  if (live.length <= wanted) return undefined;
  return broken('I2', `${made.metadata.name} is one of ${live.length}, wanted ${wanted}`);
}

/** I3: how a task ended by itself is not forgotten: it is never taken for lost. */
export function forgetsAnEnd(now: Task, ended: ReadonlySet<string>): Violation | undefined {
  if (phaseOf(now) !== 'Lost' || isDeleting(now) || isGivenUp(now)) return undefined;
  if (!ended.has(now.status?.mesosTaskId ?? '')) return undefined;
  const why = now.status?.reason;
  return broken('I3', `${now.metadata.name} ended by itself, and is taken for lost (${why})`);
}

/** I9: only who leads makes tasks, and says how they fare. */
export function writesUnseated(
  before: Task | undefined,
  now: Task,
  { writer, holder }: { readonly writer: string | undefined; readonly holder: string | undefined },
): Violation | undefined {
  if (writer === undefined || writer === holder) return undefined;
  if (before !== undefined && sameJson(before.status, now.status)) return undefined;
  return broken('I9', `${writer} writes ${now.metadata.name}, and ${holder ?? 'nobody'} leads`);
}

/** I7: what people want is changed and removed by people; a control plane lets go what they have deleted. */
export function changesSpec(
  before: Job | undefined,
  now: Job | undefined,
  writer: string | undefined,
): Violation | undefined {
  if (writer === undefined || before === undefined) return undefined;
  const { name } = before.metadata;
  if (now === undefined) {
    return isDeleting(before) ? undefined : broken('I7', `${writer} removes ${name}`);
  }
  if (sameJson(before.spec, now.spec)) return undefined;
  return broken('I7', `${writer} changes what people want of ${name}`);
}

/**
 * I1, in the world: no two run in one slot, those left out that were cut off for long, or that are to
 * move; of an exclusive job none is left out.
 */
export function runsTwice(sight: Omit<Sight, 'domain' | 'volumes'>): Violation | undefined {
  const { running, everSeen, jobs, stoodInFor } = sight;
  const exclusive = new Set(
    [...jobs.values()]
      .filter((job) => partitionOf(job).exclusive)
      .map(({ metadata }) => metadata.uid),
  );
  const slots = new Map<string, string>();
  for (const id of running) {
    const task = everSeen.get(uidOfMesosTask(id) ?? '');
    if (task === undefined) continue;
    if (!exclusive.has(ownerOf(task)) && (isGivenUp(task) || isExcused(task, stoodInFor))) continue;
    const slot = `${ownerOf(task)} ${task.spec.slot}`;
    const other = slots.get(slot);
    if (other !== undefined) return broken('I1', `${other} and ${id} run in one slot`);
    slots.set(slot, id);
  }
  return undefined;
}

/** I5: no two that run have mounted one Volume. */
export function mountsTwice({ running, everSeen }: Pick<Sight, 'running' | 'everSeen'>) {
  const users = new Map<string, string>();
  for (const id of running) {
    for (const volume of mountedBy(everSeen.get(uidOfMesosTask(id) ?? ''))) {
      const other = users.get(volume);
      if (other !== undefined) return broken('I5', `${other} and ${id} both use ${volume}`);
      users.set(volume, id);
    }
  }
  return undefined;
}

/** I5: data is destroyed only where its Volume is deleted, and nobody uses it, seen or not. */
export function destroysData(
  persistenceId: string,
  { volumes, running, everSeen }: Pick<Sight, 'volumes' | 'running' | 'everSeen'>,
): Violation | undefined {
  const volume = [...volumes.values()].find((each) => persistenceIdOf(each) === persistenceId);
  if (volume === undefined) return undefined;
  const name = keyText(keyOf(volume));
  if (!isDeleting(volume))
    return broken('I5', `the data of ${name} is destroyed, and it is wanted`);
  const user = running.find((id) =>
    mountedBy(everSeen.get(uidOfMesosTask(id) ?? '')).includes(name),
  );
  return user === undefined
    ? undefined
    : broken('I5', `the data of ${name} is destroyed under ${user}`);
}

/** The Volumes of a task. */
function mountedBy(task: Task | undefined): readonly string[] {
  if (task === undefined) return [];
  return claimsOf(task.spec).map(({ volume: name }) => keyText({ ...keyOf(task), name }));
}

/** I8: a task goes on in its life; cut off and back is no going back, and an end is an end. */
export function goesBack(before: Task, now: Task): Violation | undefined {
  const [from, to]: [TaskPhase, TaskPhase] = [phaseOf(before), phaseOf(now)];
  const returned = from === 'Unreachable' && rankOf(to) >= rankOf('Starting');
  const cutOff = to === 'Unreachable' && isLive(before);
  if (from === to || returned || cutOff || rankOf(to) > rankOf(from)) return undefined;
  return { invariant: 'I8', text: `${now.metadata.name} went from ${from} to ${to}` };
}

/** I3 and I4: what runs is not what is wanted, or something runs that nobody knows. */
export function findUnsettled(sight: Sight): Violation | undefined {
  const really = new Set(sight.running);
  const live = [...sight.tasks.values()].filter(isLive);
  for (const job of sight.jobs.values()) {
    const own = live.filter((task) => ownerOf(task) === job.metadata.uid);
    const up = own.filter((task) => really.has(task.status?.mesosTaskId ?? ''));
    const count = wantedHere(job, sight.domain) - endedForGood(job, sight);
    if (up.length === count && own.length === count) continue;
    const states = own.map((task) => `${task.metadata.name} ${phaseOf(task)}`).join(', ');
    const text = `${job.metadata.name} wants ${count}, runs ${up.length}: ${states}`;
    return { invariant: 'I3', text };
  }
  const known = new Set(live.map(({ status }) => status?.mesosTaskId ?? ''));
  const stray = sight.running.find((id) => !known.has(id));
  if (stray !== undefined) return broken('I4', `${stray} should not run`);
  const going = [...sight.volumes.values()].find(isDeleting);
  const user = live.find((task) => going && mountedBy(task).includes(keyText(keyOf(going))));
  if (going === undefined || user !== undefined) return undefined;
  return broken('I5', `${keyText(keyOf(going))} is deleted and not gone, though nobody uses it`);
}

/** Slots of a batch job that need no task any more. */
function endedForGood(job: Job, { tasks, domain }: Sight): number {
  if (job.spec.restartOnSuccess) return 0;
  const count = wantedHere(job, domain);
  const newest = new Map<string, Task>();
  for (const task of tasks.values()) {
    if (ownerOf(task) !== job.metadata.uid || Number(task.spec.slot) >= count) continue;
    const other = newest.get(task.spec.slot);
    if ((other?.spec.attempt ?? -1) < task.spec.attempt) newest.set(task.spec.slot, task);
  }
  return [...newest.values()].filter(
    (task) => phaseOf(task) === 'Succeeded' && task.spec.version === job.spec.version,
  ).length;
}

export function wantedHere(job: Job, domain: string): number {
  const parsed = parseLocation(job.spec.location);
  if (!parsed.ok || isDeleting(job)) return 0;
  const scaled = scaleLocations(parsed.locations, job.spec.replicas);
  const count = scaled.find((location) => location.domain === domain)?.count ?? 0;
  return count === '*' ? 0 : count;
}

/** Whether another may live beside it, for a while. */
function isExcused(task: Task, stoodInFor: Sight['stoodInFor']): boolean {
  return isMoving(task) || stoodInFor.has(task.metadata.uid);
}

function isGivenUp({ status }: Task): boolean {
  return status?.reason === 'UnreachableTooLong';
}

export function ownerOf({ metadata }: Task): string {
  return metadata.ownerReferences?.[0]?.uid ?? '';
}

function namesOf(tasks: readonly Task[]): string {
  return tasks.map(({ metadata }) => metadata.name).join(' and ');
}

function broken(invariant: Violation['invariant'], text: string): Violation {
  return { invariant, text };
}
