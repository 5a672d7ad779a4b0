/** The tasks of an agent: made, found, written down, taken up from an earlier life, forgotten. */
import { ByFramework } from '../by-framework.ts';
import type { Executor } from '../executor/port.ts';
import type { LaunchOrder } from '../link.ts';
import { isTerminal } from '../master/state.ts';
import type { Vault } from '../vault.ts';
import { AgentTask, type KeptTask, type TaskHost } from './task.ts';

/** The names in the vault: one of these, the framework and the task. What was ordered is written down once. */
const ORDER = 'order ';
const TASK = 'task ';

export class Tasks {
  readonly #vault: Vault;
  readonly #host: TaskHost;
  readonly #all = new ByFramework<AgentTask>();
  #before: readonly KeptTask[];

  constructor(vault: Vault, kept: ReadonlyMap<string, unknown>, host: Omit<TaskHost, 'save'>) {
    this.#vault = vault;
    this.#host = { ...host, save: (task) => this.save(task) };
    const { tasks, unbegun } = keptIn(kept);
    this.#before = tasks;
    for (const name of unbegun) vault.remove(name);
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
    if (before === undefined) this.#vault.put(ORDER + nameOf(task), order);
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
    const { order: _, ...state } = task.kept();
    this.#vault.put(TASK + nameOf(task), state);
  }

  forget(task: AgentTask): void {
    this.#all.delete(task.order.frameworkId, task.id);
    this.#vault.remove(TASK + nameOf(task));
    this.#vault.remove(ORDER + nameOf(task));
  }
}

function nameOf({ order, id }: AgentTask): string {
  return `${order.frameworkId} ${id}`;
}

/** @returns `unbegun` too: the names of orders that the agent's end came before */
function keptIn(kept: ReadonlyMap<string, unknown>) {
  const tasks: KeptTask[] = [];
  const unbegun: string[] = [];
  for (const [name, order] of kept) {
    if (!name.startsWith(ORDER)) continue;
    const state = kept.get(TASK + name.slice(ORDER.length));
    if (state === undefined) unbegun.push(name);
    else tasks.push({ ...(state as Omit<KeptTask, 'order'>), order: order as LaunchOrder });
  }
  return { tasks, unbegun };
}
