import type { Agent, Task } from '../../src/api/kinds.gen.ts';
import { isLive } from '../../src/api/task.ts';
import { packAndSpread } from '../../src/scheduling/fitness.ts';
import { place } from '../../src/scheduling/place.ts';
import type { Span } from '../../src/scheduling/ports.ts';
import { explainRefusals } from '../../src/scheduling/refusal.ts';
import { type AgentView, toMilli, type Waiting } from '../../src/scheduling/snapshot.ts';

/** What one agent offers now. */
export interface Offered {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  readonly ports: readonly Span[];
}

export interface PlacementWorld {
  readonly pending: readonly Task[];
  readonly agents: readonly Agent[];
  /** By agent id. An agent that is not here offers nothing. */
  readonly offered: ReadonlyMap<string, Offered>;
  /** Live tasks on an agent, by agent id. */
  tasksOn(agentId: string): readonly Task[];
}

/** A task and the agent that is to run it. */
export interface Binding {
  readonly task: Task;
  readonly agent: string;
  readonly agentId: string;
  readonly ports: readonly number[];
}

export interface PlacementPlan {
  readonly bindings: readonly Binding[];
  readonly refused: readonly { readonly task: Task; readonly message: string }[];
}

/** Tasks that one pass looks at; the others have their turn in the next. */
const PASS_MAX = 2_000;

/** Gives the pending tasks, oldest first, to agents; says why of those that fit nowhere. */
export function planPlacement(world: PlacementWorld): PlacementPlan {
  const queue = world.pending.toSorted(byAge).slice(0, PASS_MAX);
  const byUid = new Map(queue.map((task) => [task.metadata.uid, task]));
  const views = world.agents.flatMap((agent) => viewOf(agent, world) ?? []);
  const { placed, unplaced } = place(queue.map(waitingOf), { agents: views }, packAndSpread);
  const bindings = placed.flatMap(({ key, agent, agentId, ports }) => {
    const task = byUid.get(key);
    return task === undefined ? [] : [{ task, agent, agentId, ports }];
  });
  const refused = unplaced.flatMap(({ key }) => byUid.get(key) ?? []);
  return { bindings, refused: explain(refused, world) };
}

/**
 * Why tasks fit nowhere, by what the agents have less what their tasks use, whether it is offered at
 * this moment or not: what Mesos offers comes and goes, and a reason that does so helps nobody.
 */
function explain(tasks: readonly Task[], world: PlacementWorld): PlacementPlan['refused'] {
  if (tasks.length === 0) return [];
  const views = world.agents.flatMap((agent) => accountOf(agent, world) ?? []);
  const trial = place(tasks.map(waitingOf), { agents: views }, packAndSpread);
  const reasons = new Map(trial.unplaced.map(({ key, refusals }) => [key, refusals]));
  return tasks.map((task) => {
    const refusals = reasons.get(task.metadata.uid);
    const message = refusals === undefined ? UNOFFERED : explainRefusals(refusals, views.length);
    return { task, message };
  });
}

const UNOFFERED = 'there is room for it, but Mesos does not offer it to Titan now';

function byAge(a: Task, b: Task): number {
  const [left, right] = [a.metadata, b.metadata];
  if (left.creationTimestamp !== right.creationTimestamp) {
    return left.creationTimestamp < right.creationTimestamp ? -1 : 1;
  }
  return left.name < right.name ? -1 : 1;
}

function waitingOf({ metadata, spec }: Task): Waiting {
  const { memoryMiB, diskMiB, ports, agent } = spec;
  return {
    key: metadata.uid,
    job: `${metadata.namespace}/${spec.jobName}`,
    ask: { cpusMilli: toMilli(spec.cpus), memoryMiB, diskMiB, ports },
    ...(agent === undefined ? {} : { agent }),
  };
}

const NOTHING: Offered = { cpus: 0, memoryMiB: 0, diskMiB: 0, ports: [] };

/** An agent that runs, with what it offers; one that offers nothing now has nothing free. */
function viewOf(agent: Agent, world: PlacementWorld): AgentView | undefined {
  const { agentId = '' } = agent.status ?? {};
  return viewWith(agent, world.offered.get(agentId) ?? NOTHING, world);
}

/** An agent that runs, with what its tasks leave of it. */
function accountOf(agent: Agent, world: PlacementWorld): AgentView | undefined {
  const { cpus = 0, memoryMiB = 0, diskMiB = 0, ports = 0 } = agent.status?.capacity ?? {};
  const tasks = world.tasksOn(agent.status?.agentId ?? '');
  const used = (of: (task: Task) => number) => tasks.reduce((sum, task) => sum + of(task), 0);
  const left = {
    cpus: cpus - used(({ spec }) => spec.cpus),
    memoryMiB: memoryMiB - used(({ spec }) => spec.memoryMiB),
    diskMiB: diskMiB - used(({ spec }) => spec.diskMiB),
    ports: [{ begin: 1, end: ports - used(({ spec }) => spec.ports) }],
  };
  return viewWith(agent, left, world);
}

function viewWith(
  { metadata, spec, status }: Agent,
  offered: Offered,
  world: PlacementWorld,
): AgentView | undefined {
  const { agentId } = status ?? {};
  if (agentId === undefined || status?.phase !== 'Active') return undefined;
  const { ports, ...free } = resourcesOf(offered);
  const { cpus = 0, memoryMiB = 0, diskMiB = 0 } = status.capacity ?? {};
  const total = { cpusMilli: toMilli(cpus), memoryMiB, diskMiB };
  const unschedulable = spec?.unschedulable ?? false;
  const jobs = countJobs(world.tasksOn(agentId));
  return { name: metadata.name, agentId, unschedulable, total, free, ports, jobs };
}

function resourcesOf({ cpus, ...rest }: Offered) {
  return { cpusMilli: toMilli(cpus), ...rest };
}

function countJobs(tasks: readonly Task[]): ReadonlyMap<string, number> {
  const jobs = new Map<string, number>();
  for (const { metadata, spec } of tasks.filter(isLive)) {
    const job = `${metadata.namespace}/${spec.jobName}`;
    jobs.set(job, (jobs.get(job) ?? 0) + 1);
  }
  return jobs;
}
