import type { Agent, Task, Volume } from '../../src/api/kinds.gen.ts';
import { isDeleting } from '../../src/api/object.ts';
import { hashText } from '../../src/api/task.ts';
import { claimsOf, claimsVolumes, sizeMiBOf, volumePhase } from '../../src/api/volume.ts';
import type { Framework, ResourcePiece } from '../../src/mesos/port.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { findVolume } from '../../src/volumes/pieces.ts';

export interface ClaimedOptions {
  readonly framework: Pick<Framework, 'offers'>;
  readonly agents: Informer<Agent>;
  readonly volumes: Informer<Volume>;
}

/** A Volume that a task names, where there is one. */
export interface Claimed {
  /** The volume's name in the job. */
  readonly name: string;
  readonly key: string;
  readonly volume: Volume | undefined;
}

/** What is known now of the Volumes that tasks name. */
export interface ClaimedVolumes {
  of(task: Task): readonly Claimed[];
  /** What is held of the offers of an agent; `undefined` where nothing is. */
  pieces(agentId: string): readonly ResourcePiece[] | undefined;
  /** What keeps a task from one of its Volumes, for people. */
  lackOf(task: Task, claimed: Claimed): string | undefined;
  /** Whether it is where it should be, and only an offer is waited for. */
  isAwaited(claimed: Claimed): boolean;
}

export function claimedVolumes({ framework, agents, volumes }: ClaimedOptions): ClaimedVolumes {
  const pieces = (agentId: string) =>
    framework
      .offers()
      .get(agentId)
      ?.flatMap((offer) => offer.pieces);

  /** Also where nothing is held of its agent: what comes will tell. */
  function isOffered({ metadata, status }: Volume): boolean {
    const held = pieces(agents.get(status?.agent ?? '')?.status?.agentId ?? '');
    return held === undefined || findVolume(metadata.uid, held).data !== undefined;
  }

  function awayText(volume: Volume, key: string): string | undefined {
    const { agent = '' } = volume.status ?? {};
    const phase = volumePhase(volume);
    if (phase === 'Pending') return undefined;
    if (phase !== 'Ready') return `the Volume ${key} is ${phase.toLowerCase()} on ${agent}`;
    if (agents.get(agent)?.status?.phase !== 'Active') {
      return `the Volume ${key} is on ${agent}, which cannot be reached`;
    }
    if (isOffered(volume)) return undefined;
    return `the Volume ${key} on ${agent} is not among what Mesos offers yet`;
  }

  return {
    of: (task) =>
      claimsOf(task.spec).map(({ name, volume }) => {
        const key = `${task.metadata.namespace ?? 'default'}/${volume}`;
        return { name, key, volume: volumes.get(key) };
      }),
    pieces,
    lackOf(task, { key, volume }) {
      if (volume === undefined) return `there is no Volume ${key}: create it`;
      if (isDeleting(volume)) return `the Volume ${key} is being deleted`;
      const { attachedTo } = volume.status ?? {};
      return attachedTo === undefined || attachedTo.uid === task.metadata.uid
        ? awayText(volume, key)
        : `the Volume ${key} is in use by the task ${attachedTo.task}`;
    },
    isAwaited: ({ volume }) =>
      volume !== undefined && volumePhase(volume) === 'Ready' && !isOffered(volume),
  };
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
