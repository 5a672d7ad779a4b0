import type { Snapshot } from '../cluster/snapshot.ts';
import type { Given } from '../cluster/task.ts';
import { type Catalog, createCatalog } from './catalog.ts';
import { Finder } from './finder.ts';
import { createFinders } from './finders.ts';
import { PluginFailure, planOf } from './plan.ts';
import type { Profile, Waiting } from './profile.ts';

/** Where a task goes: it is bound there in the snapshot. */
export interface Placement {
  readonly key: string;
  readonly agent: string;
  readonly given: Given;
  /** 0 to 1. */
  readonly score: number;
}

/** A task that goes nowhere now. */
export interface Refused {
  readonly key: string;
  readonly profile: Profile;
  /** A rule or fitness that failed, by its name, and how. Absent: no agent can take the task. */
  readonly failure?: { readonly name: string; readonly message: string };
  /** What the scheduler that its capacity group names chose instead, for people. */
  readonly choice?: string;
}

/** What is known of a refusal without asking the agents, for people. */
export function refusalText({ failure, choice }: Refused): string | undefined {
  return failure === undefined ? choice : `${failure.name} failed: ${failure.message}`;
}

export interface Placements {
  readonly placed: readonly Placement[];
  readonly refused: readonly Refused[];
}

/** Places tasks in a snapshot, and remembers what it has worked out for the next ones like them. */
export interface Placer {
  readonly snapshot: Snapshot;
  readonly catalog: Catalog;
  /** What must be worked out before the first task of a class is placed, in short steps; `undefined` where nothing is. */
  prepare(profile: Profile): Generator<void, void> | undefined;
  /** One task: bound in the snapshot, or refused and nothing has changed. */
  place(task: Waiting): Placement | Refused;
  /** One task after another, in the order given. Every step is one task. */
  run(queue: Iterable<Waiting>): Generator<Placement | Refused, void>;
  /** All of the tasks, or none: then the snapshot is as it was. */
  placeAll(gang: readonly Waiting[]): Placements;
}

/** @param catalog what profiles may name; Titan's own unless given */
export function createPlacer(snapshot: Snapshot, catalog: Catalog = createCatalog()): Placer {
  const finders = createFinders((profile) => {
    return new Finder(planOf(profile, { catalog, snapshot }), snapshot);
  });

  function place(task: Waiting): Placement | Refused {
    const { key, profile } = task;
    try {
      const finder = finders.of(profile);
      const found = finder.best();
      if (found === undefined) return { key, profile };
      const agent = found.node.name;
      const { endsAt } = profile;
      const ends = endsAt === undefined ? {} : { endsAt };
      const given = snapshot.bind({ key, ...finder.plan.held, ...ends }, agent);
      return { key, agent, given, score: found.score };
    } catch (thrown) {
      if (!(thrown instanceof PluginFailure)) throw thrown;
      finders.forget(profile);
      return { key, profile, failure: { name: thrown.part, message: thrown.message } };
    }
  }

  function prepare(profile: Profile): Generator<void, void> | undefined {
    try {
      const steps = finders.of(profile).prepare();
      return steps === undefined ? undefined : untilFailure(steps);
    } catch (thrown) {
      if (thrown instanceof PluginFailure) return undefined;
      throw thrown;
    }
  }

  function* run(queue: Iterable<Waiting>): Generator<Placement | Refused, void> {
    for (const task of queue) yield place(task);
  }

  const placeAll = (gang: readonly Waiting[]) => allOrNone(gang, { snapshot, place });

  return { snapshot, catalog, prepare, place, run, placeAll };
}

/** A plugin that fails is told when a task is placed. */
function* untilFailure(steps: Generator<void, void>): Generator<void, void> {
  try {
    yield* steps;
  } catch (thrown) {
    if (!(thrown instanceof PluginFailure)) throw thrown;
  }
}

/** Places all of the tasks, or none: then the snapshot is as it was. */
export function allOrNone(
  gang: readonly Waiting[],
  { snapshot, place }: Pick<Placer, 'snapshot' | 'place'>,
): Placements {
  snapshot.begin();
  const placed: Placement[] = [];
  for (const task of gang) {
    const result = place(task);
    if (!isPlaced(result)) {
      snapshot.undo();
      return { placed: [], refused: [result] };
    }
    placed.push(result);
  }
  snapshot.commit();
  return { placed, refused: [] };
}

export function isPlaced(result: Placement | Refused): result is Placement {
  return 'agent' in result;
}

/** The whole of a queue at once. */
export function place(queue: Iterable<Waiting>, placer: Placer): Placements {
  const placed: Placement[] = [];
  const refused: Refused[] = [];
  for (const result of placer.run(queue)) {
    if (isPlaced(result)) placed.push(result);
    else refused.push(result);
  }
  return { placed, refused };
}
