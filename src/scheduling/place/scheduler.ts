import type { Room } from '../cluster/agent.ts';
import { allOrNone, isPlaced, type Placer } from './placer.ts';
import { asking, PluginFailure } from './plan.ts';
import type { Waiting } from './profile.ts';

/**
 * Chooses agents in place of Titan, for the tasks of the capacity groups that name it. It is shown the
 * agents and changes nothing; what it chooses must be able to take the task, or the task is refused.
 */
export interface Scheduler {
  /** @returns the name of an agent; `undefined` where none will do */
  choose(task: Waiting, agents: Iterable<Room>): string | undefined;
}

/** What places the tasks of one capacity group. */
export type GroupPlacer = Pick<Placer, 'place' | 'placeAll'>;

/** Titan's own placer where no scheduler is named, else one that asks that scheduler. */
export function placerFor(scheduler: string | undefined, placer: Placer): GroupPlacer {
  if (scheduler === undefined) return placer;
  const { snapshot, catalog } = placer;

  function place(task: Waiting): ReturnType<Placer['place']> {
    const { key, profile } = task;
    try {
      const agent = chosen(task);
      if (agent === undefined) {
        return { key, profile, choice: `the scheduler ${scheduler} chose none of the agents` };
      }
      const pinned = { ...profile, id: `${profile.id}@${agent}`, agent };
      const result = placer.place({ key, profile: pinned });
      if (isPlaced(result)) return result;
      const choice = `the scheduler ${scheduler} chose ${agent}, which cannot take it`;
      return { ...result, profile, choice };
    } catch (thrown) {
      if (!(thrown instanceof PluginFailure)) throw thrown;
      return { key, profile, failure: { name: thrown.part, message: thrown.message } };
    }
  }

  function chosen(task: Waiting): string | undefined {
    const name = scheduler ?? '';
    const found = catalog.schedulers.get(name);
    if (found === undefined) throw new PluginFailure(name, 'there is no scheduler of this name');
    const agent = asking(name, () => found.choose(task, snapshot.agents.values()));
    if (agent === undefined || task.profile.agent === undefined) return agent;
    return agent === task.profile.agent ? agent : undefined;
  }

  return { place, placeAll: (gang) => allOrNone(gang, { snapshot, place }) };
}
