/** Jobs whose tasks are run by a program of their own that speaks Mesos' executor API. */
import type { Cause } from './error.ts';
import type { Job, Task, TaskStatus } from './kinds.gen.ts';
import { type Millis, toTimestamp } from './object.ts';
import { diskToMiB, memoryToMiB, sizeFaults } from './quantity.ts';

/** The id at Mesos of the executor that runs the task; `undefined` where it has none of its own. */
export function executorIdOf({ metadata, spec, status }: Task): string | undefined {
  if (spec.executor === undefined) return undefined;
  if (!spec.executor.shared) return status?.mesosTaskId;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return `${spec.jobName}.${spec.revision}.${owner?.uid ?? metadata.uid}`;
}

export function executorFaults({
  executor,
  executorMessage,
  container,
  sidecars = [],
  volumes = [],
}: Job['spec']): readonly Cause[] {
  if (executor === undefined) {
    return executorMessage === undefined
      ? []
      : [invalid('spec.executorMessage', 'there is nobody to hear it: give spec.executor as well')];
  }
  return [
    ...(container === undefined ? [] : [invalid('spec.container', INSTEAD)]),
    ...(sidecars.length === 0 ? [] : [invalid('spec.sidecars', INSTEAD)]),
    ...(volumes.length === 0
      ? []
      : [invalid('spec.volumes', 'an executor of your own mounts none: leave them out')]),
    ...sizeFaults('spec.executor.memory', executor.memory, memoryToMiB, 'MiB, for example 32'),
    ...sizeFaults('spec.executor.disk', executor.disk, diskToMiB, 'GiB, for example 1 or 100Mi'),
  ];
}

const INSTEAD = 'the tasks are run by spec.executor: leave one of the two out';

function invalid(field: string, message: string): Cause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${message}` };
}

type Message = NonNullable<Job['spec']['executorMessage']>;

/** The message of the job that the executor of a task has not been sent; only one that runs hears it. */
export function messageDue({ status }: Task, { spec }: Job): Message | undefined {
  const { executorMessage: message } = spec;
  if (message === undefined || status?.phase !== 'Running') return undefined;
  return message.sequence > (status.messageSequence ?? 0) ? message : undefined;
}

export type Heard = NonNullable<TaskStatus['executorMessages']>;

const LAST_MAX = 10;
const TEXT_MAX = 1_024;

/** A message of an executor, as a task shows it. */
export function heardOf(data: Uint8Array, now: Millis): Heard {
  const text = textOf(data).slice(0, TEXT_MAX);
  return { received: 1, last: [{ at: toTimestamp(now), text }] };
}

/** All of them together, of which the last ten are kept. */
export function joinHeard(older: Heard | undefined, newer: Heard): Heard {
  if (older === undefined) return newer;
  const last = [...older.last, ...newer.last].slice(-LAST_MAX);
  return { received: older.received + newer.received, last };
}

function textOf(data: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return `base64:${btoa(String.fromCharCode(...data.slice(0, TEXT_MAX)))}`;
  }
}
