import type { Task } from '../../src/api/kinds.gen.ts';
import type { TaskAt } from '../../src/mesos/port.ts';

/** A task as Mesos knows it. */
export function placeOf({ status }: Pick<Task, 'status'>): TaskAt {
  const { mesosTaskId = '', agentId } = status ?? {};
  return { taskId: mesosTaskId, ...(agentId === undefined ? {} : { agentId }) };
}
