import { type Job, type JobSpec, TASK, type Task } from '../../../src/api/kinds.gen.ts';
import type { Millis } from '../../../src/api/object.ts';
import { partitionOf } from '../../../src/api/partition.ts';
import { holdsSlot, isLive, phaseOf } from '../../../src/api/task.ts';
import type { Client } from '../../../src/registry/port.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import type { Change } from '../../../src/runtime/informer.ts';
import type { Random } from '../../../src/runtime/port.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { createTrace } from '../../../src/sim/trace.ts';
import { aDomain, anAgent } from '../../support/builders.ts';
import { BEHAVIOURS, type Behaviour, createAgents } from './agents.ts';
import { createLifeApi } from './api.ts';
import { createSurroundings, HOME, startControl } from './control.ts';
import { createCoordinator } from './coordinator.ts';
import { aDependency, drawJob } from './draw-job.ts';
import { createJudge, ownRollout, wantedOf } from './judge.ts';
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
const CALM_MS = 3_600_000;
const STEADY_MS = 300_000;
const TAIL = 60;
const AGENTS = 4;

/** Plays the life of one job that the seed draws, and says which promise was broken first. The same seed plays the same. */
export async function playLife({ seed, tail = TAIL, plant }: LifeOptions): Promise<LifeResult> {
  const draw = (salt: number) => seededRandom(Math.imul(seed, 0x9e3779b1) + salt);
  const clock = virtualClock();
  const startedAt = clock.now();
  const trace = createTrace(clock, tail);
  const random = draw(1);
  const behaviours = new Map<string, Behaviour>([['1', draw(7).next() < 0.9 ? 'well' : 'crashes']]);
  const surroundings = createSurroundings(clock);
  const job = () => api.jobs.must('default/web');
  const judge = createJudge({
    now: clock.now,
    job,
    seen: () => api.tasks.cache.values(),
    alive: () => [...api.tasks.values()].filter(isLive),
    mayGo: (task) => coordinator.hasAllowed(task),
    dependency: () => api.jobs.cache.get('default/db'),
  });
  const coordinator = createCoordinator(clock, draw(9));
  const lag = draw(2);
  const api = createLifeApi({
    clock,
    random: draw(3),
    lagMs: () => (lag.next() < 0.5 ? 0 : Math.round(lag.next() * 800)),
    onTask(change) {
      noteTask(change);
      if (change.now !== undefined && change.before === undefined) judge.made(change.now);
      if (change.now !== undefined) agents.look(change.now);
    },
    onStop: (task) => judge.stops(task),
  });
  const agents = createAgents({
    tasks: api.tasks,
    agents: Array.from({ length: AGENTS }, (_, index) => anAgent(`agent-${index}`)),
    clock,
    random: draw(4),
    behaviourOf: (version) => behaviours.get(version) ?? 'well',
    partition: () => partitionOf(job()),
    stopsWithinMs: () => (job().spec.container?.preStop === undefined ? 4_000 : 40_000),
  });

  function noteTask({ now, before }: Change<Task>): void {
    const task = now ?? before;
    if (task === undefined) return;
    const { metadata, spec } = task;
    const what = now === undefined ? 'is gone' : phaseOf(now);
    const leaving = metadata.deletionTimestamp === undefined ? '' : ' leaving';
    const asked = Object.keys(metadata.annotations ?? {}).map((name) => name.split('/')[1]);
    const ready = task.status?.ready === true ? ' ready' : '';
    const { agent } = task.status ?? {};
    trace.note(
      `  ${metadata.name} v${spec.version} ${what}${ready}${leaving} ${agent ?? ''} ${asked.join()}`,
    );
  }

  for (const agent of agents.list) surroundings.agents.put(agent);
  const drawn = drawJob(draw(5));
  const isAlone = drawn.spec.partition?.exclusive === true;
  for (const name of isAlone ? [HOME.name] : [HOME.name, 'dc2']) {
    surroundings.domains.put(aDomain(name, name === HOME.name ? HOME.region : 'us-west-2'));
  }
  api.jobs.put(aDependency(true));
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
    readPage: coordinator.readPage,
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
      behaviours.set(`${versions}`, drawBehaviour(random));
      trace.note(`version ${versions} ${behaviours.get(`${versions}`)}`);
      return `${versions}`;
    },
  });
  const failed = () => judge.broken !== undefined;

  await clock.runUntil(failed, 10_000 + random.next() * 60_000);
  const strikes = 4 + Math.floor(random.next() * STRIKES);
  for (let struck = 0; struck < strikes && !failed(); struck += 1) {
    people.strike();
    const { least, most } = BETWEEN_MS;
    await clock.runUntil(failed, least + random.next() ** 2 * most);
    judge.look({ complete: false });
  }
  people.calm();
  const ended = await clock.runUntil(() => failed() || hasEnded(job()), CALM_MS);
  const broken = judge.broken ?? (ended ? await settled() : lateText(job()));
  judge.look({ complete: control.lives === 1 });
  control.stop();
  return {
    broken: broken ?? judge.broken,
    hash: trace.hash(),
    steps: trace.length,
    passes: control.passes,
    simulatedMs: clock.now() - startedAt,
    tail: trace.tail(tail),
  };

  /** What runs well is whole, and left alone. */
  async function settled(): Promise<string | undefined> {
    if (!isAtRest(job())) return undefined;
    const version = runningVersion();
    const behaviour = behaviours.get(version ?? '') ?? 'well';
    if (behaviour !== 'well' && behaviour !== 'slow') return undefined;
    await clock.runUntil(failed, STEADY_MS);
    if (failed()) return judge.broken;
    const desired = wantedOf(job());
    const live = [...api.tasks.values()].filter(holdsSlot);
    const ready = live.filter(({ status }) => status?.ready === true).length;
    if (live.length !== desired || ready !== desired) {
      return `${ready} of ${live.length} tasks are ready at the end, and ${desired} are wanted`;
    }
    const before = countOf(api.writes);
    await clock.runUntil(failed, STEADY_MS);
    const more = countOf(api.writes) - before;
    return more === 0 ? undefined : `${more} writes though nothing happens`;
  }

  function runningVersion(): string | undefined {
    const rollout = ownRollout(job());
    const hash = rollout?.phase === 'Complete' ? rollout.revision : rollout?.stable;
    const template = [...api.revisions.values()].find(({ spec }) => spec.revision === hash)?.spec
      .template as Partial<JobSpec> | undefined;
    return template?.version;
  }
}

function countOf(writes: Readonly<Record<string, number>>): number {
  return Object.values(writes).reduce((sum, count) => sum + count, 0);
}

/** Whether its rollout has ended, or waits for a person. */
function hasEnded(job: Job): boolean {
  const phase = ownRollout(job)?.phase;
  const isSeen = job.status?.observedGeneration === job.metadata.generation;
  return isSeen && phase !== 'Progressing' && phase !== 'RollingBack' && phase !== 'Waiting';
}

function isAtRest(job: Job): boolean {
  const phase = ownRollout(job)?.phase;
  return phase === 'Complete' || phase === 'RolledBack';
}

function lateText(job: Job): string {
  const rollout = ownRollout(job);
  return `revision ${rollout?.number} is still ${rollout?.phase} an hour after all was calm`;
}

function drawBehaviour(random: Random): Behaviour {
  if (random.next() < 0.5) return 'well';
  return BEHAVIOURS[Math.floor(random.next() * BEHAVIOURS.length)] ?? 'well';
}
