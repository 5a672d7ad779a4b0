/**
 * A Mesos agent of our own: it registers with the master, runs tasks through a launcher, and keeps
 * their updates until they are acknowledged. What it must know after a crash it writes down before
 * it acts on it.
 */
import type { Millis } from '../../../api/object.ts';
import type { Clock, Log, Random } from '../../../runtime/port.ts';
import type { V1AgentInfo } from '../../v1.ts';
import type { Launcher } from '../executor/launcher.ts';
import type { AgentLink, LaunchOrder, MasterLink, Registrar } from '../link.ts';
import type { Vault } from '../vault.ts';
import { AgentTask, type KeptTask } from './task.ts';

export interface AgentOptions {
  readonly info: V1AgentInfo;
  readonly launcher: Launcher;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long a task takes to be handed over; a kill in this time finds nothing to end. */
  readonly startDelayMs?: Millis;
}

/** The name under which the vault has the agent's id; a task's is `task <framework> <task>`. */
const ID = 'id';
const TASK = 'task ';

/** One life of an agent. Its next life is another of them over the same vault and launcher. */
export class LocalAgent {
  readonly hostname: string;
  #options: AgentOptions;
  #id: string | undefined;
  #tasks = new Map<string, AgentTask>();
  #master: MasterLink | undefined;
  #before: readonly KeptTask[];

  constructor(options: AgentOptions) {
    const kept = options.vault.load();
    this.#options = options;
    this.hostname = options.info.hostname;
    this.#id = kept.get(ID) as string | undefined;
    this.#before = [...kept]
      .filter(([name]) => name.startsWith(TASK))
      .map(([, task]) => task as KeptTask);
  }

  /** `undefined` before the first registration. */
  get id(): string | undefined {
    return this.#id;
  }

  /** How many tasks have not ended. */
  get running(): number {
    return [...this.#tasks.values()].filter((task) => !task.isOver).length;
  }

  /** Whether processes that were asked to end may still be there. */
  get isLingering(): boolean {
    return [...this.#tasks.values()].some((task) => task.isLingering);
  }

  /** Registers, with what an earlier life left. */
  connect(registrar: Registrar): void {
    this.#recover();
    const tasks = [...this.#tasks.values()].map((task) => task.held());
    const { info } = this.#options;
    const hello = { ...(this.#id === undefined ? {} : { id: this.#id }), info, tasks };
    this.#master = registrar.register(hello, this.#link());
    if (this.#id !== this.#master.agentId) {
      this.#id = this.#master.agentId;
      this.#options.vault.put(ID, this.#id);
    }
    for (const task of [...this.#tasks.values()]) task.resend();
  }

  /** The network is away: tasks run on, updates wait for the next `connect`. */
  disconnect(): void {
    const master = this.#master;
    this.#master = undefined;
    master?.lost();
  }

  /** Leaves the master for good; its tasks end. */
  unregister(): void {
    for (const task of [...this.#tasks.values()]) task.shutdown();
    this.#master?.unregister();
    this.#master = undefined;
  }

  /**
   * Ends this life of the agent. Its tasks are asked to end with it, or run on to be found by the
   * next life; the latter is also what a crash looks like.
   */
  stop({ keepTasks }: { readonly keepTasks: boolean }): void {
    for (const task of this.#tasks.values()) {
      if (keepTasks) task.release();
      else task.end();
    }
    this.disconnect();
  }

  /** Ends what did not end when asked. */
  endNow(): void {
    for (const task of this.#tasks.values()) task.endNow();
  }

  /** Takes up the tasks of an earlier life, once. */
  #recover(): void {
    const before = this.#before;
    this.#before = [];
    for (const kept of before) this.#make(kept.order, kept);
    if (before.length > 0) for (const task of [...this.#tasks.values()]) task.recover();
  }

  #make(order: LaunchOrder, before?: KeptTask): AgentTask {
    const key = keyOf(order.frameworkId, order.task.task_id.value);
    const task: AgentTask = new AgentTask({
      ...this.#options,
      order,
      ...(before ? { before } : {}),
      agentId: () => this.#id ?? '',
      save: () => this.#save(key, task),
      send: (status, newest) => this.#master?.update(order.frameworkId, status, newest),
      done: () => {
        this.#tasks.delete(key);
        this.#options.launcher.forget(order);
        this.#options.vault.remove(TASK + key);
      },
    });
    this.#tasks.set(key, task);
    return task;
  }

  #link(): AgentLink {
    const find = (frameworkId: string, taskId: string) =>
      this.#tasks.get(keyOf(frameworkId, taskId));
    return {
      launch: (order) => {
        const task = this.#make(order);
        this.#save(keyOf(order.frameworkId, order.task.task_id.value), task);
        task.launch();
      },
      kill: (frameworkId, taskId, policy) => find(frameworkId, taskId)?.kill(policy),
      acknowledge: (frameworkId, taskId, uuid) => find(frameworkId, taskId)?.acknowledge(uuid),
      resume: (frameworkId) => {
        for (const task of this.#tasksOf(frameworkId)) task.resend();
      },
      shutdown: (frameworkId) => {
        for (const task of this.#tasksOf(frameworkId)) task.shutdown();
      },
    };
  }

  #tasksOf(frameworkId: string): AgentTask[] {
    return [...this.#tasks.values()].filter((task) => task.order.frameworkId === frameworkId);
  }

  #save(key: string, task: AgentTask): void {
    this.#options.vault.put(TASK + key, task.kept());
  }
}

function keyOf(frameworkId: string, taskId: string): string {
  return `${frameworkId} ${taskId}`;
}
