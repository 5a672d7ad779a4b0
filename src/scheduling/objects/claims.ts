import type { Task, Volume } from '../../api/kinds.gen.ts';
import { isDeleting } from '../../api/object.ts';
import { hashText } from '../../api/task.ts';
import { claimsOf, claimsVolumes, sizeMiBOf, volumePhase } from '../../api/volume.ts';

/** A Volume that a task names, where there is one. */
export interface Claimed {
  /** The volume's name in the job. */
  readonly name: string;
  readonly key: string;
  readonly volume: Volume | undefined;
}

export function claimedBy(
  { metadata, spec }: Task,
  volumeOf: (key: string) => Volume | undefined,
): readonly Claimed[] {
  return claimsOf(spec).map(({ name, volume }) => {
    const key = `${metadata.namespace ?? 'default'}/${volume}`;
    return { name, key, volume: volumeOf(key) };
  });
}

/** What keeps a task from one of its Volumes wherever that is, for people. */
export function claimLack({ metadata }: Task, { key, volume }: Claimed): string | undefined {
  if (volume === undefined) return `there is no Volume ${key}: create it`;
  if (isDeleting(volume)) return `the Volume ${key} is being deleted`;
  const { attachedTo } = volume.status ?? {};
  if (attachedTo === undefined || attachedTo.uid === metadata.uid) return undefined;
  return `the Volume ${key} is in use by the task ${attachedTo.task}`;
}

/** What keeps a task from having all its Volumes on one agent, for people. */
export function claimsApart({ spec }: Task, claimed: readonly Claimed[]): string | undefined {
  const homes = new Set([spec.agent, ...claimed.map(({ volume }) => volume?.status?.agent)]);
  homes.delete(undefined);
  if (claimed.length === 0 || homes.size < 2) return undefined;
  return `its Volumes are on several agents, or not where it must run: ${[...homes].join(', ')}`;
}

/** The task as it is to be placed: where its Volumes are, or with room for those that are nowhere yet. */
export function asPlaced(task: Task, claimed: readonly Claimed[]): Task {
  if (!claimsVolumes(task.spec)) return task;
  const own = claimed.flatMap(({ volume }) => volume ?? []);
  const agent = task.spec.agent ?? own.find(({ status }) => status?.agent)?.status?.agent;
  const fresh = own.filter((volume) => volumePhase(volume) === 'Pending');
  const where = fresh.flatMap(({ spec }) => Object.entries(spec.where?.attributes ?? {}));
  const rules = where.map(([attribute, value]) => ({
    rule: 'Equals' as const,
    attribute,
    values: [value],
  }));
  const freshMiB = fresh.reduce((sum, volume) => sum + sizeMiBOf(volume), 0);
  const { revision, diskMiB, constraints = [] } = task.spec;
  return {
    ...task,
    spec: {
      ...task.spec,
      revision: `${revision}-${hashText(JSON.stringify([agent, freshMiB, where]))}`,
      diskMiB: diskMiB + freshMiB,
      ...(rules.length === 0 ? {} : { constraints: [...constraints, ...rules] }),
      ...(agent === undefined ? {} : { agent }),
    },
  };
}
