/**
 * A Mesos agent of our own: it registers with the master, runs tasks through a launcher, and keeps
 * their updates until they are acknowledged. What it must know after a crash it writes down before
 * it acts on it.
 */
import type { Millis } from '../../api/object.ts';
import type { Clock, Log, Random } from '../../runtime/port.ts';
import type { V1AgentInfo, V1KillPolicy, V1Status } from '../v1.ts';
import { type AgentTask, agentTask, type KeptTask } from './agent-task.ts';
import type { Launcher } from './launcher.ts';
import type { AgentLink, LaunchOrder, MasterLink, Registrar } from './link.ts';
import { isTerminal } from './state.ts';
import type { Vault } from './vault.ts';

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

export interface LocalAgent {
  readonly hostname: string;
  /** `undefined` before the first registration. */
  readonly id: string | undefined;
  /** Registers, with what an earlier life left. */
  connect(master: Registrar): void;
  /** The network is away: tasks run on, updates wait for the next `connect`. */
  disconnect(): void;
  /** Leaves the master for good; its tasks end. */
  unregister(): void;
  /** Ends this life of the agent. Its tasks are asked to end with it, or run on and are found again. */
  stop(options: { readonly keepTasks: boolean }): void;
  /** Ends what did not end when asked. */
  endNow(): void;
  /** Whether processes that were asked to end are still there. */
  readonly isLingering: boolean;
  /** How many tasks have not ended. */
  readonly running: number;
}

interface Kept {
  readonly id?: string;
  readonly tasks: readonly KeptTask[];
}

export function createAgent(options: AgentOptions): LocalAgent {
  const { vault, info, launcher } = options;
  const kept = (vault.load() as Kept | undefined) ?? { tasks: [] };
  const tasks = new Map<string, AgentTask>();
  let id = kept.id;
  let master: MasterLink | undefined;
  let recovered = false;

  function save(): void {
    const value: Kept = {
      ...(id === undefined ? {} : { id }),
      tasks: [...tasks.values()].map((task) => task.kept()),
    };
    vault.save(value);
  }

  function make(order: LaunchOrder, before?: KeptTask): AgentTask {
    const task = agentTask({
      ...options,
      order,
      ...(before ? { before } : {}),
      agentId: () => id ?? '',
      save,
      send: (status, newest) => send(order, status, newest),
      done() {
        tasks.delete(keyOf(order.frameworkId, order.task.task_id.value));
        launcher.forget(order);
        save();
      },
    });
    tasks.set(keyOf(order.frameworkId, order.task.task_id.value), task);
    return task;
  }

  function send(order: LaunchOrder, status: V1Status, newest: string): void {
    master?.update(order.frameworkId, status, newest);
  }

  /** Takes up the tasks of an earlier life, once, when the agent first has a master. */
  function recover(): void {
    if (recovered) return;
    recovered = true;
    for (const before of kept.tasks) make(before.order, before);
    for (const task of [...tasks.values()]) task.recover();
  }

  const link: AgentLink = {
    launch(order) {
      const task = make(order);
      save();
      task.launch();
    },
    kill(frameworkId, taskId, policy: V1KillPolicy | undefined) {
      tasks.get(keyOf(frameworkId, taskId))?.kill(policy);
    },
    acknowledge(frameworkId, taskId, uuid) {
      tasks.get(keyOf(frameworkId, taskId))?.acknowledge(uuid);
    },
    shutdown(frameworkId) {
      for (const task of [...tasks.values()]) {
        if (task.order.frameworkId === frameworkId) task.shutdown();
      }
    },
  };

  return {
    hostname: info.hostname,
    endNow() {
      for (const task of tasks.values()) task.endNow();
    },
    get isLingering() {
      return [...tasks.values()].some((task) => task.isLingering);
    },
    get id() {
      return id;
    },
    get running() {
      return [...tasks.values()].filter((task) => !isTerminal(task.state)).length;
    },
    connect(registrar) {
      recover();
      const hello = {
        ...(id === undefined ? {} : { id }),
        info,
        tasks: [...tasks.values()].map((task) => task.held()),
      };
      master = registrar.register(hello, link);
      if (id !== master.agentId) {
        id = master.agentId;
        save();
      }
      for (const task of tasks.values()) task.resend();
    },
    disconnect() {
      const was = master;
      master = undefined;
      was?.lost();
    },
    unregister() {
      for (const task of [...tasks.values()]) task.shutdown();
      master?.unregister();
      master = undefined;
    },
    stop({ keepTasks }) {
      for (const task of tasks.values()) {
        if (keepTasks) task.release();
        else task.end();
      }
      const was = master;
      master = undefined;
      was?.lost();
    },
  };
}

function keyOf(frameworkId: string, taskId: string): string {
  return `${frameworkId} ${taskId}`;
}
