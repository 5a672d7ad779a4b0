import { takesTasks } from '../../api/agent.ts';
import type { Agent, Task } from '../../api/kinds.gen.ts';
import { fromTimestamp, type Millis } from '../../api/object.ts';
import type { AgentView } from '../cluster/agent.ts';
import type { Ask, Resources } from '../cluster/resources.ts';
import { slotShapesOf } from '../cluster/slots.ts';
import type { Span } from '../cluster/spans.ts';
import { type Given, NOTHING_GIVEN, type TaskView } from '../cluster/task.ts';
import type { Profile } from '../place/profile.ts';
import type { ConstraintSpec } from '../rules/rule.ts';

/** Where this Titan is. */
export interface Home {
  readonly name: string;
  readonly region: string;
}

/** What an agent has or offers, as Mesos counts. */
export interface Amounts {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  readonly ports: readonly Span[];
  readonly others?: Readonly<Record<string, number>>;
}

const THOUSANDTHS = 1000;

/** Scalars in thousandths: what Mesos itself counts in. */
export function resourcesOf({ cpus, memoryMiB, diskMiB, ports, others = {} }: Amounts): Resources {
  const scalars = { cpus, memory: memoryMiB, disk: diskMiB, ...others };
  const exact = Object.entries(scalars).map(([name, value]): [string, number] => [
    name,
    Math.round(value * THOUSANDTHS),
  ]);
  return { scalars: Object.fromEntries(exact), ranges: { ports } };
}

export interface ViewOptions {
  readonly home: Home;
  readonly quality: number;
  /** Says for which capacity group an agent with these attributes is kept. */
  readonly keepers: { of(attributes: Readonly<Record<string, string>>): string | undefined };
}

/** The agent as the scheduler is told of it; `undefined` while nothing may be said of it. */
export function viewOf(
  agent: Agent,
  { home, quality, keepers }: ViewOptions,
): AgentView | undefined {
  const { metadata, status } = agent;
  if (status?.agentId === undefined || status.phase === 'Gone') return undefined;
  const { cpus = 0, memoryMiB = 0, diskMiB = 0, ports = 0, others = {} } = status.capacity ?? {};
  const spans = ports > 0 ? [{ begin: 1, end: ports }] : [];
  const attributes = attributesOf(agent, home);
  const onlyFor = keepers.of(attributes);
  return {
    name: metadata.name,
    ...(onlyFor === undefined ? {} : { onlyFor }),
    capacity: resourcesOf({ cpus, memoryMiB, diskMiB, ports: spans, others }),
    attributes,
    slots: slotShapesOf(attributes),
    quality,
    unschedulable: status.phase !== 'Active' || !takesTasks(agent),
  };
}

/** What constraints may ask about: what the machine says of itself, and where it is. */
export function attributesOf({ status }: Agent, home: Home): Readonly<Record<string, string>> {
  return {
    region: status?.region ?? home.region,
    ...(status?.zone === undefined ? {} : { zone: status.zone }),
    ...status?.attributes,
    domain: home.name,
  };
}

/** The task so far as its agent's room is concerned. */
export function heldTaskOf(task: Task): TaskView {
  const { metadata, spec, status } = task;
  const since = status?.startedAt ?? status?.boundAt;
  const endsAt = since === undefined ? undefined : endAfter(task, fromTimestamp(since));
  return {
    key: metadata.uid,
    job: jobOf(task),
    ask: askOf(task),
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(isExclusive(spec) ? { exclusive: true } : {}),
  };
}

export function givenOf({ status }: Task): Given {
  return {
    ...NOTHING_GIVEN,
    ranges: { ports: status?.ports ?? [] },
    slots: status?.resourceSets ?? [],
  };
}

const MINUTE_MS = 60_000;

const usual = [
  { name: 'PackCpusAndMemory', weight: 3 },
  { name: 'SpreadJob', weight: 2 },
];

/** What tasks of one revision of one job have in common. */
export function profileOf(
  task: Task,
  { now, role }: { readonly now: Millis; readonly role?: string },
): Profile {
  const { metadata, spec } = task;
  const { constraints = [], placement = {}, agent, image } = spec;
  const namespace = metadata.namespace ?? 'default';
  const endsAt = endAfter(task, now);
  return {
    id: JSON.stringify([
      namespace,
      spec.jobName,
      spec.revision,
      agent ?? null,
      endsAt ?? null,
      role ?? null,
    ]),
    job: jobOf(task),
    ask: askOf(task),
    constraints: constraints.map(
      ({ job, ...rest }): ConstraintSpec =>
        job === undefined ? rest : { ...rest, job: `${namespace}/${job}` },
    ),
    fitness: placement.fitness ?? usual,
    ...(placement.goodEnough === undefined ? {} : { goodEnough: placement.goodEnough }),
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(image === undefined ? {} : { image }),
    ...(role === undefined ? {} : { role }),
    ...(agent === undefined ? {} : { agent }),
  };
}

/** To the minute, so that tasks that wait together stay one class. */
function endAfter({ spec: { placement } }: Task, since: Millis): Millis | undefined {
  const { expectedSeconds } = placement ?? {};
  if (expectedSeconds === undefined) return undefined;
  return Math.ceil((since + expectedSeconds * 1_000) / MINUTE_MS) * MINUTE_MS;
}

function isExclusive({ constraints = [] }: Task['spec']): boolean {
  return constraints.some(({ rule, weight }) => rule === 'ExclusiveHost' && weight === undefined);
}

function jobOf({ metadata, spec }: Task): string {
  return `${metadata.namespace ?? 'default'}/${spec.jobName}`;
}

function askOf({ spec }: Task): Ask {
  const { cpus, memoryMiB, diskMiB, ports, gpus = 0, extraResources = {} } = spec;
  const { resourceSets: slots } = spec;
  const others = { ...extraResources, ...(gpus > 0 ? { gpus } : {}) };
  const { scalars } = resourcesOf({ cpus, memoryMiB, diskMiB, ports: [], others });
  return { scalars, counts: { ports }, ...(slots === undefined ? {} : { slots }) };
}
