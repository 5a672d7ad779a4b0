import type { StatedAmounts } from '../../api/capacity-group.ts';
import type { Agent, CapacityGroup, Job, Task } from '../../api/kinds.gen.ts';
import { fromTimestamp } from '../../api/object.ts';
import { diskToMiB, memoryToMiB } from '../../api/quantity.ts';
import { claimsVolumes } from '../../api/volume.ts';
import type { Entry } from '../queue/entry.ts';
import {
  type Amounts,
  amountsFrom,
  type Dimension,
  NOTHING,
  UNLIMITED,
} from '../shares/amounts.ts';
import { DEFAULT_GROUP, type GroupTerms, groupTerms } from '../shares/group.ts';

/** Processor shares are counted in thousandths, so that sums are exact. */
function toMilli(cpus: number): number {
  return Math.round(cpus * 1000);
}

export function termsOf({ metadata, spec }: CapacityGroup): GroupTerms {
  const { tier, cohort, weight, preemptible, preemptAfterSeconds, strictAfterSeconds } = spec;
  return groupTerms({
    name: metadata.name,
    tier,
    weight,
    preemptible,
    ...(cohort === undefined ? {} : { cohort }),
    ...(spec.scheduler === undefined ? {} : { scheduler: spec.scheduler }),
    guarantee: statedAmounts(spec.guarantee, NOTHING),
    borrowingLimit: statedAmounts(spec.borrowingLimit, UNLIMITED),
    lendingLimit: statedAmounts(spec.lendingLimit, cohort === undefined ? NOTHING : UNLIMITED),
    preemptAfterMs: preemptAfterSeconds * 1000,
    ...(strictAfterSeconds === undefined ? {} : { strictAfterMs: strictAfterSeconds * 1000 }),
  });
}

function statedAmounts({ cpus, memory, disk }: StatedAmounts = {}, otherwise: Amounts): Amounts {
  const given: Partial<Record<Dimension, number>> = {
    ...(cpus === undefined ? {} : { cpus: toMilli(cpus) }),
    ...(memory === undefined ? {} : { memory: memoryToMiB(memory) ?? 0 }),
    ...(disk === undefined ? {} : { disk: diskToMiB(disk) ?? 0 }),
  };
  return amountsFrom(given, otherwise);
}

export function askOf({ spec }: Task): Amounts {
  return amountsOf(spec);
}

interface ShownAmounts {
  readonly cpus?: number;
  readonly memoryMiB?: number;
  readonly diskMiB?: number;
}

/** What the agent adds to the fleet; one that is gone adds nothing, one that is cut off still does. */
export function capacityOf({ status }: Agent): Amounts {
  if (status?.phase === undefined || status.phase === 'Gone') return NOTHING;
  return amountsOf(status.capacity ?? {});
}

/** What a status says of an agent, as shares are counted. */
export function amountsOf({ cpus = 0, memoryMiB = 0, diskMiB = 0 }: ShownAmounts): Amounts {
  return amountsFrom({ cpus: toMilli(cpus), memory: memoryMiB, disk: diskMiB });
}

/** The group that the job's tasks are charged to. A job that is gone has left its tasks to the default. */
export function groupOf(job: Job | undefined): string {
  return job?.spec.capacityGroup ?? DEFAULT_GROUP;
}

/** Tasks of one job and revision ask alike, but for an agent or a Volume that is theirs alone. */
export function classOf({ metadata, spec }: Task): string {
  const own = claimsVolumes(spec) ? spec.slot : '';
  return `${metadata.namespace}/${spec.jobName}/${spec.revision}/${spec.agent ?? ''}/${own}`;
}

/** The waiting task as an entry. */
export function entryOf(
  task: Task,
  { job, promised }: { readonly job: Job | undefined; readonly promised: boolean },
): Entry {
  const { metadata } = task;
  const ask = askOf(task);
  const key = metadata.uid;
  return {
    key,
    name: `${metadata.namespace}/${metadata.name}`,
    group: groupOf(job),
    priority: job?.spec.priority ?? 0,
    since: fromTimestamp(metadata.creationTimestamp),
    readyAt: 0,
    class: classOf(task),
    ...(promised ? { promised } : {}),
    ask,
    members: [{ key, ask }],
  };
}
