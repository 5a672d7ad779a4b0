import { asTitanError } from '../../src/api/error.ts';
import { TASK, type Task, type TaskStatus } from '../../src/api/kinds.gen.ts';
import { TASK_FINALIZER } from '../../src/api/task.ts';
import type { Framework } from '../../src/mesos/port.ts';
import type { Controller, Outcome, Runtime } from '../../src/runtime/controller.ts';
import type { Connection } from './connection.ts';
import { planTask } from './plan.ts';

export interface TaskControllerOptions extends Runtime {
  readonly framework: Pick<Framework, 'kill'>;
  readonly connection: Connection;
}

/** Stops tasks that are to go, and looks after those that nothing is heard of. */
export function taskController(options: TaskControllerOptions): Controller<Task> {
  const { client, clock, framework, connection, log, recorder } = options;

  function write(task: Task, status: TaskStatus): Promise<Task> {
    return client.updateStatus(TASK, { ...task, status });
  }

  async function kill(task: Task, status: TaskStatus, graceMs: number): Promise<void> {
    const { mesosTaskId = '', agentId } = status;
    await write(task, status);
    const at = { taskId: mesosTaskId, ...(agentId === undefined ? {} : { agentId }) };
    await framework.kill(at, graceMs).catch((error: unknown) => {
      const { message } = asTitanError(error);
      log.warn('kill not sent, will be sent again', { task: task.metadata.name, error: message });
    });
  }

  async function release(task: Task): Promise<void> {
    const finalizers = task.metadata.finalizers?.filter((name) => name !== TASK_FINALIZER) ?? [];
    await client.update(TASK, { ...task, metadata: { ...task.metadata, finalizers } });
  }

  async function reconcile(task: Task): Promise<Outcome<TaskStatus>> {
    const step = planTask(task, { now: clock.now(), connectedSince: connection.since() });
    switch (step.do) {
      case 'wait':
        return { wakeInMs: step.untilAt - clock.now() };
      case 'release':
        if (task.metadata.finalizers?.includes(TASK_FINALIZER)) await release(task);
        break;
      case 'kill':
        await kill(task, step.status, step.graceMs);
        log.info('task told to stop', { task: task.metadata.name, kills: step.status.killsSent });
        break;
      case 'give-up':
        await write(task, step.status);
        recorder.warning(task, 'TaskLost', step.status.message ?? 'given up');
        break;
    }
    return { wakeInMs: 0 };
  }

  return { name: 'task', kind: TASK, reconcile };
}
