import { type Condition, mergeConditions } from '../../src/api/condition.ts';
import type { Volume, VolumeStatus } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis } from '../../src/api/object.ts';
import { volumePhase } from '../../src/api/volume.ts';
import { inUseBy, type VolumeWorld } from './plan.ts';

type Words = Required<Pick<Condition, 'status' | 'reason' | 'message'>>;

/** What people are told of a Volume beside its phase. */
export function volumeStatus(volume: Volume, world: VolumeWorld, now: Millis): VolumeStatus {
  const observedGeneration = volume.metadata.generation ?? 0;
  const words = wordsFor(volume, world);
  const condition = { type: 'Ready', ...words, observedGeneration };
  const { message: _, ...rest } = volume.status ?? {};
  return {
    ...rest,
    phase: volumePhase(volume),
    ...(words.status === 'True' ? {} : { message: words.message }),
    observedGeneration,
    conditions: mergeConditions(volume.status?.conditions, [condition], now),
  };
}

function wordsFor(volume: Volume, world: VolumeWorld): Words {
  const { agent = 'its agent', message } = volume.status ?? {};
  const no = (reason: string, text: string): Words => ({ status: 'False', reason, message: text });
  const phase = volumePhase(volume);
  if (isDeleting(volume)) return no('Deleting', deletionText(volume, world));
  if (phase === 'Pending') return no('Unused', message ?? 'No task that names it has an agent yet');
  if (phase === 'Binding') return no('Binding', `It is being made on ${agent}`);
  if (world.agent?.status?.phase !== 'Active') {
    return no('AgentAway', `${agent} cannot be reached; its data stays there`);
  }
  return { status: 'True', reason: 'Ready', message: `Its data is on ${agent}` };
}

function deletionText(volume: Volume, world: VolumeWorld): string {
  const [user] = inUseBy(world);
  const { agent = 'its agent' } = volume.status ?? {};
  if (user !== undefined) return `It is deleted once the task ${user.metadata.name} has ended`;
  if (world.agent?.status?.phase !== 'Active') {
    return `It is destroyed once ${agent} can be reached; should that never be, annotate it with titan.dev/abandon=true`;
  }
  return `It is destroyed once Mesos offers it on ${agent}`;
}
