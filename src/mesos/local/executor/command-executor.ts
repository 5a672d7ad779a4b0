import type { V1KillPolicy } from '../../v1.ts';
import type { LaunchOrder } from '../link.ts';
import type { Executor, ExecutorTools, KeptRun, KeptTaskRun } from './port.ts';
import { TaskRun } from './task-run.ts';

const shutdownGraceMs = 5_000;

/** Runs one task's command, and is nothing without it: it shares the task's container. */
export class CommandExecutor implements Executor {
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
    const { launcher, clock, random, host } = this.#tools;
    return new TaskRun({
      order: asContainer(order),
      container: { value: before?.containerId ?? random.uuid() },
      tellsKilling: order.tellsKilling,
      ...(before ? { before } : {}),
      launcher,
      clock,
      save: (taskId) => host.keepTask(order.frameworkId, taskId),
      tell: (taskId, saying) => host.update(order.frameworkId, taskId, saying),
    });
  }
}

function asContainer({ frameworkId, task }: LaunchOrder) {
  return { frameworkId, task };
}
