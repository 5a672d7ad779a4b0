import type { Job, Task, Volume } from '../api/kinds.gen.ts';
import { isReplaceable, uidOfMesosTask } from '../api/task.ts';
import { ownerOf } from './promises.ts';

/** Jobs and tasks as the store has them now, and what was seen of those that are gone. */
export interface Census {
  /** By their keys in the store. */
  readonly jobs: ReadonlyMap<string, Job>;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly volumes: ReadonlyMap<string, Volume>;
  /** Keys of records that nobody can read now; what they were before is still counted. */
  readonly unreadable: ReadonlySet<string>;
  /** By the uid of a job, how many of its tasks are wanted here. */
  readonly wanted: ReadonlyMap<string, number>;
  /** By uid, as they last were, those that are gone included. */
  readonly everSeen: ReadonlyMap<string, Task>;
  /** By uid, tasks that were cut off for so long that others could take their places. */
  readonly stoodInFor: ReadonlySet<string>;
  /** Mesos ids of tasks that ended by themselves. */
  readonly ended: Set<string>;
  setTask(key: string, task: Task | undefined): void;
  setJob(key: string, job: Job | undefined, wanted: number): void;
  setVolume(key: string, volume: Volume | undefined): void;
  setUnreadable(key: string, isUnreadable: boolean): void;
  /** Forgets what the store has, ends that it was told of among it; what was seen is still known. */
  startOver(): void;
  tasksOf(jobUid: string): readonly Task[];
  task(mesosTaskId: string): Task | undefined;
  count(matches: (task: Task) => boolean): number;
}

export function createCensus(): Census {
  const jobs = new Map<string, Job>();
  const tasks = new Map<string, Task>();
  const byJob = new Map<string, Map<string, Task>>();
  const volumes = new Map<string, Volume>();
  const unreadable = new Set<string>();
  const wanted = new Map<string, number>();
  const everSeen = new Map<string, Task>();
  const stoodInFor = new Set<string>();
  const ended = new Set<string>();

  return {
    jobs,
    tasks,
    volumes,
    unreadable,
    wanted,
    everSeen,
    stoodInFor,
    ended,
    setTask(key, task) {
      const before = tasks.get(key);
      if (before !== undefined) byJob.get(ownerOf(before))?.delete(key);
      if (task === undefined) {
        tasks.delete(key);
        return;
      }
      tasks.set(key, task);
      everSeen.set(task.metadata.uid, task);
      if (isReplaceable(task)) stoodInFor.add(task.metadata.uid);
      const own = byJob.get(ownerOf(task)) ?? new Map<string, Task>();
      byJob.set(ownerOf(task), own.set(key, task));
    },
    setJob(key, job, count) {
      const before = jobs.get(key);
      if (before !== undefined) wanted.delete(before.metadata.uid);
      if (job === undefined) {
        jobs.delete(key);
        return;
      }
      jobs.set(key, job);
      wanted.set(job.metadata.uid, count);
    },
    setVolume(key, volume) {
      if (volume === undefined) volumes.delete(key);
      else volumes.set(key, volume);
    },
    setUnreadable(key, isUnreadable) {
      if (isUnreadable) unreadable.add(key);
      else unreadable.delete(key);
    },
    startOver() {
      for (const each of [jobs, tasks, volumes, byJob, wanted, unreadable, ended]) each.clear();
    },
    tasksOf: (jobUid) => [...(byJob.get(jobUid)?.values() ?? [])],
    task: (mesosTaskId) => everSeen.get(uidOfMesosTask(mesosTaskId) ?? ''),
    count: (matches) => [...tasks.values()].filter(matches).length,
  };
}
