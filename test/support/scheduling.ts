import type { AgentView } from '../../src/scheduling/cluster/agent.ts';
import { Snapshot } from '../../src/scheduling/cluster/snapshot.ts';
import { createPlacer, type Placements, place } from '../../src/scheduling/place/placer.ts';
import type { Profile, Waiting } from '../../src/scheduling/place/profile.ts';

export interface Sizes {
  readonly cpus?: number;
  readonly memory?: number;
  readonly gpus?: number;
}

/** In thousandths: 16 cpus and 64 GiB unless told. */
export function scalarsOf({ cpus = 16, memory = 65_536, gpus = 0 }: Sizes) {
  return {
    cpus: cpus * 1000,
    memory: memory * 1000,
    disk: 1_000_000_000,
    ...(gpus > 0 ? { gpus: gpus * 1000 } : {}),
  };
}

/** An agent with ten ports. */
export function aView(name: string, sizes: Sizes = {}, more: Partial<AgentView> = {}): AgentView {
  return {
    name,
    capacity: {
      scalars: scalarsOf(sizes),
      ranges: { ports: [{ begin: 31_000, end: 31_009 }] },
    },
    attributes: {},
    ...more,
  };
}

export function inZone(zone: string, attributes: Record<string, string> = {}): Partial<AgentView> {
  return { attributes: { zone, ...attributes } };
}

export function aSnapshot(views: readonly AgentView[]): Snapshot {
  const snapshot = new Snapshot();
  for (const view of views) snapshot.putAgent(view);
  return snapshot;
}

/** One cpu and 1 GiB of a job called default/web, unless told. */
export function aProfile(more: Partial<Profile> & { readonly sizes?: Sizes } = {}): Profile {
  const { sizes = {}, ...rest } = more;
  const { cpus = 1, memory = 1_024, gpus = 0 } = sizes;
  const scalars = {
    cpus: Math.round(cpus * 1000),
    memory: memory * 1000,
    ...(gpus > 0 ? { gpus: gpus * 1000 } : {}),
  };
  const profile = {
    job: 'default/web',
    ask: { scalars },
    constraints: [],
    fitness: [{ name: 'PackCpusAndMemory', weight: 1 }],
    ...rest,
  };
  return { id: JSON.stringify(profile), ...profile };
}

/** So many tasks of the profile, named by numbers from `first`. */
export function tasksOf(profile: Profile, count: number, first = 0): readonly Waiting[] {
  return Array.from({ length: count }, (_, index) => ({ key: String(first + index), profile }));
}

export function placeIn(snapshot: Snapshot, queue: readonly Waiting[]): Placements {
  return place(queue, createPlacer(snapshot));
}

/** The agent of each task that was placed, by its key. */
export function whereIs({ placed }: Placements): Record<string, string> {
  return Object.fromEntries(placed.map(({ key, agent }) => [key, agent]));
}
