import type { Task, TaskStatus } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, keyOf, keyText, type Millis, toTimestamp } from '../../src/api/object.ts';
import type { Nomination } from '../../src/scheduling/preemption/nominations.ts';
import { NOMINATION_MS } from '../../src/scheduling/preemption/nominations.ts';
import type { PlannedPreemption } from '../../src/scheduling/preemption/stops.ts';
import type { Entry } from '../../src/scheduling/queue/entry.ts';
import { amountsFrom } from '../../src/scheduling/shares/amounts.ts';

/** For whom tasks are stopped, as its first task bears it: whoever leads next keeps the room for it too. */
export type NominationStatus = NonNullable<TaskStatus['nomination']>;

export function nominationStatus(
  { preemption, victims }: PlannedPreemption,
  now: Millis,
): NominationStatus {
  const agents = new Map(preemption.victims.map(({ occupant: { key, agent } }) => [key, agent]));
  return {
    entry: preemption.candidate.entry.key,
    until: toTimestamp(now + NOMINATION_MS),
    victims: victims.flatMap(({ task, why }) => {
      const { uid } = task.metadata;
      const agent = agents.get(uid);
      return agent === undefined ? [] : [{ task: keyText(keyOf(task)), uid, agent, why }];
    }),
    places: preemption.places.map(({ agent, ask: [cpus = 0, memoryMiB = 0, diskMiB = 0] }) => {
      return { agent, cpus: cpus / 1000, memoryMiB, diskMiB };
    }),
  };
}

export function nominationOf(
  { until, places }: NominationStatus,
  { key, members }: Entry,
): Nomination {
  return {
    entry: key,
    members: members.map((member) => member.key),
    until: fromTimestamp(until),
    places: places.map(({ agent, cpus, memoryMiB, diskMiB }) => ({
      agent,
      ask: amountsFrom({ cpus: Math.round(cpus * 1000), memory: memoryMiB, disk: diskMiB }),
    })),
  };
}

/** What both sides are told. */
export function preemptionTexts(candidate: Task, { victims }: NominationStatus) {
  const names = victims.map(({ task }) => task);
  const shown = names.slice(0, NAMED_MAX).join(', ');
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
  return {
    candidate: `Tasks are stopped for it: ${shown}${more}`,
    victim: (why: string) => `Stopped for ${keyText(keyOf(candidate))}, as ${why}`,
  };
}

const NAMED_MAX = 5;
