import type { V1KillPolicy } from '../../v1.ts';
import type { LaunchOrder } from '../link.ts';
import type { TaskOrder } from './launcher.ts';
import type { Executor, ExecutorTools, KeptRun, KeptTaskRun, Saying } from './port.ts';
import { type RunHost, TaskRun } from './task-run.ts';

const shutdownGraceMs = 5_000;

/** Runs one task's command, and is nothing without it: it shares the task's container. */
export class CommandExecutor implements Executor, RunHost {
  readonly #tools: ExecutorTools;
  #run: TaskRun | undefined;

  constructor(tools: ExecutorTools) {
    this.#tools = tools;
  }

  get isLingering(): boolean {
    return this.#run?.isLingering === true;
  }

  get pid(): number | undefined {
    return this.#run?.kept().mark?.pid;
  }

  launch(orders: readonly LaunchOrder[]): void {
    for (const order of orders) {
      this.#run = this.#make(order, undefined);
      this.#run.launch(this.#tools.startDelayMs ?? 0);
    }
  }

  recover(tasks: readonly KeptTaskRun[]): void {
    for (const { order, run } of tasks) {
      this.#run = this.#make(order, run);
      this.#run.recover();
    }
  }

  kill(_: string, policy: V1KillPolicy | undefined): void {
    this.#run?.kill(policy);
  }

  /** A command does not listen. */
  message(): void {}

  shutdown(): void {
    this.#run?.killWithin(shutdownGraceMs);
  }

  end(): void {
    this.#run?.end();
  }

  endNow(): void {
    this.#run?.endNow();
  }

  release(): void {
    this.#run?.release();
  }

  forget(order: LaunchOrder): void {
    this.#tools.launcher.forget(asContainer(order));
  }

  keptRun(): KeptRun | undefined {
    return this.#run?.kept();
  }

  kept(): undefined {}

  #make(order: LaunchOrder, before: KeptRun | undefined): TaskRun {
    return new TaskRun({
      order: asContainer(order),
      container: { value: before?.containerId ?? this.#tools.random.uuid() },
      tellsKilling: order.tellsKilling,
      ...(before ? { before } : {}),
      tools: this.#tools,
      host: this,
    });
  }

  save({ frameworkId, task }: TaskOrder): void {
    this.#tools.host.keepTask(frameworkId, task.task_id.value);
  }

  tell({ frameworkId, task }: TaskOrder, saying: Saying): void {
    this.#tools.host.update(frameworkId, task.task_id.value, saying);
  }
}

function asContainer({ frameworkId, task }: LaunchOrder) {
  return { frameworkId, task };
}
