import { createHeap } from '../api/heap.ts';
import type { Fitness } from './fitness.ts';
import { type Refusal, refusalsOf } from './refusal.ts';
import { holds, type Room, roomOf, takeRoom } from './room.ts';
import type { Snapshot, Waiting } from './snapshot.ts';

/** Where a task goes. */
export interface Placement {
  readonly key: string;
  readonly agent: string;
  readonly agentId: string;
  readonly ports: readonly number[];
  readonly score: number;
}

/** Why a task goes nowhere now: every reason, with how many agents have it. */
export interface Unplaced {
  readonly key: string;
  readonly refusals: readonly Refusal[];
}

export interface Placements {
  readonly placed: readonly Placement[];
  readonly unplaced: readonly Unplaced[];
}

/**
 * Gives each task the agent that fits best, in the order of the tasks. The same arguments give the
 * same answer: of equal agents the lexicographically smallest name wins.
 *
 * Tasks that ask alike (same job, same ask, same agent) are a class: agents are scored once a class,
 * and after each placement only the agent that got the task is scored anew.
 */
export function place(tasks: readonly Waiting[], snapshot: Snapshot, fitness: Fitness): Placements {
  const rooms = snapshot.agents
    .map(roomOf)
    .toSorted((a, b) => (a.view.name < b.view.name ? -1 : 1));
  const placed: Placement[] = [];
  const unplaced: Unplaced[] = [];
  for (const alike of classesOf(tasks)) {
    const next = bestFirst(alike, rooms, fitness);
    let refusals: readonly Refusal[] | undefined;
    for (const task of alike) {
      const found = refusals === undefined ? next() : undefined;
      if (found === undefined) {
        refusals ??= refusalsOf(task, rooms);
        unplaced.push({ key: task.key, refusals });
      } else {
        const { name, agentId } = found.room.view;
        const ports = takeRoom(found.room, task);
        placed.push({ key: task.key, agent: name, agentId, ports, score: found.score });
      }
    }
  }
  return { placed, unplaced };
}

interface Scored {
  readonly room: Room;
  readonly score: number;
}

/** Each call gives the best room for the next task of the class, which must then be taken there. */
function bestFirst(
  alike: readonly Waiting[],
  rooms: readonly Room[],
  fitness: Fitness,
): () => Scored | undefined {
  const [task] = alike;
  const heap = createHeap<Scored>(
    (a, b) => a.score > b.score || (a.score === b.score && a.room.view.name < b.room.view.name),
  );
  let last: Room | undefined;

  function consider(room: Room): void {
    if (task === undefined || !holds(room, task)) return;
    const sameJob = room.jobs.get(task.job) ?? 0;
    heap.push({ room, score: fitness(task, { view: room.view, free: room.free, sameJob }) });
  }

  for (const room of rooms) consider(room);
  return () => {
    if (last !== undefined) consider(last);
    const best = heap.pop();
    last = best?.room;
    return best;
  };
}

function classesOf(tasks: readonly Waiting[]): Iterable<readonly Waiting[]> {
  const classes = new Map<string, Waiting[]>();
  for (const task of tasks) {
    const { cpusMilli, memoryMiB, diskMiB, ports } = task.ask;
    const name = [task.job, task.agent ?? '', cpusMilli, memoryMiB, diskMiB, ports].join('|');
    const alike = classes.get(name);
    if (alike === undefined) classes.set(name, [task]);
    else alike.push(task);
  }
  return classes.values();
}
