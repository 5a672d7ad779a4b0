/** What ended on an agent in this life of it, for people who look: the newest of each. */
import type { V1Framework } from '../../v1.ts';
import type { HostedExecutor } from './executors.ts';
import type { AgentTask } from './task.ts';

/** A task whose end is acknowledged, and the container that it ran in. */
export interface EndedTask {
  readonly task: AgentTask;
  readonly containerId: string;
}

export interface EndedFramework {
  readonly id: string;
  readonly info: V1Framework;
}

export class History {
  readonly #most: number;
  readonly #tasks: EndedTask[] = [];
  readonly #executors: HostedExecutor[] = [];
  readonly #frameworks: EndedFramework[] = [];

  /** @param most how many of each are kept */
  constructor(most: number) {
    this.#most = most;
  }

  /** Oldest first, as the others. */
  get tasks(): readonly EndedTask[] {
    return this.#tasks;
  }

  /** Those that tasks could share. */
  get executors(): readonly HostedExecutor[] {
    return this.#executors;
  }

  get frameworks(): readonly EndedFramework[] {
    return this.#frameworks;
  }

  addTask(task: AgentTask, containerId: string): void {
    this.#keep(this.#tasks, { task, containerId });
  }

  addExecutor(executor: HostedExecutor): void {
    this.#keep(this.#executors, executor);
  }

  /** Once, however often it comes and goes. */
  addFramework(id: string, info: V1Framework): void {
    this.dropFramework(id);
    this.#keep(this.#frameworks, { id, info });
  }

  /** It has something here again. */
  dropFramework(id: string): void {
    const at = this.#frameworks.findIndex((one) => one.id === id);
    if (at >= 0) this.#frameworks.splice(at, 1);
  }

  #keep<Item>(items: Item[], item: Item): void {
    items.push(item);
    if (items.length > this.#most) items.shift();
  }
}
