import type { Job, Task } from '../../api/kinds.gen.ts';
import { isDeleting, keyOf, keyText } from '../../api/object.ts';
import { isAtMesos, isLive } from '../../api/task.ts';
import type { Queue } from '../queue/queue.ts';
import type { Amounts } from '../shares/amounts.ts';
import type { Ledger } from '../shares/ledger.ts';
import { gangEntries, missingMembers } from './gangs.ts';
import { askOf, entryOf, groupOf } from './read.ts';
import type { Counted, Tallies } from './tally.ts';

interface Filed extends Counted {
  readonly task: Task;
}

/** A task that waits or has its agent, with how many of its job do either. */
export interface FiledTask extends Filed {
  readonly job: Job | undefined;
  readonly waiting: number;
  readonly bound: number;
}

/** The tasks of one job here. */
interface Crew {
  job: Job | undefined;
  readonly tasks: Map<string, Filed>;
  bound: number;
}

interface CrewsOptions {
  /** The fault domain that is here. */
  readonly home: string;
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly tallies: Tallies;
  /** Told which group is another than it was. */
  tell(group: string): void;
}

/** Tasks by job, each filed as what waits in the queue or as what is charged to its group. */
export class Crews {
  readonly #options: CrewsOptions;
  readonly #crews = new Map<string, Crew>();
  readonly #tasks = new Map<string, Task>();
  /** Gangs whose entries are to be made anew before anything is offered. */
  readonly #unsettled = new Set<Crew>();
  /** Tasks for which others are being stopped. */
  readonly #promised = new Set<string>();

  constructor(options: CrewsOptions) {
    this.#options = options;
  }

  put(task: Task): void {
    this.#file(this.#crewOf(jobKey(task)), task);
  }

  drop(task: Task): void {
    const key = jobKey(task);
    const crew = this.#crewOf(key);
    this.#promised.delete(task.metadata.uid);
    this.#unfile(crew, task.metadata.uid);
    this.#dismiss(key, crew);
  }

  hire(job: Job): void {
    this.#change(keyText(keyOf(job)), job);
  }

  leave(job: Job): void {
    this.#change(keyText(keyOf(job)), undefined);
  }

  task(key: string): Task | undefined {
    return this.#tasks.get(key);
  }

  /** The capacity group that the task's job is in. */
  groupOf(task: Task): string {
    return groupOf(this.#crews.get(jobKey(task))?.job);
  }

  /** What the job's tasks here took on the median, where that is known. */
  typicalSeconds(task: Task): number | undefined {
    const { domains = [] } = this.#crews.get(jobKey(task))?.job?.status ?? {};
    return domains.find(({ name }) => name === this.#options.home)?.typicalSeconds;
  }

  /** Makes the entries of gangs anew that are others than they were. */
  settle(): void {
    const { queue } = this.#options;
    for (const crew of this.#unsettled) {
      const { job } = crew;
      if (job?.spec.gang === undefined) continue;
      queue.remove(gangKey(job));
      for (const key of crew.tasks.keys()) queue.remove(key);
      for (const entry of gangEntries({ job, ...this.#gangOf(crew) })) queue.add(entry);
    }
    this.#unsettled.clear();
  }

  /** Says whether others are being stopped for the tasks: they then go before all. */
  promise(keys: readonly string[], isPromised: boolean): void {
    for (const key of keys) {
      if (isPromised) this.#promised.add(key);
      else this.#promised.delete(key);
      const task = this.#tasks.get(key);
      if (task !== undefined) this.put(task);
    }
  }

  /** All tasks of all jobs. */
  *all(): Generator<FiledTask> {
    for (const { job, tasks, bound } of this.#crews.values()) {
      const waiting = tasks.size - bound;
      for (const filed of tasks.values()) yield { ...filed, job, waiting, bound };
    }
  }

  missingMembers(task: Task): number {
    const crew = this.#crews.get(jobKey(task));
    if (crew?.job?.spec.gang === undefined) return 0;
    return missingMembers({ job: crew.job, ...this.#gangOf(crew) });
  }

  startsTogether(task: Task): boolean {
    const crew = this.#crews.get(jobKey(task));
    return crew?.job?.spec.gang !== undefined && crew.bound === 0;
  }

  #crewOf(key: string): Crew {
    const crew = this.#crews.get(key) ?? { job: undefined, tasks: new Map(), bound: 0 };
    this.#crews.set(key, crew);
    return crew;
  }

  #dismiss(key: string, crew: Crew): void {
    if (crew.job === undefined && crew.tasks.size === 0) this.#crews.delete(key);
  }

  #file(crew: Crew, task: Task): void {
    const { ledger, queue, tallies, tell } = this.#options;
    const { uid: key } = task.metadata;
    if (this.#refresh(crew, task)) return;
    this.#unfile(crew, key);
    const waits = isLive(task) && !isAtMesos(task) && !isDeleting(task);
    if (!waits && !isAtMesos(task)) return;
    const filed = { task, group: groupOf(crew.job), ask: askIn(crew, task), waits };
    this.#tasks.set(key, task);
    crew.tasks.set(key, filed);
    tallies.count(filed, 1);
    if (!waits) {
      this.#promised.delete(key);
      crew.bound += 1;
      ledger.charge({ key, group: filed.group, ask: filed.ask });
    } else if (crew.job?.spec.gang === undefined) {
      queue.add(entryOf(task, { job: crew.job, promised: this.#promised.has(key) }));
    }
    this.#unsettle(crew);
    tell(filed.group);
  }

  /** One that has its agent and goes on there is charged what it was: only what is known of it is new. */
  #refresh(crew: Crew, task: Task): boolean {
    const { uid: key } = task.metadata;
    const filed = crew.tasks.get(key);
    if (filed === undefined || filed.waits || !isAtMesos(task)) return false;
    if (filed.task.spec !== task.spec || filed.group !== groupOf(crew.job)) return false;
    this.#tasks.set(key, task);
    crew.tasks.set(key, { ...filed, task });
    return true;
  }

  #unfile(crew: Crew, key: string): void {
    const { ledger, queue, tallies, tell } = this.#options;
    const filed = crew.tasks.get(key);
    if (filed === undefined) return;
    crew.tasks.delete(key);
    this.#tasks.delete(key);
    tallies.count(filed, -1);
    if (!filed.waits) crew.bound -= 1;
    queue.remove(key);
    ledger.release(key);
    this.#unsettle(crew);
    tell(filed.group);
  }

  #unsettle(crew: Crew): void {
    if (crew.job?.spec.gang !== undefined) this.#unsettled.add(crew);
  }

  #change(key: string, job: Job | undefined): void {
    const crew = this.#crewOf(key);
    const before = crew.job;
    if (before?.spec.gang !== undefined) this.#options.queue.remove(gangKey(before));
    crew.job = job;
    if (isFiledAlike(before, job)) this.#unsettle(crew);
    else for (const { task } of [...crew.tasks.values()]) this.#file(crew, task);
    this.#dismiss(key, crew);
  }

  #gangOf(crew: Crew) {
    const waiting = [...crew.tasks.values()].filter(({ waits }) => waits);
    return {
      home: this.#options.home,
      waiting: waiting.map(({ task }) => task),
      bound: crew.bound,
      isPromised: ({ metadata }: Task) => this.#promised.has(metadata.uid),
    };
  }
}

function gangKey({ metadata }: Job): string {
  return `gang/${metadata.uid}`;
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

/** What the task asks for: the same amounts as the first of its crew has, where that asks for as much. */
function askIn({ tasks }: Crew, task: Task): Amounts {
  const ask = askOf(task);
  const [first] = tasks.values();
  const isAlike = first?.ask.every((amount, at) => amount === ask[at]) === true;
  return isAlike ? first.ask : ask;
}
