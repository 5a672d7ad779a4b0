import { executorIdOf, messageDue } from '../../src/api/executor.ts';
import { type Job, TASK, type Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import { phaseOf } from '../../src/api/task.ts';
import type { Framework } from '../../src/mesos/port.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';

export interface TellerOptions extends Pick<Runtime, 'client'> {
  readonly framework: Pick<Framework, 'message'>;
  /** With index `agent` (by agent id, live tasks only). */
  readonly tasks: Informer<Task>;
}

/** When to look again where another task of a shared executor is to send the message first. */
const SOON_MS = 250;
const DONE = Number.POSITIVE_INFINITY;

/**
 * Sends the job's message to the executor of a task that has not had it; of tasks that share one the
 * first by name does. It is sent before that is noted: after a crash between the two it is sent again.
 *
 * @returns in how many milliseconds to look again
 */
export function createTeller({ client, framework, tasks }: TellerOptions) {
  /** The task that speaks to the executor: it runs. */
  function speakerOf(task: Task, executorId: string): Task {
    const others = tasks.by('agent', task.status?.agentId ?? '').filter((other) => {
      return phaseOf(other) === 'Running' && executorIdOf(other) === executorId;
    });
    return others.reduce((a, b) => (a.metadata.name <= b.metadata.name ? a : b), task);
  }

  return async (task: Task, job: Job | undefined): Promise<Millis> => {
    const message = job && messageDue(task, job);
    const { agentId } = task.status ?? {};
    const executorId = executorIdOf(task);
    if (message === undefined || executorId === undefined || agentId === undefined) return DONE;
    const { sequence, text } = message;
    const speaker = speakerOf(task, executorId);
    if (speaker.metadata.uid === task.metadata.uid) {
      await framework.message({ agentId, executorId, data: new TextEncoder().encode(text) });
    } else if ((speaker.status?.messageSequence ?? 0) < sequence) return SOON_MS;
    const status = { ...task.status, messageSequence: sequence };
    await client.updateStatus(TASK, { ...task, status });
    return DONE;
  };
}
