import type { AgentStatus, Task } from '../../src/api/kinds.gen.ts';
import { type Timestamp, toTimestamp } from '../../src/api/object.ts';
import type { Away } from '../../src/mesos/port.ts';
import { countOf } from '../../src/scheduling/cluster/spans.ts';
import type { Amounts, Items } from '../../src/scheduling/objects/amounts.ts';

export interface ShownAgent {
  readonly agentId: string;
  readonly hostname: string;
  readonly active: boolean;
  /** By an operator; it is there, but not active for Mesos. */
  readonly deactivated?: boolean;
  readonly away?: Away;
  readonly total: Amounts;
  readonly attributes: Readonly<Record<string, string>>;
  readonly region?: string;
  readonly zone?: string;
}

/** What tasks have in use together. */
export type Usage = Required<NonNullable<AgentStatus['used']>>;

export interface ShownTasks {
  readonly count: number;
  readonly used: Usage;
}

/** @param lostSince holds where it is not active */
export function agentStatus(
  agent: ShownAgent,
  { count, used }: ShownTasks,
  lostSince: Timestamp,
): AgentStatus {
  const { agentId, hostname, total, attributes, region, zone, away } = agent;
  const active = agent.active || agent.deactivated === true;
  return {
    phase: active ? 'Active' : 'Unreachable',
    ...(active ? {} : { lostSince }),
    agentId,
    hostname,
    ...(region === undefined ? {} : { region }),
    ...(zone === undefined ? {} : { zone }),
    ...(agent.deactivated ? { deactivated: true } : {}),
    ...(away === undefined ? {} : { maintenance: windowOf(away) }),
    tasks: count,
    cpusText: cpusText(used.cpus, total.cpus),
    memoryText: memoryText(used.memoryMiB, total.memoryMiB),
    attributes,
    capacity: {
      cpus: total.cpus,
      memoryMiB: Math.round(total.memoryMiB),
      diskMiB: Math.round(total.diskMiB),
      ports: countOf(total.ports),
      ...(total.others === undefined ? {} : { others: total.others }),
      ...(total.items === undefined ? {} : { items: countsOf(total.items) }),
      ...(total.reserved === undefined ? {} : { reserved: reservedOf(total.reserved) }),
    },
    used,
  };
}

function reservedOf(reserved: NonNullable<Amounts['reserved']>) {
  const rounded = Object.entries(reserved).map(([group, own]) => {
    const { cpus = 0, memoryMiB = 0, diskMiB = 0, others } = own;
    const amounts = { cpus, memoryMiB: Math.round(memoryMiB), diskMiB: Math.round(diskMiB) };
    return [group, others === undefined ? amounts : { ...amounts, others }] as const;
  });
  return Object.fromEntries(rounded);
}

function countsOf(items: Readonly<Record<string, Items>>): Readonly<Record<string, number>> {
  const counts = Object.entries(items).map(([name, each]) => [
    name,
    each.type === 'set' ? each.items.length : countOf(each.ranges),
  ]);
  return Object.fromEntries(counts);
}

function windowOf({ startAt, durationMs }: Away) {
  const startTime = toTimestamp(startAt);
  return durationMs === undefined
    ? { startTime }
    : { startTime, endTime: toTimestamp(startAt + durationMs) };
}

/** What tasks have in use: added up again only where the list is another, which it is once one of them has changed. */
export function createUsage(): (tasks: readonly Task[]) => Usage {
  const known = new WeakMap<readonly Task[], Usage>();
  return (tasks) => {
    const used = known.get(tasks) ?? usedBy(tasks);
    known.set(tasks, used);
    return used;
  };
}

function usedBy(tasks: readonly Task[]): Usage {
  const sum = (of: (task: Task) => number) => tasks.reduce((total, task) => total + of(task), 0);
  return {
    cpus: round(sum(({ spec }) => spec.cpus)),
    memoryMiB: sum(({ spec }) => spec.memoryMiB),
    diskMiB: sum(({ spec }) => spec.diskMiB),
    ports: sum(({ spec }) => spec.ports),
  };
}

/** `12/16` */
function cpusText(used: number, total: number): string {
  return `${round(used)}/${round(total)}`;
}

/** `38/64 GiB` */
function memoryText(usedMiB: number, totalMiB: number): string {
  const gibi = (mebi: number) => Math.round((mebi / 1024) * 10) / 10;
  return `${gibi(usedMiB)}/${gibi(totalMiB)} GiB`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
