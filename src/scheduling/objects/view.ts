import { takesTasks } from '../../api/agent.ts';
import type { Agent, Task, TaskStatus } from '../../api/kinds.gen.ts';
import { fromTimestamp, type Millis } from '../../api/object.ts';
import type { AgentView } from '../cluster/agent.ts';
import type { Ask } from '../cluster/resources.ts';
import { slotShapesOf } from '../cluster/slots.ts';
import type { Span } from '../cluster/spans.ts';
import { type Given, NOTHING_GIVEN, type TaskView } from '../cluster/task.ts';
import type { Profile } from '../place/profile.ts';
import type { ConstraintSpec } from '../rules/rule.ts';
import { ITEMS_OF, partsOf, scalarsOf } from './amounts.ts';

/** Where this Titan is. */
export interface Home {
  readonly name: string;
  readonly region: string;
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
  const { cpus = 0, memoryMiB = 0, diskMiB = 0, ports = 0 } = status.capacity ?? {};
  const { others = {}, items = {}, reserved = {} } = status.capacity ?? {};
  const attributes = attributesOf(agent, home);
  const onlyFor = keepers.of(attributes);
  const parts = partsOf({
    cpus,
    memoryMiB,
    diskMiB,
    ports: someOf(ports),
    others,
    items: Object.fromEntries(
      Object.entries(items).map(([name, count]) => [
        name,
        { type: 'ranges', ranges: someOf(count) },
      ]),
    ),
    reserved,
  });
  return {
    name: metadata.name,
    ...(onlyFor === undefined ? {} : { onlyFor }),
    ...parts,
    attributes,
    slots: slotShapesOf(attributes),
    quality,
    unschedulable: status.phase !== 'Active' || !takesTasks(agent),
  };
}

/** Any so many: what an agent has in all counts, whichever they are. */
function someOf(count: number): readonly Span[] {
  return count > 0 ? [{ begin: 1, end: count }] : [];
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

/** What others know of a task that runs. */
export interface HeldOptions {
  /** How long it will run, where anybody knows. */
  readonly expectedSeconds?: number | undefined;
  /** Whose reserved resources it may have. */
  readonly role?: string | undefined;
}

/** The task so far as its agent's room is concerned. */
export function heldTaskOf(task: Task, { expectedSeconds, role }: HeldOptions = {}): TaskView {
  const { metadata, spec, status } = task;
  const since = status?.startedAt ?? status?.boundAt;
  const endsAt = since === undefined ? undefined : endAfter(expectedSeconds, fromTimestamp(since));
  return {
    key: metadata.uid,
    job: jobOf(task),
    ask: askOf(task),
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(role === undefined ? {} : { role }),
    ...(isExclusive(spec) ? { exclusive: true } : {}),
  };
}

export function givenOf({ status }: Task): Given {
  const { ports = [], resourceSets: slots = NOTHING_GIVEN.slots, extraItems } = status ?? {};
  if (extraItems === undefined) return { ranges: { ports }, sets: NOTHING_GIVEN.sets, slots };
  const ranges = extraItems.map(({ name, numbers }) => [ITEMS_OF + name, numbers] as const);
  const sets = extraItems.map(({ name, items }) => [ITEMS_OF + name, items] as const);
  return {
    ranges: { ports, ...definedOf(ranges) },
    sets: definedOf(sets),
    slots,
  };
}

function definedOf<T>(entries: readonly (readonly [string, T | undefined])[]): Record<string, T> {
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

type GivenItems = NonNullable<TaskStatus['extraItems']>;

/** What the task was given beside ports, as its status bears it. */
export function itemsGiven({ ranges, sets }: Given): GivenItems {
  const nameOf = (name: string) => name.slice(ITEMS_OF.length);
  const isItems = ([name]: readonly [string, unknown]) => name.startsWith(ITEMS_OF);
  return [
    ...Object.entries(ranges)
      .filter(isItems)
      .map(([name, numbers]) => ({ name: nameOf(name), numbers })),
    ...Object.entries(sets).map(([name, items]) => ({ name: nameOf(name), items })),
  ];
}

const MINUTE_MS = 60_000;

const usual = [
  { name: 'PackCpusAndMemory', weight: 3 },
  { name: 'SpreadJob', weight: 2 },
];

export interface ProfileOptions {
  readonly now: Millis;
  /** How long the task will run, where anybody knows. */
  readonly expectedSeconds?: number | undefined;
  /** Whose reserved resources and agents it may use. */
  readonly role?: string | undefined;
}

/** What tasks of one revision of one job have in common. */
export function profileOf(task: Task, { now, expectedSeconds, role }: ProfileOptions): Profile {
  const { metadata, spec } = task;
  const { constraints = [], placement = {}, agent, image } = spec;
  const namespace = metadata.namespace ?? 'default';
  const endsAt = endAfter(expectedSeconds, now);
  return {
    id: JSON.stringify([namespace, spec.jobName, spec.revision, agent ?? null, role ?? null]),
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

/** To the minute, so that ends of tasks that are placed together are one, and what was worked out for one serves the others. */
function endAfter(expectedSeconds: number | undefined, since: Millis): Millis | undefined {
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
  const { resourceSets: slots, extraItems = {} } = spec;
  const others = { ...extraResources, ...(gpus > 0 ? { gpus } : {}) };
  const scalars = scalarsOf({ cpus, memoryMiB, diskMiB, others });
  const items = Object.entries(extraItems).map(([name, count]) => [ITEMS_OF + name, count]);
  const counts = { ports, ...Object.fromEntries(items) };
  return { scalars, counts, ...(slots === undefined ? {} : { slots }) };
}
