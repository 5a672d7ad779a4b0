import type { Job, JobRevision, Task, TaskStatus, Volume } from '../../src/api/kinds.gen.ts';
import { parseLocation } from '../../src/api/location.ts';
import { isDeleting, type Millis, toTimestamp } from '../../src/api/object.ts';
import { jobAt, revisionOf } from '../../src/api/revision.ts';
import { scheduledOn } from '../../src/api/scheduled.ts';
import {
  holdsSlot,
  isAtMesos,
  isTerminalPhase,
  phaseOf,
  uidOfMesosTask,
} from '../../src/api/task.ts';
import type { TaskPlace } from '../../src/api/task-draft.ts';
import { type Given, originOf, type TaskOrigin } from '../../src/api/task-origin.ts';
import { claimsOf, volumePhase } from '../../src/api/volume.ts';
import type { RunningTask } from '../../src/mesos/port.ts';
import { phaseOfState } from './phase.ts';

/** What is done about a task that runs at Mesos and that no Task object stands for. */
export type Adoption =
  /** A Task is made for it, of the job as it was when it was launched; where that is not known, as it is. */
  | { readonly do: 'make'; readonly job: Job; readonly place: TaskPlace; readonly at: AdoptedAt }
  /** A Task waits in its instance and has not been given an agent: it stands for it from now on. */
  | { readonly do: 'bind'; readonly task: Task; readonly at: AdoptedAt }
  | { readonly do: 'refuse'; readonly why: string };

/** Where it runs, by its agent's name, on which host ports, and with what else of the agent. */
export interface AdoptedAt {
  readonly agent: string;
  readonly ports: readonly number[];
  readonly given: Given;
  /** The Volumes that it has mounted. */
  readonly volumes: readonly Volume[];
  readonly found: RunningTask;
}

export interface AdoptionWorld {
  /** The fault domain that is here. */
  readonly home: string;
  job(namespace: string, name: string): Job | undefined;
  tasksOf(jobUid: string): readonly Task[];
  revisionsOf(jobUid: string): readonly JobRevision[];
  /** The name of the agent with this id at Mesos. */
  agentName(agentId: string): string | undefined;
  /** By `namespace/name`. */
  volume(key: string): Volume | undefined;
}

/**
 * Decides about each of them, by its id. It is adopted where its labels name a job that lives, of the
 * same uid, and an instance of it that nothing holds; of several for one instance the newest attempt
 * is, of a version that is not known any more, too. What has Volumes is adopted where these are still known,
 * on its agent, and nothing else uses them; what has items or shares of resource sets where its labels say
 * which.
 */
export function planAdoptions(
  found: readonly RunningTask[],
  world: AdoptionWorld,
): ReadonlyMap<string, Adoption> {
  const taken = new Set<string>();
  const candidates = found.map((task) => ({ task, origin: originOf(task.labels) }));
  const plans = candidates.toSorted(newestFirst).map(({ task, origin }) => {
    const slot = `${origin?.jobUid} ${origin?.slot}`;
    const plan = origin && !taken.has(slot) ? planOne(task, origin, world) : refusalOf(origin);
    if (plan.do !== 'refuse') taken.add(slot);
    return [task.taskId, plan] as const;
  });
  return new Map(plans);
}

interface Candidate {
  readonly task: RunningTask;
  readonly origin: TaskOrigin | undefined;
}

function newestFirst(a: Candidate, b: Candidate): number {
  const later = (b.origin?.attempt ?? -1) - (a.origin?.attempt ?? -1);
  return later === 0 ? Number(a.task.taskId > b.task.taskId) * 2 - 1 : later;
}

function refusalOf(origin: TaskOrigin | undefined): Adoption {
  if (origin === undefined) return refuse('its labels do not say of which job it is');
  return refuse(`another task holds instance ${origin.slot} of its job`);
}

function planOne(found: RunningTask, origin: TaskOrigin, world: AdoptionWorld): Adoption {
  const { namespace, jobUid, slot, revision } = origin;
  const job = world.job(namespace, origin.job);
  const agent = world.agentName(found.agentId);
  if (uidOfMesosTask(found.taskId) === undefined) return refuse('its id is none of ours');
  if (job?.metadata.uid !== jobUid || isDeleting(job)) return refuse('its job is gone');
  if (agent === undefined) return refuse('its agent is not known');
  if (found.state === 'TASK_KILLING') return refuse('it is being stopped');
  if (!wantsAny(job, world.home)) return refuse('its job wants no instance here');
  const version = versionOf(job, revision, world.revisionsOf(jobUid));
  const at = adoptedAt({ found, origin, agent, version }, world);
  if (typeof at === 'string') return refuse(at);
  const own = world.tasksOf(jobUid).filter(({ spec }) => spec.slot === slot);
  const holding = own.filter(holdsSlot);
  const waiting = holding.find((task) => mayStandFor(task, revision));
  if (waiting !== undefined && holding.length === 1) return { do: 'bind', task: waiting, at };
  if (holding.length > 0) return refusalOf(origin);
  if (isDone(job, own)) return refuse('its instance is done');
  const attempt = Math.max(origin.attempt, ...own.map(({ spec }) => spec.attempt + 1));
  const next = { attempt, retries: 0, freeRestarts: 0 };
  const isOfAgent = slot === agent;
  const place = { slot, revision, next, ...(isOfAgent ? { agent } : {}) };
  return { do: 'make', job: version, place, at };
}

function wantsAny({ spec }: Job, home: string): boolean {
  const parsed = parseLocation(spec.location);
  if (!parsed.ok || spec.suspend === true) return false;
  return parsed.locations.some(({ domain, count }) => domain === home && count !== 0);
}

/** Whether its newest attempt has done the work of the job as it is. */
function isDone(job: Job, own: readonly Task[]): boolean {
  const newest = own.toSorted((a, b) => b.spec.attempt - a.spec.attempt)[0];
  if (newest === undefined || phaseOf(newest) !== 'Succeeded') return false;
  return !job.spec.restartOnSuccess && newest.spec.revision === revisionOf(job);
}

/** Nothing has been launched for it, and it is to run the same. */
function mayStandFor(task: Task, revision: string): boolean {
  return (
    task.status?.mesosTaskId === undefined && task.spec.revision === revision && !isDeleting(task)
  );
}

/** Of one that is not known any more, as of a store that was set back, the job as it is stands in until it is replaced. */
function versionOf(job: Job, revision: string, revisions: readonly JobRevision[]): Job {
  if (revisionOf(job) === revision) return job;
  const kept = revisions.find(({ spec }) => spec.revision === revision);
  return kept === undefined ? job : jobAt(job, kept.spec.template);
}

interface Found {
  readonly found: RunningTask;
  readonly origin: TaskOrigin;
  readonly agent: string;
  readonly version: Job;
}

/** What it has where it runs, or why that is not known. */
function adoptedAt(
  { found, origin, agent, version }: Found,
  world: AdoptionWorld,
): AdoptedAt | string {
  const { namespace, slot, ports, given, jobUid } = origin;
  const others = world.tasksOf(jobUid);
  const volumes: Volume[] = [];
  for (const { volume } of claimsOf({ volumes: version.spec.volumes ?? [], slot })) {
    const known = volumeAt(world.volume(`${namespace}/${volume}`), agent, others);
    if (typeof known === 'string') return known;
    volumes.push(known);
  }
  if (isGivenMore(version) && given === undefined) {
    return 'its labels do not say which items or shares of resource sets it has';
  }
  return { agent, ports, found, given: given ?? {}, volumes };
}

function isGivenMore({ spec }: Job): boolean {
  return Object.keys(spec.extraItems ?? {}).length > 0 || (spec.resourceSets ?? []).length > 0;
}

/** The Volume, where the task can be its user; else why not. */
function volumeAt(
  volume: Volume | undefined,
  agent: string,
  own: readonly Task[],
): Volume | string {
  if (volume === undefined) return 'a Volume of it is not known any more';
  const { name } = volume.metadata;
  const { attachedTo } = volume.status ?? {};
  if (volumePhase(volume) !== 'Ready' || volume.status?.agent !== agent) {
    return `its Volume ${name} is not known to be on its agent`;
  }
  const user = own.find(({ metadata }) => metadata.uid === attachedTo?.uid);
  return user !== undefined && isAtMesos(user) ? `another task uses its Volume ${name}` : volume;
}

function refuse(why: string): Adoption {
  return { do: 'refuse', why };
}

/** What is stored of it: bound to its agent as if it had been launched for this object. */
export function adoptedStatus({ agent, ports, found, given }: AdoptedAt, now: Millis): TaskStatus {
  const phase = phaseOfState(found.state);
  const at = toTimestamp(now);
  return {
    phase: isTerminalPhase(phase) ? 'Staging' : phase,
    phaseSince: at,
    boundAt: at,
    ...(phase === 'Running' ? { startedAt: at } : {}),
    agent,
    agentId: found.agentId,
    mesosTaskId: found.taskId,
    ports: [...ports],
    ...given,
    conditions: scheduledOn(undefined, agent, now),
  };
}
