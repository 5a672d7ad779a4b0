import type { Agent, Task, Volume, VolumeStatus } from '../../src/api/kinds.gen.ts';
import { isDeleting } from '../../src/api/object.ts';
import { isAtMesos, isLive } from '../../src/api/task.ts';
import { ABANDON_ANNOTATION, volumePhase } from '../../src/api/volume.ts';
import type { Operation, ResourcePiece } from '../../src/mesos/port.ts';
import { type AgentAt, ready, releasing } from '../../src/volumes/life.ts';
import { findVolume, releaseOf } from '../../src/volumes/pieces.ts';

/** What is held of an agent's offers. */
export interface Offered extends AgentAt {
  readonly pieces: readonly ResourcePiece[];
}

export interface VolumeWorld {
  /** The task that the status names, as the store has it now; absent where there is none. */
  readonly user: Task | undefined;
  /** Live tasks that name the Volume. */
  readonly claimants: readonly Task[];
  readonly agent: Agent | undefined;
  readonly offered: readonly Offered[];
}

export type VolumeStep =
  | { readonly do: 'nothing' }
  /** Store the status: it is as seen. */
  | { readonly do: 'note'; readonly status: VolumeStatus }
  /** Nothing of it is left, or what is left is nobody's. */
  | { readonly do: 'forget'; readonly why: 'Unused' | 'Destroyed' | 'Retained' | 'Abandoned' }
  /** Store the status, then ask Mesos for the operations. */
  | {
      readonly do: 'release';
      readonly status: VolumeStatus;
      readonly agentId: string;
      operations(volume: Volume): readonly Operation[];
    };

/** What is to be done about one Volume now. Nothing is destroyed while a task may use it, reachable or not. */
export function planVolume(volume: Volume, world: VolumeWorld): VolumeStep {
  const seen = noted(volume, world);
  if (seen !== undefined) return { do: 'note', status: seen };
  if (!isDeleting(volume)) return { do: 'nothing' };
  if (inUseBy(world).length > 0) return { do: 'nothing' };
  const phase = volumePhase(volume);
  if (phase === 'Pending') return { do: 'forget', why: 'Unused' };
  if (phase === 'Released') return { do: 'forget', why: 'Destroyed' };
  if (volume.metadata.annotations?.[ABANDON_ANNOTATION] === 'true') {
    return { do: 'forget', why: 'Abandoned' };
  }
  if (phase !== 'Ready') return { do: 'nothing' };
  if (volume.spec.reclaimPolicy === 'Retain') return { do: 'forget', why: 'Retained' };
  return planRelease(volume, world);
}

function planRelease(volume: Volume, { offered }: VolumeWorld): VolumeStep {
  const place = offered.find(({ agent }) => agent === volume.status?.agent);
  if (place === undefined || releaseOf(volume, place.pieces).length === 0) return { do: 'nothing' };
  return {
    do: 'release',
    status: releasing(volume),
    agentId: place.agentId,
    operations: (intended) => releaseOf(intended, place.pieces),
  };
}

/** What the status should say of who uses it and of where it was seen; `undefined` where it does. */
function noted(volume: Volume, { user, offered }: VolumeWorld): VolumeStatus | undefined {
  const { attachedTo, ...rest } = volume.status ?? {};
  const phase = volumePhase(volume);
  if (attachedTo !== undefined && (user === undefined || !isLive(user))) return rest;
  if (phase !== 'Pending' && phase !== 'Binding') return undefined;
  const place = offered.find(({ pieces }) => findVolume(volume.metadata.uid, pieces).data);
  if (place === undefined) return undefined;
  return ready(volume, { agent: place.agent, agentId: place.agentId });
}

/** Whether it is destroyed as soon as its agent is offered: while a task uses it no offer is of use. */
export function waitsForOffer(volume: Volume, claimants: readonly Task[]): boolean {
  const isReady = isDeleting(volume) && volumePhase(volume) === 'Ready';
  return isReady && inUseBy({ claimants }).length === 0;
}

/** Tasks that may run with it, so that nothing of it may go: also where their agent is cut off. */
export function inUseBy({ claimants }: Pick<VolumeWorld, 'claimants'>): readonly Task[] {
  return claimants.filter(isAtMesos);
}
