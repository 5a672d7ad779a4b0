import { expect } from 'chai';
import { apiVersionOf } from '../../src/api/kind.ts';
import {
  AGENT,
  CAPACITY_GROUP,
  type CapacityGroup,
  JOB,
  type Job,
  TASK,
  type Task,
} from '../../src/api/kinds.gen.ts';
import { isLive } from '../../src/api/task.ts';
import type { Random } from '../../src/runtime/port.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { forecast } from '../../src/scheduling/forecast/forecast.ts';
import type { JobForecast } from '../../src/scheduling/forecast/reports.ts';
import { createCatalog } from '../../src/scheduling/place/catalog.ts';
import { firstSeed } from './first-seed.ts';
import { aSimWorld, type Place } from './world.ts';

const HOME = { name: 'dc1', region: 'us-east-1' };
const SEEDS = Number(process.env.PLAN_SEEDS ?? 3);
const STEPS = 6;
const SETTLED_MS = 15_000;
/** Time for the tasks that wait to have others stopped for them, as often as need be. */
const PREEMPTED_MS = 420_000;

type Spec = Partial<Job['spec']>;

const CONSTRAINTS: readonly NonNullable<Spec['constraints']>[] = [
  [],
  [{ rule: 'Balanced', attribute: 'zone' }],
  [{ rule: 'Balanced', attribute: 'zone', weight: 2 }],
  [{ rule: 'Unique' }],
  [{ rule: 'NotIn', attribute: 'zone', values: ['b'] }],
  [{ rule: 'ExclusiveHost' }],
];

interface Change {
  readonly name: string;
  readonly spec: Spec;
}

/** A job or two that are new, or an earlier one that wants more tasks. */
function anyChanges(random: Random, step: number): readonly Change[] {
  const any = <T>(values: readonly T[]) => values[Math.floor(random.next() * values.length)] as T;
  const anyJob = (): Spec => ({
    location: `dc1:${any([1, 2, 3, 4, 5])}`,
    cpus: any([0.5, 1, 2, 3]),
    priority: any([0, 0, 10]),
    constraints: any(CONSTRAINTS),
    capacityGroup: any(['default', 'batch']),
    placement: { fitness: [{ name: any(['PackAll', 'SpreadLoad', 'SpreadJob']), weight: 1 }] },
    ...(random.next() < 0.2 ? { gang: {} } : {}),
  });
  if (step > 0 && random.next() < 0.3) {
    return [{ name: `job-${step - 1}`, spec: { location: 'dc1:6' } }];
  }
  const changes = [{ name: `job-${step}`, spec: anyJob() }];
  return random.next() < 0.5 ? changes : [...changes, { name: `other-${step}`, spec: anyJob() }];
}

/** How many tasks of each job are on each agent, and how many wait, as `job agent`. */
type Shape = Map<string, number>;

function add(shape: Shape, where: string, count: number): void {
  const sum = (shape.get(where) ?? 0) + count;
  if (sum === 0) shape.delete(where);
  else shape.set(where, sum);
}

function shapeOf(tasks: readonly Task[]): Shape {
  const shape: Shape = new Map();
  for (const { spec, status } of tasks.filter(isLive)) {
    add(shape, `${spec.jobName} ${status?.agent ?? 'waits'}`, 1);
  }
  return shape;
}

/** How many tasks of each job have an agent, and how many wait: a plan says not whom it stops, but how many. */
function sumsOf(shape: Shape): Shape {
  const sums: Shape = new Map();
  for (const [where, count] of shape) {
    const [job = '', agent] = where.split(' ');
    add(sums, agent === 'waits' ? where : `${job} runs`, count);
  }
  return sums;
}

function linesOf(shape: Shape): readonly string[] {
  return [...shape].map(([where, count]) => `${where}: ${count}`).toSorted();
}

/** The shape once what the plan says has happened. */
function shapeAfter(before: Shape, reports: readonly JobForecast[]): Shape {
  const shape = new Map(before);
  for (const { job, placed, preempted, unplaced } of reports) {
    const name = job.slice('default/'.length);
    shape.delete(`${name} waits`);
    for (const [agent, count] of Object.entries(placed)) add(shape, `${name} ${agent}`, count);
    for (const { tasks } of unplaced) add(shape, `${name} waits`, tasks);
    for (const { tasks } of preempted) add(shape, `${name} loses`, -tasks);
  }
  return shape;
}

async function aCluster() {
  const world = await aSimWorld({ agents: 4, cpus: 4, zones: ['a', 'b'] });
  const { wait, clock } = world;
  const [place] = world.places as readonly [Place];
  const { client } = place;
  async function group(name: string, spec: Partial<CapacityGroup['spec']>): Promise<void> {
    const { kind } = CAPACITY_GROUP;
    const draft = { apiVersion: apiVersionOf(CAPACITY_GROUP), kind, metadata: { name }, spec };
    await wait(client.create(CAPACITY_GROUP, draft as CapacityGroup));
  }

  await group('batch', { borrowingLimit: { cpus: 5 } });
  await clock.advance(2_000);

  const { list, get, update } = client;
  const key = (name: string) => ({ namespace: 'default', name });

  async function apply({ name, spec }: Change): Promise<Job> {
    const known = await get(JOB, key(name)).catch(() => undefined);
    if (known === undefined) await place.apply(spec, name);
    else await update(JOB, { ...known, spec: { ...known.spec, ...spec } });
    return get(JOB, key(name));
  }

  /** What a plan says of the changes, and what becomes of them, each as tasks by agent. */
  async function change(changes: readonly Change[]) {
    const [agents, tasks, jobs, groups] = await wait(
      Promise.all([list(AGENT), list(TASK), list(JOB), list(CAPACITY_GROUP)]),
    );
    const now = clock.now();
    const changed = await wait(Promise.all(changes.map(apply)));
    const reports = forecast({
      home: HOME,
      agents: agents.items,
      tasks: tasks.items,
      jobs: jobs.items,
      groups: groups.items,
      volumes: [],
      changed,
      fails: () => false,
      added: [],
      isLost: false,
      catalog: createCatalog(),
      now,
    });
    const isPreempting = reports.some(({ preempted }) => preempted.length > 0);
    const isWaiting = reports.some(({ unplaced }) => unplaced.length > 0);
    await clock.advance(isPreempting || isWaiting ? PREEMPTED_MS : SETTLED_MS);
    const planned = shapeAfter(shapeOf(tasks.items), reports);
    const became = shapeOf(await place.tasks());
    const shown = (shape: Shape) => linesOf(isPreempting ? sumsOf(shape) : shape);
    return { said: shown(planned), found: shown(became) };
  }

  /**
   * Jobs want no more than they have: while tasks wait, offers that they do not use are given back for a
   * moment, and a plan counts on all that agents have.
   */
  async function forgetWaiting(): Promise<void> {
    const own = Map.groupBy((await place.tasks()).filter(isLive), ({ spec }) => spec.jobName);
    for (const [name, tasks] of own) {
      const bound = tasks.filter(({ status }) => status?.agent !== undefined).length;
      if (bound === tasks.length) continue;
      if (bound === 0) await wait(client.delete(JOB, key(name)));
      else await wait(apply({ name, spec: { location: `dc1:${bound}` } }));
    }
    await clock.advance(SETTLED_MS);
  }

  return { change, forgetWaiting };
}

describe('a plan', () => {
  const first = firstSeed();
  for (let seed = first; seed < first + SEEDS; seed += 1) {
    it(`says what then happens, task by task (seed ${seed})`, async () => {
      const random = seededRandom(seed);
      const { change, forgetWaiting } = await aCluster();
      for (let step = 0; step < STEPS; step += 1) {
        const changes = anyChanges(random, step);
        const { said, found } = await change(changes);
        expect(found, `${step}: ${JSON.stringify(changes)}`).to.deep.equal(said);
        await forgetWaiting();
      }
    });
  }
});
