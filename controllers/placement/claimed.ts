import type { Agent, Task, Volume } from '../../src/api/kinds.gen.ts';
import { volumePhase } from '../../src/api/volume.ts';
import type { Framework, ResourcePiece } from '../../src/mesos/port.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { type Claimed, claimedBy, claimLack } from '../../src/scheduling/objects/claims.ts';
import { findVolume } from '../../src/volumes/pieces.ts';

interface ClaimedOptions {
  readonly framework: Pick<Framework, 'offers'>;
  readonly agents: Informer<Agent>;
  readonly volumes: Informer<Volume>;
}

/** What is known now of the Volumes that tasks name. */
interface ClaimedVolumes {
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
    of: (task) => claimedBy(task, (key) => volumes.get(key)),
    pieces,
    lackOf(task, claimed) {
      const { key, volume } = claimed;
      return claimLack(task, claimed) ?? (volume && awayText(volume, key));
    },
    isAwaited: ({ volume }) =>
      volume !== undefined && volumePhase(volume) === 'Ready' && !isOffered(volume),
  };
}
