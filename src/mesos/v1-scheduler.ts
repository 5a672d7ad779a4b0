/** Mesos' v1 scheduler API: what a framework says to its master, and hears. */
import type {
  V1Framework,
  V1InverseOffer,
  V1KillPolicy,
  V1Offer,
  V1Resource,
  V1Status,
  V1Task,
  Value,
} from './v1.ts';
import type { V1Executor } from './v1-container.ts';

export interface V1Filters {
  readonly refuse_seconds?: number;
}

export interface V1Operation {
  readonly type?: string;
  readonly id?: Value;
  readonly launch?: { readonly task_infos?: readonly V1Task[] };
  readonly launch_group?: {
    readonly executor?: V1Executor;
    readonly task_group?: { readonly tasks?: readonly V1Task[] };
  };
  readonly reserve?: { readonly resources: readonly V1Resource[] };
  readonly unreserve?: { readonly resources: readonly V1Resource[] };
  readonly create?: { readonly volumes: readonly V1Resource[] };
  readonly destroy?: { readonly volumes: readonly V1Resource[] };
}

export interface V1OperationStatus {
  readonly operation_id?: Value;
  readonly state: string;
  readonly message?: string;
  /** Absent where the master made it; it then is not to be acknowledged. */
  readonly uuid?: Value;
  readonly agent_id?: Value;
}

export interface V1TaskRef {
  readonly task_id: Value;
  readonly agent_id?: Value;
}

/** A call of the scheduler API. Every part but `type` is there only for its own type. */
export interface V1Call {
  readonly type?: string;
  readonly framework_id?: Value;
  readonly subscribe?: {
    readonly framework_info: V1Framework;
    readonly suppressed_roles?: readonly string[];
  };
  readonly accept?: {
    readonly offer_ids?: readonly Value[];
    readonly operations?: readonly V1Operation[];
    readonly filters?: V1Filters;
  };
  readonly decline?: { readonly offer_ids?: readonly Value[]; readonly filters?: V1Filters };
  readonly revive?: { readonly roles?: readonly string[] };
  readonly suppress?: { readonly roles?: readonly string[] };
  readonly kill?: V1TaskRef & { readonly kill_policy?: V1KillPolicy };
  readonly acknowledge?: {
    readonly agent_id: Value;
    readonly task_id: Value;
    readonly uuid: string;
  };
  readonly reconcile?: { readonly tasks?: readonly V1TaskRef[] };
  readonly update_framework?: {
    readonly framework_info: V1Framework;
    readonly suppressed_roles?: readonly string[];
  };
  readonly teardown?: { readonly framework_id?: Value };
  readonly accept_inverse_offers?: V1InverseAnswer;
  readonly decline_inverse_offers?: V1InverseAnswer;
  readonly shutdown?: { readonly executor_id: Value; readonly agent_id: Value };
  readonly message?: V1Message;
  readonly request?: {
    readonly requests: readonly {
      readonly agent_id?: Value;
      readonly resources: readonly V1Resource[];
    }[];
  };
  readonly acknowledge_operation_status?: {
    readonly agent_id?: Value;
    readonly uuid: string;
    readonly operation_id: Value;
  };
  readonly reconcile_operations?: {
    readonly operations?: readonly { readonly operation_id: Value; readonly agent_id?: Value }[];
  };
}

interface V1InverseAnswer {
  readonly inverse_offer_ids: readonly Value[];
  readonly filters?: V1Filters;
}

/** From a framework to an executor, or back. */
export interface V1Message {
  readonly agent_id: Value;
  readonly executor_id: Value;
  /** Base64. */
  readonly data: string;
}

/** An event of the scheduler API's stream; each part is there only for its own type. */
export interface V1Event {
  readonly type?: string;
  readonly subscribed?: {
    readonly framework_id: Value;
    readonly heartbeat_interval_seconds?: number;
    readonly master_info?: unknown;
  };
  readonly offers?: { readonly offers?: readonly V1Offer[] };
  readonly rescind?: { readonly offer_id: Value };
  readonly update?: { readonly status: V1Status };
  readonly update_operation_status?: { readonly status: V1OperationStatus };
  readonly inverse_offers?: { readonly inverse_offers?: readonly V1InverseOffer[] };
  readonly rescind_inverse_offer?: { readonly inverse_offer_id: Value };
  readonly message?: V1Message;
  readonly failure?: {
    readonly agent_id?: Value;
    readonly executor_id?: Value;
    readonly status?: number;
  };
  readonly error?: { readonly message: string };
}
