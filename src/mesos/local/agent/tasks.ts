/** The tasks of an agent: made, found, written down, taken up from an earlier life, forgotten. */
import { ByFramework } from '../by-framework.ts';
import type { Executor } from '../executor/port.ts';
import type { LaunchOrder } from '../link.ts';
import { isTerminal } from '../master/state.ts';
import type { Vault } from '../vault.ts';
import { AgentTask, type KeptTask, type TaskHost } from './task.ts';

/** The names in the vault: this, the framework and the task. */
const TASK = 'task ';

export class Tasks {
  readonly #vault: Vault;
  readonly #host: TaskHost;
  readonly #all = new ByFramework<AgentTask>();
  #before: readonly KeptTask[];

  constructor(vault: Vault, kept: ReadonlyMap<string, unknown>, host: Omit<TaskHost, 'save'>) {
    this.#vault = vault;
    this.#host = { ...host, save: (task) => this.save(task) };
    this.#before = [...kept]
      .filter(([name]) => name.startsWith(TASK))
      .map(([, task]) => task as KeptTask);
  }

  all(): readonly AgentTask[] {
    return this.#all.values();
  }

  of(frameworkId: string): readonly AgentTask[] {
    return this.#all.of(frameworkId);
  }

  find(frameworkId: string, taskId: string): AgentTask | undefined {
    return this.#all.get(frameworkId, taskId);
  }

  make(order: LaunchOrder, executor: Executor | undefined, before?: KeptTask): AgentTask {
    const host = this.#host;
    const task = new AgentTask({ order, executor, host, ...(before ? { before } : {}) });
    this.#all.set(order.frameworkId, task.id, task);
    return task;
  }

  /**
   * Makes those of an earlier life again, once.
   *
   * @param executorOf who runs one that has not ended
   * @returns these, by who runs them
   */
  recover(executorOf: (order: LaunchOrder) => Executor): ReadonlyMap<Executor, KeptTask[]> {
    const before = this.#before;
    this.#before = [];
    const left = new Map<Executor, KeptTask[]>();
    for (const kept of before) {
      const executor = isTerminal(kept.state) ? undefined : executorOf(kept.order);
      this.make(kept.order, executor, kept);
      if (executor) left.set(executor, [...(left.get(executor) ?? []), kept]);
    }
    return left;
  }

  save(task: AgentTask): void {
    this.#vault.put(nameOf(task), task.kept());
  }

  forget(task: AgentTask): void {
    this.#all.delete(task.order.frameworkId, task.id);
    this.#vault.remove(nameOf(task));
  }
}

function nameOf({ order, id }: AgentTask): string {
  return `${TASK}${order.frameworkId} ${id}`;
}
