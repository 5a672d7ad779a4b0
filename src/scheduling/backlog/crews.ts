import type { Job, Task } from '../../api/kinds.gen.ts';
import { isDeleting, keyOf, keyText } from '../../api/object.ts';
import { isAtMesos, isLive } from '../../api/task.ts';
import type { Queue } from '../queue/queue.ts';
import type { Ledger } from '../shares/ledger.ts';
import { gangEntries, missingMembers } from './gangs.ts';
import { askOf, entryOf, groupOf } from './read.ts';
import type { Counted, Tallies } from './tally.ts';

interface Filed extends Counted {
  readonly task: Task;
}

/** The tasks of one job here. */
interface Crew {
  job: Job | undefined;
  readonly tasks: Map<string, Filed>;
  bound: number;
}

export interface CrewsOptions {
  /** The fault domain that is here. */
  readonly home: string;
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly tallies: Tallies;
  /** Told which group is another than it was. */
  tell(group: string): void;
}

/** Tasks by job, each filed as what waits in the queue or as what is charged to its group. */
export function createCrews({ home, ledger, queue, tallies, tell }: CrewsOptions) {
  const crews = new Map<string, Crew>();
  const tasks = new Map<string, Task>();
  /** Gangs whose entries are to be made anew before anything is offered. */
  const unsettled = new Set<Crew>();

  function crewOf(key: string): Crew {
    const crew = crews.get(key) ?? { job: undefined, tasks: new Map(), bound: 0 };
    crews.set(key, crew);
    return crew;
  }

  function file(crew: Crew, task: Task): void {
    unfile(crew, task.metadata.uid);
    const waits = isLive(task) && !isAtMesos(task) && !isDeleting(task);
    if (!waits && !isAtMesos(task)) return;
    const filed = { task, group: groupOf(crew.job), ask: askOf(task), waits };
    const { uid: key } = task.metadata;
    tasks.set(key, task);
    crew.tasks.set(key, filed);
    tallies.count(filed, 1);
    if (!waits) {
      crew.bound += 1;
      ledger.charge({ key, group: filed.group, ask: filed.ask });
    } else if (crew.job?.spec.gang === undefined) queue.add(entryOf(task, crew.job));
    if (crew.job?.spec.gang !== undefined) unsettled.add(crew);
    tell(filed.group);
  }

  function unfile(crew: Crew, key: string): void {
    const filed = crew.tasks.get(key);
    if (filed === undefined) return;
    crew.tasks.delete(key);
    tasks.delete(key);
    tallies.count(filed, -1);
    if (!filed.waits) crew.bound -= 1;
    queue.remove(key);
    ledger.release(key);
    if (crew.job?.spec.gang !== undefined) unsettled.add(crew);
    tell(filed.group);
  }

  function hire(key: string, job: Job | undefined): void {
    const crew = crewOf(key);
    const before = crew.job;
    if (before?.spec.gang !== undefined) queue.remove(`gang/${before.metadata.uid}`);
    crew.job = job;
    if (isFiledAlike(before, job)) {
      if (job?.spec.gang !== undefined) unsettled.add(crew);
    } else for (const { task } of [...crew.tasks.values()]) file(crew, task);
    dismiss(key, crew);
  }

  function gangOf(crew: Crew) {
    const waiting = [...crew.tasks.values()].filter(({ waits }) => waits);
    return { home, waiting: waiting.map(({ task }) => task), bound: crew.bound };
  }

  function settle(crew: Crew): void {
    const { job } = crew;
    if (job?.spec.gang === undefined) return;
    queue.remove(`gang/${job.metadata.uid}`);
    for (const key of crew.tasks.keys()) queue.remove(key);
    for (const entry of gangEntries({ job, ...gangOf(crew) })) queue.add(entry);
  }

  function dismiss(key: string, crew: Crew): void {
    if (crew.job === undefined && crew.tasks.size === 0) crews.delete(key);
  }

  return {
    put: (task: Task) => file(crewOf(jobKey(task)), task),
    drop(task: Task): void {
      const key = jobKey(task);
      const crew = crewOf(key);
      unfile(crew, task.metadata.uid);
      dismiss(key, crew);
    },
    hire: (job: Job) => hire(keyText(keyOf(job)), job),
    leave: (job: Job) => hire(keyText(keyOf(job)), undefined),
    /** Makes the entries of gangs anew that are others than they were. */
    settle(): void {
      for (const crew of unsettled) settle(crew);
      unsettled.clear();
    },
    task: (key: string) => tasks.get(key),
    missingMembers(task: Task): number {
      const crew = crews.get(jobKey(task));
      if (crew?.job?.spec.gang === undefined) return 0;
      return missingMembers({ job: crew.job, ...gangOf(crew) });
    },
  };
}

function jobKey({ metadata, spec }: Task): string {
  return keyText({ namespace: metadata.namespace ?? '', name: spec.jobName });
}

function isFiledAlike(a: Job | undefined, b: Job | undefined): boolean {
  const isGang = (job: Job | undefined) => job?.spec.gang !== undefined;
  return (
    groupOf(a) === groupOf(b) && a?.spec.priority === b?.spec.priority && isGang(a) === isGang(b)
  );
}
