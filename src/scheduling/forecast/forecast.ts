import type { Task } from '../../api/kinds.gen.ts';
import { type Millis, toTimestamp } from '../../api/object.ts';
import { type Backlog, createBacklog } from '../backlog/backlog.ts';
import { classOf } from '../backlog/read.ts';
import { Snapshot } from '../cluster/snapshot.ts';
import { drive } from '../drive/drive.ts';
import { givenOf, heldTaskOf, viewOf } from '../objects/view.ts';
import { createPlacer, type Placer, refusalText } from '../place/placer.ts';
import { createNominations } from '../preemption/nominations.ts';
import { type PlannedPreemption, planStops } from '../preemption/stops.ts';
import { type ShareTexts, textsOfDenials } from '../queue/denial.ts';
import type { Entry } from '../queue/entry.ts';
import { DEFAULT_GROUP } from '../shares/group.ts';
import { type ForecastClaims, forecastClaims } from './claims.ts';
import { type JobForecast, Reports } from './reports.ts';
import { agentsThen, standingTasks, waitingAgain } from './standing.ts';
import { createWhyNot } from './why-not.ts';
import { type ForecastWorld, jobOf } from './world.ts';

/** How often at most it is looked whom to stop; each time some of every class that waits have their turn. */
const ROUNDS_MAX = 200;

/**
 * What would become of the fault domain in the end, by the same code that places tasks and stops some for
 * others. Tasks stay where they are unless their agent goes, their job wants it, or another's claim is
 * better. Only jobs that would be another than now, or have tasks that wait or move, are told of.
 */
export function forecast(world: ForecastWorld): readonly JobForecast[] {
  const standing = standingTasks(world);
  const claims = forecastClaims(world, standing.tasks);
  const trial = { world, claims, ...clusterOf(world, standing.tasks) };
  const reports = new Reports(standing.counts);
  let textOf: ShareTexts = () => undefined;
  let words: ReadonlyMap<string, string> = new Map();
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const placed = placeAll(trial, reports);
    ({ textOf, words } = placed);
    const stops = stopsFor(placed.refused, trial);
    if (stops.length === 0) break;
    for (const planned of stops) preempt(planned, trial, reports);
  }
  const whyNot = createWhyNot(world, { ...trial, words });
  for (const { task, waits, group } of trial.backlog.all()) {
    if (!waits) continue;
    const text = textOf({ key: task.metadata.uid, class: classOf(task) });
    reports.unplaced(task, text ?? whyNot(task, group));
  }
  return reports.all();
}

interface Cluster {
  readonly backlog: Backlog;
  readonly placer: Placer;
}

interface Trial extends Cluster {
  readonly world: ForecastWorld;
  readonly claims: ForecastClaims;
}

/** The fault domain with the tasks that stay, and nothing placed yet. */
function clusterOf(world: ForecastWorld, tasks: readonly Task[]): Cluster {
  const { home, groups, jobs, changed } = world;
  const snapshot = new Snapshot();
  const backlog = createBacklog(home);
  for (const group of groups) backlog.putGroup(group);
  for (const agent of agentsThen(world)) {
    const view = viewOf(agent, { home, quality: 1, keepers: backlog.keepers });
    if (view === undefined) continue;
    snapshot.putAgent(view);
    backlog.putAgent(agent);
  }
  for (const job of [...jobs, ...changed]) backlog.putJob(job);
  for (const task of tasks) {
    backlog.putTask(task);
    const { agent } = task.status ?? {};
    if (agent === undefined) continue;
    const known = { expectedSeconds: backlog.expectedSeconds(task), role: backlog.roleOf(task) };
    snapshot.hold(heldTaskOf(task, known), agent, givenOf(task));
  }
  return { backlog, placer: createPlacer(snapshot, world.catalog) };
}

function waitingIn({ world, claims, backlog }: Trial) {
  return (key: string) => {
    const task = backlog.task(key);
    if (task === undefined || claims.lackOf(task) !== undefined) return undefined;
    return { key, profile: backlog.profile(claims.asPlaced(task), world.now) };
  };
}

/** One pass over what waits: what has a place has its agent from then on. */
function placeAll(trial: Trial, reports: Reports) {
  const { world, backlog, placer, claims } = trial;
  const pass = backlog.pass(world.now);
  const refused: Entry[] = [];
  const words = new Map<string, string>();
  const bound: { readonly task: Task; readonly agent: string }[] = [];
  const nominations = createNominations();
  const { schedulerOf } = backlog;
  for (const step of drive({ pass, placer, waiting: waitingIn(trial), schedulerOf, nominations })) {
    if ('refused' in step) {
      refused.push(step.entry);
      const text = refusalText(step.refused);
      if (text !== undefined) words.set(step.entry.class, text);
    }
    if (!('placements' in step)) continue;
    for (const { key, agent } of step.placements) {
      const task = backlog.task(key);
      if (task === undefined) continue;
      bound.push({ task, agent });
      claims.take(task, agent);
      reports.placed(task, agent);
    }
  }
  refused.push(...pass.denied.map(({ entry }) => entry));
  for (const { task, agent } of bound) backlog.putTask(boundTask(task, agent, world.now));
  return { refused, words, textOf: textsOfDenials(pass.denied) };
}

function boundTask(task: Task, agent: string, now: Millis): Task {
  const at = toTimestamp(now);
  const status = { phase: 'Running', agent, boundAt: at, startedAt: at } as const;
  return { ...task, status: { ...status, mesosTaskId: task.metadata.uid } };
}

/** Whom tasks would be stopped for, when those have waited for as long as their groups say. */
function stopsFor(refused: readonly Entry[], trial: Trial): readonly PlannedPreemption[] {
  const { world, backlog, placer } = trial;
  const { ledger } = backlog;
  if (world.isLost) return [];
  const groups = [DEFAULT_GROUP, ...world.groups.map(({ metadata }) => metadata.name)];
  const waited = Math.max(...groups.map((group) => ledger.terms(group).preemptAfterMs));
  const nominations = createNominations();
  const waiting = waitingIn(trial);
  return planStops({
    backlog,
    placer,
    nominations,
    refused,
    waiting,
    home: world.home.name,
    now: world.now + waited,
  });
}

/** The victims lose their agents and wait again; whom they are stopped for goes before all. */
function preempt({ preemption, candidate, victims }: PlannedPreemption, trial: Trial, to: Reports) {
  const { world, backlog, placer, claims } = trial;
  for (const { task } of victims) {
    placer.snapshot.release(task.metadata.uid);
    claims.leave(task);
    backlog.putTask(waitingAgain(task, world.now));
    to.preempted(task, jobOf(candidate));
  }
  const members = preemption.candidate.entry.members.map(({ key }) => key);
  backlog.promise(members, true);
}
