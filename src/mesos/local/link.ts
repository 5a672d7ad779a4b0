import type {
  V1AgentInfo,
  V1Framework,
  V1KillPolicy,
  V1Resource,
  V1Status,
  V1Task,
} from '../v1.ts';
import type { V1Executor } from '../v1-container.ts';

/** What the master says to an agent. Lost when the agent is away. */
export interface AgentLink {
  /** Launches one task, or a group that lives and dies together under its executor. */
  launch(orders: readonly LaunchOrder[], framework: V1Framework): void;
  kill(frameworkId: string, taskId: string, policy: V1KillPolicy | undefined): void;
  acknowledge(frameworkId: string, taskId: string, uuid: string): void;
  /** Hands a framework's message to an executor; `data` is base64. */
  message(frameworkId: string, executorId: string, data: string): void;
  /** The framework came back: what it may have missed is sent again. */
  resume(frameworkId: string): void;
  /** What the agent has now, by reservations and volumes; it brings it when it registers again. */
  checkpoint(total: readonly V1Resource[]): void;
  /** Ends every task here, each in its own time but no longer than the policy says. */
  drain(policy: V1KillPolicy | undefined): void;
  /** The agent is not wanted any more: it ends, and its tasks with it. */
  leave(): void;
  /** Ends every task and executor of a framework that is gone for good. */
  shutdown(frameworkId: string): void;
  /** Ends an executor with its tasks; the framework is told of each. */
  shutdownExecutor(frameworkId: string, executorId: string): void;
}

export interface LaunchOrder {
  readonly frameworkId: string;
  readonly task: V1Task;
  /** Absent: the task is run by its own command. */
  readonly executor?: V1Executor;
  /** Whether the framework understands TASK_KILLING. */
  readonly tellsKilling: boolean;
  readonly role: string;
}

/** A task that an agent brings when it registers. */
export interface HeldTask {
  readonly order: LaunchOrder;
  readonly state: string;
  readonly sent: V1Status | undefined;
  /** Everything sent, one for each state in a row. */
  readonly statuses: readonly V1Status[];
}

/** An executor that an agent brings when it registers. */
export interface HeldExecutor {
  readonly frameworkId: string;
  readonly info: V1Executor;
  readonly role: string;
}

export interface AgentHello {
  /** The id of an earlier registration; absent: a new agent. */
  readonly id?: string;
  readonly info: V1AgentInfo;
  /** What the last `checkpoint` said; absent: what `info` says. */
  readonly total?: readonly V1Resource[];
  readonly tasks: readonly HeldTask[];
  readonly executors: readonly HeldExecutor[];
}

/** What an agent says to the master. */
export interface MasterLink {
  readonly agentId: string;
  /** `status` is the update to send on; `state` the newest one that the agent knows. */
  update(frameworkId: string, status: V1Status, state: string): void;
  /** From an executor to its framework; `data` is base64. */
  message(frameworkId: string, executorId: string, data: string): void;
  /** An executor is gone; `status` is what `wait` gives of its container. */
  exited(frameworkId: string, executorId: string, status: number): void;
  /** The connection broke: the agent or its network is away. */
  lost(): void;
  /** The agent leaves for good; its tasks are lost. */
  unregister(): void;
}

/** Where agents register. */
export interface Registrar {
  register(hello: AgentHello, link: AgentLink): MasterLink;
}
