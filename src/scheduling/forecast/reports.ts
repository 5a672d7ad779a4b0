import type { Task } from '../../api/kinds.gen.ts';
import type { Standing } from './standing.ts';
import { jobOf } from './world.ts';

/** What would become of one job here. */
export interface JobForecast {
  /** `namespace/name` */
  readonly job: string;
  /** Tasks that stay where they are. */
  readonly kept: number;
  /** Tasks that are stopped, as the job is to run something else in their place. */
  readonly replaced: number;
  /** Tasks that are stopped for good. */
  readonly stopped: number;
  /** Tasks that are stopped so that those of another job have room. */
  readonly preempted: ReadonlyArray<{ readonly by: string; readonly tasks: number }>;
  /** New places, by agent. */
  readonly placed: Readonly<Record<string, number>>;
  readonly unplaced: ReadonlyArray<{ readonly tasks: number; readonly reason: string }>;
}

interface Report {
  /** The agent of each task that has a new place. */
  readonly placed: Map<string, string>;
  readonly preempted: Map<string, number>;
  readonly unplaced: Map<string, number>;
}

/** What is told of each job, as it comes. */
export class Reports {
  readonly #counts: Standing['counts'];
  readonly #reports = new Map<string, Report>();

  constructor(counts: Standing['counts']) {
    this.#counts = counts;
  }

  placed(task: Task, agent: string): void {
    this.#of(task).placed.set(task.metadata.uid, agent);
  }

  /** The task loses its agent for a task of another job. */
  preempted(task: Task, by: string): void {
    const { placed, preempted } = this.#of(task);
    if (!placed.delete(task.metadata.uid)) preempted.set(by, (preempted.get(by) ?? 0) + 1);
  }

  unplaced(task: Task, reason: string): void {
    const { unplaced } = this.#of(task);
    unplaced.set(reason, (unplaced.get(reason) ?? 0) + 1);
  }

  all(): readonly JobForecast[] {
    const changing = [...this.#counts].filter(
      ([, { stopped, replaced }]) => stopped + replaced > 0,
    );
    const jobs = new Set([...this.#reports.keys(), ...changing.map(([job]) => job)]);
    return [...jobs].toSorted().map((job) => this.#forecastOf(job));
  }

  #forecastOf(job: string): JobForecast {
    const { kept = 0, replaced = 0, stopped = 0 } = this.#counts.get(job) ?? {};
    const report = this.#reports.get(job);
    const preempted = [...(report?.preempted ?? [])].map(([by, tasks]) => ({ by, tasks }));
    const gone = preempted.reduce((sum, { tasks }) => sum + tasks, 0);
    const places = Map.groupBy(report?.placed.values() ?? [], (agent) => agent);
    const placed = [...places].map(([agent, own]): [string, number] => [agent, own.length]);
    return {
      job,
      kept: kept - gone,
      replaced,
      stopped,
      preempted,
      placed: Object.fromEntries(placed.toSorted(([a], [b]) => (a < b ? -1 : 1))),
      unplaced: [...(report?.unplaced ?? [])].map(([reason, tasks]) => ({ tasks, reason })),
    };
  }

  #of(task: Task): Report {
    const job = jobOf(task);
    const known = this.#reports.get(job) ?? {
      placed: new Map(),
      preempted: new Map(),
      unplaced: new Map(),
    };
    this.#reports.set(job, known);
    return known;
  }
}
