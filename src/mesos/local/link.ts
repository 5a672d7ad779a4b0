import type { V1AgentInfo, V1KillPolicy, V1Status, V1Task } from '../v1.ts';

/** What the master says to an agent. Lost when the agent is away. */
export interface AgentLink {
  launch(order: LaunchOrder): void;
  kill(frameworkId: string, taskId: string, policy: V1KillPolicy | undefined): void;
  acknowledge(frameworkId: string, taskId: string, uuid: string): void;
  /** The framework came back: what it may have missed is sent again. */
  resume(frameworkId: string): void;
  /** Ends every task of a framework that is gone for good. */
  shutdown(frameworkId: string): void;
}

export interface LaunchOrder {
  readonly frameworkId: string;
  readonly task: V1Task;
  /** Whether the framework understands TASK_KILLING. */
  readonly tellsKilling: boolean;
  readonly role: string;
}

/** A task that an agent brings when it registers. */
export interface HeldTask {
  readonly order: LaunchOrder;
  readonly state: string;
  readonly sent: V1Status | undefined;
}

export interface AgentHello {
  /** The id of an earlier registration; absent: a new agent. */
  readonly id?: string;
  readonly info: V1AgentInfo;
  readonly tasks: readonly HeldTask[];
}

/** What an agent says to the master. */
export interface MasterLink {
  readonly agentId: string;
  /** `status` is the update to send on; `state` the newest one that the agent knows. */
  update(frameworkId: string, status: V1Status, state: string): void;
  /** The connection broke: the agent or its network is away. */
  lost(): void;
  /** The agent leaves for good; its tasks are lost. */
  unregister(): void;
}

/** Where agents register. */
export interface Registrar {
  register(hello: AgentHello, link: AgentLink): MasterLink;
}
