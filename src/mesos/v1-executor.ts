/** Mesos' v1 executor API: what an executor of a framework's own says to its agent, and hears. */
import type { V1AgentInfo, V1Framework, V1KillPolicy, V1Status, V1Task, Value } from './v1.ts';
import type { V1Executor } from './v1-container.ts';

/** A call; each part but `type` is there only for its own type. */
export interface V1ExecutorCall {
  readonly type?: string;
  readonly framework_id?: Value;
  readonly executor_id?: Value;
  readonly subscribe?: {
    readonly unacknowledged_tasks?: readonly V1Task[];
    readonly unacknowledged_updates?: readonly { readonly status: V1Status }[];
  };
  readonly update?: { readonly status: V1Status };
  /** Base64. */
  readonly message?: { readonly data: string };
}

/** An event of an executor's stream; each part is there only for its own type. */
export interface V1ExecutorEvent {
  readonly type: string;
  readonly subscribed?: {
    readonly executor_info: V1Executor;
    readonly framework_info: V1Framework;
    readonly agent_info: V1AgentInfo;
    readonly container_id: Value;
  };
  readonly launch?: { readonly task: V1Task };
  readonly launch_group?: { readonly task_group: { readonly tasks: readonly V1Task[] } };
  readonly kill?: { readonly task_id: Value; readonly kill_policy?: V1KillPolicy };
  readonly acknowledged?: { readonly task_id: Value; readonly uuid: string };
  readonly message?: { readonly data: string };
}
