import { batchOf, RUNTIME_LIMIT_EXCEEDED } from '../../src/api/batch.ts';
import { durationText } from '../../src/api/duration.ts';
import { asTitanError } from '../../src/api/error.ts';
import { type Job, TASK, type Task, type TaskStatus } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import { type Partition, partitionOf } from '../../src/api/partition.ts';
import { TASK_FINALIZER, unitOf } from '../../src/api/task.ts';
import type { Framework } from '../../src/mesos/port.ts';
import type { Controller, Outcome, Runtime } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import type { RateLimit } from '../../src/runtime/rate-limit.ts';
import type { Connection } from './connection.ts';
import { placeOf } from './place.ts';
import { planTask, STOP_OVERDUE, type TaskStep } from './plan.ts';
import type { StopHooks } from './stop-hooks.ts';
import { createTeller, type TellerOptions } from './teller.ts';

export interface TaskControllerOptions extends Runtime, TellerOptions {
  readonly framework: Pick<Framework, 'ask' | 'kill' | 'message'>;
  readonly connection: Connection;
  /** Bounds the kills of the whole fault domain. */
  readonly kills: RateLimit;
  readonly jobs: Informer<Job>;
  readonly hooks: StopHooks;
}

type PreStop = Extract<TaskStep, { do: 'pre-stop' }>;

/** When to look again where the bound on kills, or on hooks, was met. */
const AGAIN_MS = 1_000;

/** Stops tasks that are to go, and looks after those that nothing is heard of. */
export function taskController(options: TaskControllerOptions): Controller<Task> {
  const { client, clock, framework, connection, kills, jobs, hooks, log, recorder } = options;
  const tell = createTeller(options);

  function write(task: Task, status: TaskStatus): Promise<Task> {
    return client.updateStatus(TASK, { ...task, status });
  }

  async function hook(task: Task, { status, untilAt }: PreStop): Promise<Outcome<TaskStatus>> {
    if (!hooks.hasRoom) return later(task);
    hooks.run(status === undefined ? task : await write(task, status));
    return { wakeInMs: untilAt - clock.now() };
  }

  async function stop(task: Task, status: TaskStatus, graceMs: number) {
    if (kills.left() === 0) return later(task);
    kills.took();
    await kill(task, status, graceMs);
    tellOfStop(task, status);
    log.info('task told to stop', { task: task.metadata.name, kills: status.killsSent });
    return { wakeInMs: 0 };
  }

  async function ask(task: Task, untilAt: Millis): Promise<Outcome<TaskStatus>> {
    await framework.ask(placeOf(task)).catch((error: unknown) => {
      const { message } = asTitanError(error);
      log.warn('Mesos was not asked', { task: task.metadata.name, error: message });
    });
    return { wakeInMs: untilAt - clock.now() };
  }

  async function kill(task: Task, status: TaskStatus, graceMs: number): Promise<void> {
    await write(task, status);
    await framework.kill(placeOf({ ...task, status }), graceMs).catch((error: unknown) => {
      const { message } = asTitanError(error);
      log.warn('kill not sent, will be sent again', { task: task.metadata.name, error: message });
    });
  }

  /** Once for each reason. */
  function tellOfStop(task: Task, { reason, message }: TaskStatus): void {
    if (reason === task.status?.reason) return;
    if (reason !== STOP_OVERDUE && reason !== RUNTIME_LIMIT_EXCEEDED) return;
    recorder.warning(task, reason, `Stopping it: ${message ?? 'no reason given'}`);
  }

  async function release(task: Task): Promise<void> {
    const finalizers = task.metadata.finalizers?.filter((name) => name !== TASK_FINALIZER) ?? [];
    await client.update(TASK, { ...task, metadata: { ...task.metadata, finalizers } });
  }

  /** The job that the task belongs to, not a newer one of the same name. */
  function jobOf({ metadata, spec }: Task): Job | undefined {
    const job = jobs.get(`${metadata.namespace ?? 'default'}/${spec.jobName}`);
    const isOwner = metadata.ownerReferences?.some(({ uid }) => uid === job?.metadata.uid) === true;
    return isOwner ? job : undefined;
  }

  async function reconcile(task: Task): Promise<Outcome<TaskStatus>> {
    const job = jobOf(task);
    const partition = partitionOf(job);
    const step = planTask(task, {
      now: clock.now(),
      connectedSince: connection.since(),
      partition,
      runtimeLimitMs: job && batchOf(job)?.runtimeLimitMs,
    });
    switch (step.do) {
      case 'wait':
        return { wakeInMs: Math.min(step.untilAt - clock.now(), await tell(task, job)) };
      case 'pre-stop':
        return hook(task, step);
      case 'release':
        if (task.metadata.finalizers?.includes(TASK_FINALIZER)) await release(task);
        break;
      case 'ask':
        return ask(task, step.untilAt);
      case 'kill':
        return stop(task, step.status, step.graceMs);
      case 'let-replace':
        await write(task, step.status);
        recorder.warning(task, 'AgentCutOff', replaceText(task, partition));
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

/** Not all that wait at once. */
function later({ metadata }: Task): Outcome<TaskStatus> {
  return { wakeInMs: AGAIN_MS * (1 + 9 * unitOf(metadata.name)) };
}

function replaceText({ status }: Task, { onReturn, giveUpAfterMs }: Partition): string {
  const agent = status?.agent ?? status?.agentId ?? 'unknown';
  const wait = `it is waited for ${durationText(giveUpAfterMs)}`;
  return `Its agent ${agent} is cut off: another task may take its place; ${wait}, and if it returns one of them is kept (${onReturn})`;
}
