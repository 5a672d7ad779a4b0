import type { Agent, CapacityGroup, Job, Task } from '../../api/kinds.gen.ts';
import { keyOf, keyText, type Millis, toTimestamp } from '../../api/object.ts';
import { isLive } from '../../api/task.ts';
import { type Backlog, createBacklog } from '../backlog/backlog.ts';
import { Snapshot } from '../cluster/snapshot.ts';
import { atOnce } from '../cluster/steps.ts';
import { drive } from '../drive/drive.ts';
import { explaining } from '../explain/explain.ts';
import { type Survey, surveyOf } from '../explain/survey.ts';
import { explanationText } from '../explain/text.ts';
import { givenOf, type Home, heldTaskOf, viewOf } from '../objects/view.ts';
import type { Catalog } from '../place/catalog.ts';
import { createPlacer, type Placer } from '../place/placer.ts';
import type { Profile } from '../place/profile.ts';
import { createNominations } from '../preemption/nominations.ts';
import { textsOfDenials } from '../queue/denial.ts';
import { desiredTasks } from './desired.ts';

/** A fault domain as it is, and what would be otherwise. */
export interface ForecastWorld {
  readonly home: Home;
  readonly agents: readonly Agent[];
  readonly tasks: readonly Task[];
  readonly jobs: readonly Job[];
  readonly groups: readonly CapacityGroup[];
  readonly now: Millis;
  /** Jobs as they would be. */
  readonly changed: readonly Job[];
  /** Whether the agent would be gone. */
  fails(agent: Agent): boolean;
  /** Agents that would be there beside. */
  readonly added: readonly Agent[];
  /** Whether the whole fault domain would be gone. */
  readonly isLost: boolean;
  /** The rules, fitness and schedulers that are known here; the server may have more. */
  readonly catalog: Catalog;
}

/** What would become of one job here. */
export interface JobForecast {
  /** `namespace/name` */
  readonly job: string;
  /** Tasks that stay where they are. */
  readonly kept: number;
  readonly stopped: number;
  /** New places, by agent. */
  readonly placed: Readonly<Record<string, number>>;
  readonly unplaced: ReadonlyArray<{ readonly tasks: number; readonly reason: string }>;
}

/**
 * What would become of the fault domain, by the same code that places tasks: nothing is stopped for
 * others, and tasks stay where they are unless their agent goes or their job wants it. Only jobs that
 * would be another than now, or have tasks that wait or move, are told of.
 */
export function forecast(world: ForecastWorld): readonly JobForecast[] {
  const standing = standingTasks(world);
  const { backlog, placer } = clusterOf(world, standing.tasks);
  const waiting = (key: string) => {
    const task = backlog.task(key);
    return task === undefined ? undefined : { key, profile: backlog.profile(task, world.now) };
  };
  const reports = new Reports(standing.counts);
  const pass = backlog.pass(world.now);
  const nominations = createNominations();
  const { schedulerOf } = backlog;
  for (const step of drive({ pass, placer, waiting, schedulerOf, nominations })) {
    if ('placements' in step) {
      for (const { key, agent } of step.placements) reports.placed(backlog.task(key), agent);
    }
  }
  const denied = textsOfDenials(pass.denied);
  const whyNot = explainer(world, { backlog, placer });
  for (const { task, waits, group } of backlog.all()) {
    if (!waits || reports.isPlaced(task)) continue;
    reports.unplaced(task, denied.get(task.metadata.uid) ?? whyNot(task, group));
  }
  return reports.all();
}

interface Standing {
  readonly tasks: readonly Task[];
  readonly counts: ReadonlyMap<string, { readonly kept: number; readonly stopped: number }>;
}

/** The tasks that there would be before anything is placed: those of agents that fail wait again. */
function standingTasks(world: ForecastWorld): Standing {
  const counts = new Map<string, { readonly kept: number; readonly stopped: number }>();
  const failing = new Set(world.agents.filter(world.fails).map(({ metadata }) => metadata.name));
  const byJob = Map.groupBy(world.tasks.filter(isLive), jobOf);
  const befores = new Map(world.jobs.map((job) => [keyText(keyOf(job)), job]));
  for (const job of world.changed) {
    const key = keyText(keyOf(job));
    const agents = [...world.agents.filter((agent) => !world.fails(agent)), ...world.added];
    const { home, now } = world;
    const tasks = byJob.get(key) ?? [];
    const desired = desiredTasks(job, {
      home: home.name,
      agents,
      before: befores.get(key),
      tasks,
      now,
    });
    counts.set(key, { kept: 0, stopped: desired.stopped.length });
    byJob.set(key, [...desired.kept, ...desired.created]);
  }
  const tasks = [...byJob.values()].flat().map((task) => {
    return failing.has(task.status?.agent ?? '') ? waitingAgain(task, world.now) : task;
  });
  for (const [key, own] of Map.groupBy(tasks, jobOf)) {
    const kept = own.filter(({ status }) => status?.agent !== undefined).length;
    counts.set(key, { stopped: 0, ...counts.get(key), kept });
  }
  return { tasks, counts };
}

function waitingAgain({ apiVersion, kind, metadata, spec }: Task, now: Millis): Task {
  const creationTimestamp = toTimestamp(now);
  return { apiVersion, kind, metadata: { ...metadata, creationTimestamp }, spec };
}

interface Cluster {
  readonly backlog: Backlog;
  readonly placer: Placer;
}

function clusterOf(world: ForecastWorld, tasks: readonly Task[]): Cluster {
  const { home, groups, jobs, changed } = world;
  const snapshot = new Snapshot();
  const backlog = createBacklog(home.name);
  for (const group of groups) backlog.putGroup(group);
  for (const agent of [...world.agents.filter((each) => !world.fails(each)), ...world.added]) {
    const view = viewOf(agent, { home, quality: 1, keepers: backlog.keepers });
    if (view === undefined) continue;
    snapshot.putAgent(view);
    backlog.putAgent(agent);
  }
  for (const job of [...jobs, ...changed]) backlog.putJob(job);
  for (const task of tasks) {
    backlog.putTask(task);
    const { agent } = task.status ?? {};
    if (agent !== undefined) snapshot.hold(heldTaskOf(task), agent, givenOf(task));
  }
  return { backlog, placer: createPlacer(snapshot, world.catalog) };
}

/** Why a task is left over; each class is explained once. */
function explainer(
  { home, now, isLost, catalog }: ForecastWorld,
  { backlog, placer }: Cluster,
): (task: Task, group: string) => string {
  const known = new Map<string, string>();
  let survey: Survey | undefined;

  function explained(task: Task, group: string): string {
    if (isLost) {
      return `${home.name} would be gone, and tasks are not moved to another fault domain: they wait until it is back, or until the job's location says otherwise`;
    }
    const unknown = unknownTo(catalog, backlog.profile(task, now), backlog.schedulerOf(group));
    if (unknown !== undefined) {
      return `nothing is known here of ${unknown}, which a plugin of the server may bring: give that with --scheduler-plugin`;
    }
    const missing = backlog.missingMembers(task);
    if (missing > 0) return `its gang lacks ${missing} more tasks`;
    survey ??= atOnce(surveyOf(placer.snapshot));
    const found = atOnce(explaining(backlog.profile(task, now), { survey, catalog }));
    const hasRoom = found.refusals.length === 0 && found.failure === undefined;
    if (hasRoom && backlog.startsTogether(task))
      return 'there is no room for all of its gang together';
    return explanationText(found, toTimestamp);
  }

  return (task, group) => {
    const { id } = backlog.profile(task, now);
    const text = known.get(id) ?? explained(task, group);
    known.set(id, text);
    return text;
  };
}

/** What the job or its capacity group names, and the catalog does not hold. */
function unknownTo(
  catalog: Catalog,
  { constraints, fitness }: Profile,
  scheduler: string | undefined,
): string | undefined {
  const rule = constraints.find((each) => !catalog.rules.has(each.rule));
  if (rule !== undefined) return `the rule ${rule.rule}`;
  const part = fitness.find(({ name }) => !catalog.fitness.has(name));
  if (part !== undefined) return `the fitness ${part.name}`;
  const isKnown = scheduler === undefined || catalog.schedulers.has(scheduler);
  return isKnown ? undefined : `the scheduler ${scheduler}`;
}

function jobOf({ metadata, spec }: Task): string {
  return `${metadata.namespace ?? 'default'}/${spec.jobName}`;
}

interface Report {
  readonly placed: Map<string, number>;
  readonly unplaced: Map<string, number>;
}

class Reports {
  readonly #counts: Standing['counts'];
  readonly #reports = new Map<string, Report>();
  readonly #placed = new Set<string>();

  constructor(counts: Standing['counts']) {
    this.#counts = counts;
  }

  placed(task: Task | undefined, agent: string): void {
    if (task === undefined) return;
    this.#placed.add(task.metadata.uid);
    const { placed } = this.#of(task);
    placed.set(agent, (placed.get(agent) ?? 0) + 1);
  }

  isPlaced({ metadata }: Task): boolean {
    return this.#placed.has(metadata.uid);
  }

  unplaced(task: Task, reason: string): void {
    const { unplaced } = this.#of(task);
    unplaced.set(reason, (unplaced.get(reason) ?? 0) + 1);
  }

  all(): readonly JobForecast[] {
    const stopping = [...this.#counts].filter(([, { stopped }]) => stopped > 0);
    const jobs = new Set([...this.#reports.keys(), ...stopping.map(([job]) => job)]);
    return [...jobs].toSorted().map((job) => {
      const { kept = 0, stopped = 0 } = this.#counts.get(job) ?? {};
      const { placed, unplaced } = this.#reports.get(job) ?? {};
      const reasons = [...(unplaced ?? [])].map(([reason, tasks]) => ({ tasks, reason }));
      const sorted = [...(placed ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
      return { job, kept, stopped, placed: Object.fromEntries(sorted), unplaced: reasons };
    });
  }

  #of(task: Task): Report {
    const key = jobOf(task);
    const known = this.#reports.get(key) ?? { placed: new Map(), unplaced: new Map() };
    this.#reports.set(key, known);
    return known;
  }
}
