import type { Millis } from '../../api/object.ts';
import type { AgentView } from '../cluster/agent.ts';
import { drive } from '../drive/drive.ts';
import type { Placer } from '../place/placer.ts';
import type { Waiting } from '../place/profile.ts';
import { createNominations } from '../preemption/nominations.ts';
import type { Entry } from '../queue/entry.ts';
import { createQueue } from '../queue/queue.ts';
import type { Ledger } from '../shares/ledger.ts';

/** What waits, on a cluster to which agents might be added. Nothing of it is changed. */
export interface CureWorld {
  readonly placer: Placer;
  readonly ledger: Ledger;
  /** All that waits, in any order. */
  readonly entries: readonly Entry[];
  waiting(key: string): Waiting | undefined;
  /** The scheduler that the capacity group names, if it does. */
  schedulerOf(group: string): string | undefined;
  readonly now: Millis;
}

/** So many more agents of a kind, and what they are good for. */
export interface Cure {
  /** One agent less would leave more of it waiting. */
  readonly agents: number;
  /** How many tasks wait now that would not wait then. */
  readonly tasks: number;
}

export interface CureOptions {
  /** An agent of the pool, empty; its name does not matter. */
  readonly like: AgentView;
  /** Agents that may be added at the most. */
  readonly most: number;
}

/**
 * How many more agents like this one would cure what waits: as few as place all that `most` of them would,
 * by the same code that places tasks. What no such agent can take, and what the share of its capacity
 * group keeps back, is no reason for any; a fleet that is full is.
 */
export function agentsToCure(world: CureWorld, { like, most }: CureOptions): Cure {
  const tries = new Map<number, number>();
  function placedWith(agents: number): number {
    const placed = tries.get(agents) ?? placedOn(world, like, agents);
    tries.set(agents, placed);
    return placed;
  }
  const now = placedWith(0);
  const all = placedWith(most);
  if (all <= now) return { agents: 0, tasks: 0 };
  let [low, high] = [1, most];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placedWith(middle) >= all) high = middle;
    else low = middle + 1;
  }
  return { agents: low, tasks: placedWith(low) - now };
}

/** How many of the tasks that wait would have a place, were so many agents there beside. */
function placedOn(world: CureWorld, like: AgentView, agents: number): number {
  const { placer, waiting, schedulerOf, now } = world;
  const { snapshot } = placer;
  return snapshot.trial(() => {
    for (let at = 0; at < agents; at += 1) {
      snapshot.putAgent({ ...like, name: `${like.name}~${at + 1}`, unschedulable: false });
    }
    const queue = createQueue(roomyLedger(world.ledger));
    for (const entry of world.entries) queue.add(entry);
    const steps = drive({
      pass: queue.pass(now),
      placer,
      waiting,
      schedulerOf,
      nominations: createNominations(),
    });
    let placed = 0;
    for (const step of steps) if ('placements' in step) placed += step.placements.length;
    return placed;
  });
}

/** The shares as they are now, but that a fleet that is full keeps nothing back: the agents tell that. */
function roomyLedger(ledger: Ledger): Ledger {
  const trial = ledger.fork();
  return {
    ...trial,
    judge(group, ask) {
      const verdict = trial.judge(group, ask);
      const isFull = !verdict.admitted && verdict.refusal.lacks === 'FleetFull';
      return isFull ? { admitted: true } : verdict;
    },
  };
}
