import type { Millis } from '../../api/object.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { type Amounts, addTo, NOTHING } from '../shares/amounts.ts';
import type { Place } from './preempt.ts';

/** For whom tasks are stopped. */
export interface Nomination {
  /** The key of the entry in the queue. */
  readonly entry: string;
  /** The keys of its tasks. */
  readonly members: readonly string[];
  /** When it has come to nothing. */
  readonly until: Millis;
  /** Where its tasks are to go. */
  readonly places: readonly Place[];
}

/**
 * For whom tasks are being stopped. What is free where it is to go is kept for it, and so is what those
 * give back, until it has its place, or until a time has passed in which they should have ended. What was
 * free before counts too: else the tasks that come in the place of the stopped ones would take it.
 */
export interface Nominations {
  readonly size: number;
  has(entry: string): boolean;
  add(nomination: Nomination): void;
  /** The entry has its place, or wants none any more. @returns its members, if there was such a nomination */
  end(entry: string): readonly string[];
  /** Ends those whose time has passed, and those of which nothing waits any more. @returns their members */
  expire(now: Millis, waits: (member: string) => boolean): readonly string[];
  /** Takes what is kept for others than the entry out of what the snapshot may give away. */
  withhold(snapshot: Snapshot, entry: string | undefined): void;
  /** Gives back all that is withheld. */
  restore(snapshot: Snapshot): void;
}

/** Kills take up to 300 s; the room is then offered within seconds. */
export const NOMINATION_MS = 330_000;

interface Kept extends Nomination {
  readonly kept: ReadonlyMap<string, Amounts>;
}

export function createNominations(): Nominations {
  const nominations = new Map<string, Kept>();
  const ghosts = new Set<string>();

  function end(entry: string): readonly string[] {
    const members = nominations.get(entry)?.members ?? [];
    nominations.delete(entry);
    return members;
  }

  function restore(snapshot: Snapshot): void {
    for (const key of ghosts) snapshot.release(key);
    ghosts.clear();
  }

  return {
    get size() {
      return nominations.size;
    },
    has: (entry) => nominations.has(entry),
    add(nomination) {
      nominations.set(nomination.entry, { ...nomination, kept: keptBy(nomination.places) });
    },
    end,
    expire(now, waits) {
      return [...nominations].flatMap(([key, { until, members }]) => {
        return until <= now || !members.some(waits) ? end(key) : [];
      });
    },
    withhold(snapshot, entry) {
      restore(snapshot);
      for (const [key, { kept }] of nominations) {
        if (key === entry) continue;
        for (const [agent, amounts] of kept) {
          const ghost = `kept/${key}/${agent}`;
          const ask = ghostAsk(snapshot, agent, amounts);
          if (ask === undefined) continue;
          snapshot.bind({ key: ghost, job: `kept/${key}`, ask }, agent);
          ghosts.add(ghost);
        }
      }
    },
    restore,
  };
}

function keptBy(places: readonly Place[]): ReadonlyMap<string, Amounts> {
  const kept = new Map<string, number[]>();
  for (const { agent, ask } of places) {
    const sum = kept.get(agent) ?? [...NOTHING];
    addTo(sum, ask, 1);
    kept.set(agent, sum);
  }
  return kept;
}

/** So much of it as is free there now. */
function ghostAsk(snapshot: Snapshot, agent: string, [cpus = 0, memory = 0, disk = 0]: Amounts) {
  const free = snapshot.agents.get(agent)?.free;
  if (free === undefined) return undefined;
  const wanted = [cpus, memory * 1000, disk * 1000];
  const [least = 0, lessMemory = 0, lessDisk = 0] = wanted.map((amount, at) =>
    Math.max(0, Math.min(amount, free[at] ?? 0)),
  );
  return { scalars: { cpus: least, memory: lessMemory, disk: lessDisk } };
}
