import { isBatch } from '../../../src/api/batch.ts';
import { type Agent, type Job, TASK, type Task } from '../../../src/api/kinds.gen.ts';
import type { Millis } from '../../../src/api/object.ts';
import { partitionOf } from '../../../src/api/partition.ts';
import { isLive, phaseOf } from '../../../src/api/task.ts';
import type { Client } from '../../../src/registry/port.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import type { Change } from '../../../src/runtime/informer.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { createTrace } from '../../../src/sim/trace.ts';
import { aDomain, anAgent } from '../../support/builders.ts';
import { type Behaviour, createAgents } from './agents.ts';
import { createLifeApi } from './api.ts';
import { createChecks } from './checks.ts';
import { AGENTS, createSurroundings, HOME, type Surroundings, startControl } from './control.ts';
import { createCoordinator } from './coordinator.ts';
import { aDependency, aDependent, aDependentsTask, drawBehaviour, drawJob } from './draw-job.ts';
import { createEndings, ownTasks } from './endings.ts';
import { createJudge } from './judge.ts';
import { createPeople } from './people.ts';

export interface LifeOptions {
  readonly seed: number;
  /** How many of the last steps the result shows. */
  readonly tail?: number;
  /** A bug, put between the control plane and the API. */
  plant?(client: Client): Client;
}

export interface LifeResult {
  /** What was broken first. */
  readonly broken: string | undefined;
  readonly hash: string;
  readonly steps: number;
  readonly passes: number;
  readonly simulatedMs: Millis;
  readonly tail: readonly string[];
}

const STRIKES = 12;
const BETWEEN_MS = { least: 200, most: 45_000 };
const TAIL = 60;

/** Plays the life of one job that the seed draws, and says which promise was broken first. The same seed plays the same. */
export async function playLife({ seed, tail = TAIL, plant }: LifeOptions): Promise<LifeResult> {
  const draw = (salt: number) => seededRandom(Math.imul(seed, 0x9e3779b1) + salt);
  const clock = virtualClock();
  const startedAt = clock.now();
  const trace = createTrace(clock, tail);
  const random = draw(1);
  const drawn = drawJob(draw(5));
  const usual = isBatch(drawn) ? 'works' : 'well';
  const behaviours = new Map<string, Behaviour>([['1', draw(7).next() < 0.9 ? usual : 'crashes']]);
  const surroundings = createSurroundings(clock);
  const behaviourOf = (version: string) => behaviours.get(version) ?? 'well';
  const isGone = () => api.jobs.get('default/web') === undefined;
  let last = drawn;
  const job = () => {
    last = api.jobs.get('default/web') ?? last;
    return last;
  };
  const startingMost = draw(10).next() < 0.2 ? 2 : 300;
  const judge = createJudge({
    now: clock.now,
    job,
    seen: () => api.tasks.cache.by('job', drawn.metadata.uid),
    alive: () => ownTasks(api).filter(isLive),
    mayGo: (task) => coordinator.hasAllowed(task),
    unreadable: () => new Set([...api.garbled.values()].map(({ spec }) => spec.slot)),
    dependency: () => api.jobs.cache.get('default/db'),
    dependent() {
      const task = api.tasks.cache.get('default/edge-dc1-0-0');
      const runs = task !== undefined && isLive(task);
      return runs ? api.jobs.cache.get('default/edge') : undefined;
    },
    startingMost,
    goodAnswers: (revision) => checks.goodAnswers(revision),
  });
  const coordinator = createCoordinator(clock, draw(9));
  const checks = createChecks(clock, draw(11));
  const lag = draw(2);
  const api = createLifeApi({
    clock,
    random: draw(3),
    lagMs: () => (lag.next() < 0.5 ? 0 : Math.round(lag.next() * 800)),
    onTask(change) {
      trace.note(lineOf(change));
      if (change.before === undefined && isFresh(change.now)) judge.made(change.now);
      if (change.now !== undefined) agents.look(change.now);
    },
    onStop: (task) => judge.stops(task),
  });
  const agents = createAgents({
    tasks: api.tasks,
    agents: Array.from({ length: AGENTS }, (_, index) => anAgent(`agent-${index}`)),
    clock,
    random: draw(4),
    behaviourOf,
    isBatch: () => isBatch(job()),
    partition: () => partitionOf(job()),
    isHidden: ({ metadata: { name, uid } }) => api.garbled.get(name)?.metadata.uid === uid,
    stopsWithinMs: () => (job().spec.container?.preStop === undefined ? 4_000 : 40_000),
  });

  furnish(surroundings, agents.list, { startingMost, isAlone: isAlone(drawn) });
  api.jobs.put(aDependency(true));
  if (draw(12).next() < 0.25) {
    api.jobs.put(aDependent());
    api.tasks.put(aDependentsTask());
  }
  api.jobs.put(drawn);
  const control = await startControl({
    ...surroundings,
    api,
    clock,
    random: draw(6),
    crashAt: random.next() < 0.3 ? 0.01 : 0,
    ...(plant === undefined ? {} : { plant }),
    awayMs: () => 500 + Math.round(random.next() * 4_000),
    told(line, about, reason) {
      trace.note(line);
      const isTask = about?.kind === TASK.kind;
      if (isTask && (reason === 'Evicted' || reason === 'Preempted')) judge.evicted(about as Task);
    },
    passed: judge.passed,
    hasBroken: () => judge.broken !== undefined,
    readPage: (url, ...others) => {
      const asked = url.startsWith('http://checks/') ? checks : coordinator;
      return asked.readPage(url, ...others);
    },
  });
  let versions = 1;
  const people = createPeople({
    api,
    agents,
    control,
    surroundings,
    clock,
    random: draw(8),
    note: (text) => trace.note(`* ${text}`),
    freshVersion() {
      versions += 1;
      behaviours.set(`${versions}`, drawBehaviour(random, isBatch(drawn)));
      trace.note(`version ${versions} ${behaviours.get(`${versions}`)}`);
      return `${versions}`;
    },
  });
  const failed = () => judge.broken !== undefined;

  await clock.runUntil(failed, 10_000 + random.next() * 60_000);
  const strikes = 4 + Math.floor(random.next() * STRIKES);
  for (let struck = 0; struck < strikes && !failed() && !isGone(); struck += 1) {
    people.strike();
    const { least, most } = BETWEEN_MS;
    await clock.runUntil(failed, least + random.next() ** 2 * most);
    judge.look({ complete: false });
  }
  const endings = createEndings({ clock, api, job, behaviourOf, failed });
  if (!isGone()) people.calm();
  let broken = judge.broken ?? (await endings.reached());
  judge.look({ complete: control.lives === 1 && !isGone() });
  if (broken === undefined && !failed() && !isGone() && draw(13).next() < 0.3) {
    people.leave();
    broken = await endings.left();
  }
  control.stop();
  return {
    broken: broken ?? judge.broken,
    hash: trace.hash(),
    steps: trace.length,
    passes: control.passes,
    simulatedMs: clock.now() - startedAt,
    tail: trace.tail(tail),
  };
}

/** Agents and fault domains that are there from the beginning, and seen. */
function furnish(
  { agents, domains }: Surroundings,
  list: readonly Agent[],
  { startingMost, isAlone }: { readonly startingMost: number; readonly isAlone: boolean },
): void {
  for (const agent of list) agents.put(agent);
  for (const name of isAlone ? [HOME.name] : [HOME.name, 'dc2']) {
    const domain = aDomain(name, name === HOME.name ? HOME.region : 'us-west-2');
    const limits = { jobTasksStarting: startingMost };
    domains.put({ ...domain, spec: { ...domain.spec, limits } });
  }
  for (const table of [agents, domains]) table.catchUp();
}

/** Whether it would wait for what other fault domains say. */
function isAlone({ spec }: Job): boolean {
  return spec.partition?.exclusive === true;
}

/** A task as it is now, in one line of the trace. */
function lineOf({ now, before }: Change<Task>): string {
  const { metadata, spec, status } = (now ?? before) as Task;
  const what = now === undefined ? 'is gone' : phaseOf(now);
  const leaving = metadata.deletionTimestamp === undefined ? '' : ' leaving';
  const asked = Object.keys(metadata.annotations ?? {}).map((name) => name.split('/')[1]);
  const ready = status?.ready === true ? ' ready' : '';
  const { name } = metadata;
  return `  ${name} v${spec.version} ${what}${ready}${leaving} ${status?.agent ?? ''} ${asked.join()}`;
}

/** Whether a control plane has just made it: what was mended has run before. */
function isFresh(task: Task | undefined): task is Task {
  return task?.spec.jobName === 'web' && phaseOf(task) === 'Pending';
}
