import type { Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import type { TaskOrigin } from '../../src/api/task-origin.ts';
import type { TaskUpdate } from '../../src/mesos/port.ts';

/** A task that runs at Mesos and has no Task object. */
export interface LeftOutTask {
  readonly update: TaskUpdate;
  /** When it was looked at last, and for which task that waits in its instance. */
  lookedAt: Millis;
  lookedFor: string | undefined;
}

/** Tasks that run and were not adopted, by the instances that they say they are of. */
export interface LeftOut {
  readonly areAny: boolean;
  note(update: TaskUpdate, origin: TaskOrigin, now: Millis): void;
  forget(taskId: string): void;
  /** Those of the instance that a task is to run. */
  beside(task: Task): readonly LeftOutTask[];
}

/** Beyond it none is noted: what waits in its instance may start beside it. */
const NOTED_MAX = 100_000;

export function createLeftOut(): LeftOut {
  const instanceOf = new Map<string, string>();
  const byInstance = new Map<string, Map<string, LeftOutTask>>();

  return {
    get areAny() {
      return instanceOf.size > 0;
    },
    note(update, { jobUid, slot }, now) {
      const { taskId } = update;
      if (instanceOf.has(taskId) || instanceOf.size >= NOTED_MAX) return;
      const instance = `${jobUid} ${slot}`;
      const own = byInstance.get(instance) ?? new Map<string, LeftOutTask>();
      instanceOf.set(taskId, instance);
      byInstance.set(instance, own.set(taskId, { update, lookedAt: now, lookedFor: undefined }));
    },
    forget(taskId) {
      const instance = instanceOf.get(taskId) ?? '';
      const own = byInstance.get(instance);
      instanceOf.delete(taskId);
      own?.delete(taskId);
      if (own?.size === 0) byInstance.delete(instance);
    },
    beside({ metadata, spec }) {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
      return [...(byInstance.get(`${owner?.uid} ${spec.slot}`)?.values() ?? [])];
    },
  };
}
