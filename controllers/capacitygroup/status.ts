import { type Condition, mergeConditions } from '../../src/api/condition.ts';
import type { CapacityGroup, CapacityGroupStatus } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import type { Reserved } from '../../src/scheduling/backlog/reserved.ts';
import type { Tally } from '../../src/scheduling/backlog/tally.ts';
import type { Standing } from '../../src/scheduling/shares/account.ts';
import { type Amounts, DIMENSIONS, isWithin } from '../../src/scheduling/shares/amounts.ts';

export interface GroupWorld {
  readonly guarantee: Amounts;
  readonly standing: Standing;
  readonly tally: Tally;
  readonly reserved: Reserved;
  /** What all agents have, and what all groups together are guaranteed. */
  readonly fleet: { readonly capacity: Amounts; readonly promised: Amounts };
  readonly now: Millis;
}

/** What the group has, in words and numbers. */
export function groupStatus(group: CapacityGroup, world: GroupWorld): CapacityGroupStatus {
  const { guarantee, standing, tally, reserved } = world;
  const used = shown(standing.used);
  const guaranteed = shown(guarantee);
  return {
    observedGeneration: group.metadata.generation ?? 0,
    tasks: tally.tasks,
    pendingTasks: tally.pendingTasks,
    cpusText: `${used.cpus}/${guaranteed.cpus}`,
    memoryText: `${gibi(used.memoryMiB)}/${gibi(guaranteed.memoryMiB)} GiB`,
    guaranteed,
    used,
    borrowed: shown(standing.borrowed),
    lent: shown(standing.lent),
    pending: shown(tally.pending),
    reserved: shown(reserved.amounts),
    reservedAgents: reserved.agents,
    conditions: mergeConditions(group.status?.conditions, [covered(group, world)], world.now),
  };
}

function covered(group: CapacityGroup, { fleet }: GroupWorld): Condition {
  const observedGeneration = group.metadata.generation ?? 0;
  const type = 'Covered';
  if (isWithin(fleet.promised, fleet.capacity)) {
    const message = 'The agents have what all groups together are guaranteed';
    return { type, status: 'True', reason: 'EnoughAgents', message, observedGeneration };
  }
  const short = DIMENSIONS.filter((_, at) => (fleet.promised[at] ?? 0) > (fleet.capacity[at] ?? 0));
  const [promised, capacity] = [shown(fleet.promised), shown(fleet.capacity)];
  const parts = short.map((name) => {
    const [field, unit] = fields[name];
    return `${promised[field]} ${unit}, the agents have ${capacity[field]}`;
  });
  const message = `All groups together are guaranteed ${parts.join('; ')}`;
  return { type, status: 'False', reason: 'TooFewAgents', message, observedGeneration };
}

type Shown = Required<NonNullable<CapacityGroupStatus['used']>>;

const fields = {
  cpus: ['cpus', 'cpus'],
  memory: ['memoryMiB', 'MiB of memory'],
  disk: ['diskMiB', 'MiB of disk'],
} as const;

function shown([cpusMilli = 0, memoryMiB = 0, diskMiB = 0]: Amounts): Shown {
  return {
    cpus: Math.round(cpusMilli) / 1000,
    memoryMiB: Math.round(memoryMiB),
    diskMiB: Math.round(diskMiB),
  };
}

function gibi(mebibytes: number): number {
  return Math.round((mebibytes / 1024) * 10) / 10;
}
