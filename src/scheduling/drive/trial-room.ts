import type { Placer } from '../place/placer.ts';
import type { Waiting } from '../place/profile.ts';
import { placerFor } from '../place/scheduler.ts';
import type { Place, Room } from '../preemption/preempt.ts';
import type { Occupant } from '../preemption/victim.ts';
import type { Entry } from '../queue/entry.ts';
import { NOTHING } from '../shares/amounts.ts';
import { toAmounts } from './amounts.ts';

export interface TrialRoomOptions {
  readonly placer: Placer;
  waiting(key: string): Waiting | undefined;
  /** The scheduler that the capacity group names, if it does. */
  schedulerOf(group: string): string | undefined;
}

/**
 * Trials on the placer's own snapshot. What is settled stays in it: whoever plans so must do it inside a
 * transaction that is undone.
 */
export function trialRoom({ placer, waiting, schedulerOf }: TrialRoomOptions): Room {
  const { snapshot } = placer;

  /** The places of all members; none where one has no place. */
  function settle(entry: Entry, without: readonly Occupant[]): readonly Place[] {
    for (const { key } of without) snapshot.release(key);
    const members = entry.members.flatMap(({ key }) => waiting(key) ?? []);
    if (members.length < entry.members.length) return [];
    const { placed } = placerFor(schedulerOf(entry.group), placer).placeAll(members);
    const asks = new Map(entry.members.map(({ key, ask }) => [key, ask]));
    return placed.map(({ key, agent }) => ({ agent, ask: asks.get(key) ?? NOTHING }));
  }

  return {
    free: (agent) => toAmounts(snapshot.agents.get(agent)?.free ?? []),
    fits: (entry, without) => snapshot.trial(() => settle(entry, without).length > 0),
    settle,
  };
}
