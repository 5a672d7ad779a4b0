import { budgetOf } from '../../api/disruption.ts';
import type { Agent, Job, Task } from '../../api/kinds.gen.ts';
import { isDeleting, type Millis } from '../../api/object.ts';
import { partitionOf } from '../../api/partition.ts';
import { scaleInFirst } from '../../api/scale-in.ts';
import { isLive } from '../../api/task.ts';
import { updateOf } from '../../api/update.ts';
import { victimsOf } from './victims.ts';

export interface SlotsWorld {
  /** The fault domain. */
  readonly home: string;
  readonly agents: readonly Agent[];
  /** The job's own. */
  readonly tasks: readonly Task[];
  readonly now: Millis;
}

/**
 * Which numbers the `count` instances here have, rising: those that the job's status has as wanted, and those
 * that live; the lowest free ones where it is to have more; without the victims of `victimsOf` where it
 * is to have fewer. Until the status says who was chosen, the tasks that are being stopped do.
 */
export function wantedSlots(job: Job, count: number, world: SlotsWorld): readonly string[] {
  const first = scaleInFirst(job);
  if (first === 'HighestNumber') return numbered(count);
  const { home, agents, tasks, now } = world;
  const entry = job.status?.domains?.find(({ name }) => name === home);
  const known = new Set(readSlots(entry?.slots) ?? numbered(entry?.desired ?? 0));
  for (const task of tasks) {
    const { slot } = task.spec;
    if (known.has(slot) || !isNumber(slot)) continue;
    if (isLive(task) && !isDeleting(task)) known.add(slot);
  }
  if (known.size <= count) return filled(known, count);
  const health = {
    now,
    partition: partitionOf(job),
    update: updateOf(job),
    budget: budgetOf(job),
    rollout: entry?.rollout,
  };
  const groups = Map.groupBy(tasks, ({ spec }) => spec.slot);
  const victims = victimsOf([...known], known.size - count, {
    tasks: groups,
    agents,
    health,
    first,
  });
  const given = new Set(victims);
  return inOrder([...known].filter((slot) => !given.has(slot)));
}

function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => String(at));
}

function filled(known: ReadonlySet<string>, count: number): readonly string[] {
  const slots = new Set(known);
  for (let at = 0; slots.size < count; at += 1) slots.add(String(at));
  return inOrder([...slots]);
}

function inOrder(slots: readonly string[]): readonly string[] {
  const isInOrder = slots.every((slot, at) => at === 0 || Number(slots[at - 1]) < Number(slot));
  return isInOrder ? slots : slots.toSorted((a, b) => Number(a) - Number(b));
}

/** Instances of a job with one on each agent bear the agents' names. */
function isNumber(slot: string): boolean {
  return /^(0|[1-9]\d{0,6})$/.test(slot);
}

/** As the status keeps them, such as `0-3,5`; `undefined` where they are all numbers from 0 on, or names of agents. */
export function slotsText(slots: readonly string[]): string | undefined {
  if (!slots.every(isNumber) || slots.every((slot, at) => slot === String(at))) return undefined;
  const ranges: [first: number, last: number][] = [];
  for (const number of slots.map(Number)) {
    const range = ranges.at(-1);
    if (range !== undefined && range[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

function readSlots(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
  });
}
