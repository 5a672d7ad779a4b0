/** A Volume's status as its life goes on: what is intended before it is asked of Mesos, and what came of it. */
import type { Task, Volume, VolumeStatus } from '../api/kinds.gen.ts';
import { persistenceIdOf, sizeMiBOf, volumePhase } from '../api/volume.ts';
import type { OperationUpdate } from '../mesos/port.ts';

/** Where a Volume is to be. */
export interface AgentAt {
  readonly agent: string;
  readonly agentId: string;
}

/** The task is to use the Volume; where it is nowhere yet, it is to be made on the task's agent. */
export function attached(volume: Volume, task: Task, at: AgentAt): VolumeStatus {
  const { metadata, status } = volume;
  const attachedTo = { task: task.metadata.name, uid: task.metadata.uid };
  if (volumePhase(volume) !== 'Pending') return { ...status, ...at, attachedTo };
  const attempts = (status?.attempts ?? 0) + 1;
  const { message: _, ...rest } = status ?? {};
  return {
    ...rest,
    ...at,
    attachedTo,
    phase: 'Binding',
    attempts,
    operationId: `${metadata.uid}.${attempts}.create`,
    sizeMiB: sizeMiBOf(volume),
    reservationId: metadata.uid,
    persistenceId: persistenceIdOf(volume),
  };
}

/** Mesos was never asked, or has said that nothing came of it: it may be made elsewhere. */
export function unbound({ status }: Volume, message: string): VolumeStatus {
  const { attempts = 0, conditions, observedGeneration } = status ?? {};
  return {
    phase: 'Pending',
    attempts,
    message,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}

/** It is to be destroyed. */
export function releasing({ metadata, status }: Volume): VolumeStatus {
  const attempts = (status?.attempts ?? 0) + 1;
  const { message: _, attachedTo: __, ...rest } = status ?? {};
  return {
    ...rest,
    phase: 'Releasing',
    attempts,
    operationId: `${metadata.uid}.${attempts}.unreserve`,
  };
}

/** Its data was seen on an agent. */
export function ready({ status }: Volume, at: AgentAt): VolumeStatus {
  const { operationId: _, message: __, ...rest } = status ?? {};
  return { ...rest, ...at, phase: 'Ready' };
}

/** Words of Mesos after which an operation will never come about. */
const NEVER: ReadonlySet<string> = new Set([
  'OPERATION_ERROR',
  'OPERATION_FAILED',
  'OPERATION_DROPPED',
  'OPERATION_UNKNOWN',
  'OPERATION_GONE_BY_OPERATOR',
]);

/** The status after an operation's update; `undefined` where it changes nothing, as an old one does. */
export function foldOperation(volume: Volume, update: OperationUpdate): VolumeStatus | undefined {
  const { status } = volume;
  if (status?.operationId === undefined || update.operationId !== status.operationId) {
    return undefined;
  }
  const isDone = update.state === 'OPERATION_FINISHED';
  if (!isDone && !NEVER.has(update.state)) return undefined;
  const { operationId: _, message: __, ...rest } = status;
  const why = update.message === undefined || update.message === '' ? update.state : update.message;
  if (volumePhase(volume) === 'Binding') {
    return isDone ? { ...rest, phase: 'Ready' } : unbound(volume, `Mesos did not make it: ${why}`);
  }
  if (isDone) return { ...rest, phase: 'Released' };
  return { ...rest, phase: 'Ready', message: `Mesos did not destroy it: ${why}` };
}

/** The uid of the Volume that an operation is about; `undefined` where it is none of ours. */
export function uidOfOperation(id: string): string | undefined {
  return /^(?<uid>[0-9a-f-]{36})\.\d+\.(?:create|unreserve)$/.exec(id)?.groups?.uid;
}
