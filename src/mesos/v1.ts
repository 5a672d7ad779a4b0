/**
 * The part of Mesos' v1 JSON API that we send and read, in its own words. Both sides of the wire
 * share these types: the adapter (`adapter.ts`) and the master of our own (`local/`).
 */

import type {
  V1Check,
  V1CheckStatus,
  V1Container,
  V1Discovery,
  V1Executor,
  V1HealthCheck,
  V1Uri,
} from './v1-container.ts';

export type {
  V1Call,
  V1Event,
  V1Filters,
  V1Message,
  V1Operation,
  V1OperationStatus,
  V1TaskRef,
} from './v1-scheduler.ts';

export interface Value {
  readonly value: string;
}

export interface V1Labels {
  readonly labels: readonly { readonly key: string; readonly value?: string }[];
}

/** One layer of a reservation; the last one is the innermost. */
export interface V1Reservation {
  /** `STATIC` or `DYNAMIC`. */
  readonly type?: string;
  readonly role?: string;
  readonly principal?: string;
  readonly labels?: V1Labels;
}

/** What makes a piece of disk more than space. */
export interface V1Disk {
  readonly persistence?: { readonly id: string; readonly principal?: string };
  readonly volume?: { readonly mode?: string; readonly container_path: string };
  readonly source?: unknown;
}

export interface V1Resource {
  readonly name: string;
  readonly type: string;
  readonly scalar?: { readonly value: number };
  readonly ranges?: {
    readonly range?: readonly { readonly begin: number; readonly end: number }[];
  };
  readonly set?: { readonly item?: readonly string[] };
  readonly role?: string;
  /** The older form: one layer, beside `role`. */
  readonly reservation?: V1Reservation;
  readonly reservations?: readonly V1Reservation[];
  readonly allocation_info?: { readonly role?: string };
  readonly disk?: V1Disk;
  readonly revocable?: unknown;
  readonly shared?: unknown;
  readonly provider_id?: Value;
}

export interface V1Attribute {
  readonly name: string;
  readonly type: string;
  readonly text?: Value;
  readonly scalar?: { readonly value: number };
  readonly ranges?: V1Resource['ranges'];
  readonly set?: V1Resource['set'];
}

export interface V1Domain {
  readonly fault_domain?: {
    readonly region: { readonly name: string };
    readonly zone: { readonly name: string };
  };
}

export interface V1Offer {
  readonly id: Value;
  readonly framework_id: Value;
  readonly agent_id: Value;
  readonly hostname: string;
  readonly url?: unknown;
  readonly domain?: V1Domain;
  readonly resources?: readonly V1Resource[];
  readonly attributes?: readonly V1Attribute[];
  /** Of the framework's own that run there. */
  readonly executor_ids?: readonly Value[];
  readonly allocation_info?: { readonly role: string };
  readonly unavailability?: V1Unavailability;
}

/** When an agent's machine will be away; without a duration, for ever. */
export interface V1Unavailability {
  readonly start: { readonly nanoseconds: number };
  readonly duration?: { readonly nanoseconds: number };
}

export interface V1InverseOffer {
  readonly id: Value;
  readonly url?: unknown;
  readonly framework_id: Value;
  readonly agent_id?: Value;
  readonly unavailability: V1Unavailability;
}

export interface V1Command {
  readonly shell?: boolean;
  readonly value?: string;
  readonly arguments?: readonly string[];
  readonly environment?: {
    readonly variables: readonly {
      readonly name: string;
      readonly type?: string;
      readonly value?: string;
    }[];
  };
  readonly uris?: readonly V1Uri[];
  readonly user?: string;
}

export interface V1KillPolicy {
  readonly grace_period?: { readonly nanoseconds: number };
}

/** How often and how long; Mesos has a default for each. */
export interface V1CheckTimes {
  readonly delay_seconds?: number;
  readonly interval_seconds?: number;
  /** 0: there is none. */
  readonly timeout_seconds?: number;
}

export interface V1Task {
  readonly name: string;
  readonly task_id: Value;
  readonly agent_id: Value;
  readonly resources?: readonly V1Resource[];
  readonly command?: V1Command;
  readonly executor?: V1Executor;
  readonly container?: V1Container;
  readonly kill_policy?: V1KillPolicy;
  readonly health_check?: V1HealthCheck;
  readonly check?: V1Check;
  readonly labels?: V1Labels;
  readonly discovery?: V1Discovery;
  /** Base64, for an executor. */
  readonly data?: string;
}

export interface V1Status {
  readonly task_id: Value;
  readonly state: string;
  readonly message?: string;
  readonly source?: string;
  readonly reason?: string;
  readonly agent_id?: Value;
  readonly executor_id?: Value;
  /** Seconds since the epoch. */
  readonly timestamp?: number;
  /** Base64 of the 16 bytes. */
  readonly uuid?: string;
  readonly unreachable_time?: { readonly nanoseconds: number };
  /** By the task's health check; absent where there is none, or no result yet. */
  readonly healthy?: boolean;
  readonly check_status?: V1CheckStatus;
  readonly container_status?: {
    readonly container_id?: Value;
    readonly network_infos?: unknown;
    readonly executor_pid?: number;
  };
  /** Base64, from an executor. */
  readonly data?: string;
}

export interface V1Framework {
  readonly user: string;
  readonly name: string;
  readonly id?: Value;
  readonly role?: string;
  readonly roles?: readonly string[];
  readonly capabilities?: readonly { readonly type: string }[];
  /** Seconds. */
  readonly failover_timeout?: number;
  readonly checkpoint?: boolean;
  readonly principal?: string;
  readonly hostname?: string;
}

export interface V1AgentInfo {
  readonly hostname: string;
  readonly port?: number;
  readonly resources?: readonly V1Resource[];
  readonly attributes?: readonly V1Attribute[];
  readonly id?: Value;
  readonly domain?: V1Domain;
}

export interface V1GetAgents {
  readonly get_agents?: {
    readonly agents?: readonly {
      readonly agent_info: V1AgentInfo;
      /** Such as `slave(1)@10.0.0.7:5051`. */
      readonly pid?: string;
      readonly active: boolean;
      readonly deactivated?: boolean;
      readonly drain_info?: { readonly state: string };
      readonly version?: string;
      readonly total_resources?: readonly V1Resource[];
    }[];
    /** Of the registry of the master before; they have not come to this one yet. */
    readonly recovered_agents?: readonly V1AgentInfo[];
  };
}

export interface V1GetTasks {
  readonly get_tasks?: {
    readonly tasks?: readonly (Pick<V1Task, 'task_id' | 'agent_id' | 'labels'> & {
      readonly framework_id: Value;
      readonly state: string;
    })[];
  };
}
