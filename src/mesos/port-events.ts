/** What Mesos tells a framework, in the words of the port. */
import type { Millis } from '../api/object.ts';
import type { ResourcePiece, Resources } from './port-resources.ts';

/** Task states of Mesos' v1 API for a PARTITION_AWARE framework (mesos.proto, `TaskState`). */
export type MesosState =
  | 'TASK_STAGING'
  | 'TASK_STARTING'
  | 'TASK_RUNNING'
  | 'TASK_KILLING'
  | 'TASK_FINISHED'
  | 'TASK_FAILED'
  | 'TASK_KILLED'
  | 'TASK_ERROR'
  | 'TASK_LOST'
  | 'TASK_DROPPED'
  | 'TASK_UNREACHABLE'
  | 'TASK_GONE'
  | 'TASK_GONE_BY_OPERATOR'
  | 'TASK_UNKNOWN';

export interface Offer {
  readonly id: string;
  readonly agentId: string;
  readonly hostname: string;
  /** The sum of what a task may simply use, whatever its role or reservation. */
  readonly resources: Resources;
  /** All that is offered, piece by piece: reserved capacity, volumes and revocable capacity too. */
  readonly pieces: readonly ResourcePiece[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly region?: string;
  readonly zone?: string;
  /** Of which of our roles it is. */
  readonly role?: string;
  /** When the machine will be away. */
  readonly away?: Away;
}

/** A planned absence of a machine; without a duration, for ever. */
export interface Away {
  readonly startAt: Millis;
  readonly durationMs?: Millis;
}

/** The master asks to be given an agent back by a time. */
export interface InverseOffer {
  readonly id: string;
  readonly agentId?: string;
  readonly away: Away;
}

/** One status update. Several may arrive for one change, out of order, and again after a reconnect. */
export interface TaskUpdate {
  readonly taskId: string;
  readonly state: MesosState;
  readonly agentId?: string;
  /** Present when Mesos resends the update until it is acknowledged. */
  readonly uuid?: string;
  /** Such as `SOURCE_EXECUTOR`, `SOURCE_AGENT`, `SOURCE_MASTER`. */
  readonly source?: string;
  /** Such as `REASON_AGENT_REMOVED`, `REASON_RECONCILIATION`. */
  readonly reason?: string;
  readonly message?: string;
  /** What the health check says; absent where there is none, or no result yet. */
  readonly healthy?: boolean;
  /** The last result of the check that is not for health. */
  readonly check?: CheckResult;
  /** The container that it runs in, for the agent's own API. */
  readonly containerId?: string;
  /** When it happened, by the clock of who says so. */
  readonly at: Millis;
}

export type CheckResult =
  | { readonly type: 'command'; readonly exitCode: number }
  | { readonly type: 'http'; readonly statusCode: number }
  | { readonly type: 'tcp'; readonly succeeded: boolean };

/** A task of ours that the master has and that has not ended. */
export interface RunningTask {
  readonly taskId: string;
  readonly agentId: string;
  readonly state: MesosState;
  readonly labels: Readonly<Record<string, string>>;
}

/** What became of an operation on resources. Like a task's updates it is sent until acknowledged. */
export interface OperationUpdate {
  readonly operationId?: string;
  /** Such as `OPERATION_FINISHED`, `OPERATION_ERROR`, `OPERATION_DROPPED`. */
  readonly state: string;
  readonly message?: string;
  readonly uuid?: string;
  readonly agentId?: string;
}

/** Words between a framework and an executor of its own. */
export interface ExecutorMessage {
  readonly agentId: string;
  readonly executorId: string;
  readonly data: Uint8Array;
}

/** A Mesos agent as the master's operator API shows it (`GET_AGENTS`). */
export interface AgentInfo {
  readonly agentId: string;
  readonly hostname: string;
  readonly port: number;
  /** Where it answers, such as `10.0.0.7:5051`; absent where the master does not say. */
  readonly address?: string;
  readonly active: boolean;
  /** An operator keeps its offers back. */
  readonly deactivated?: boolean;
  /** The master ends its tasks, or has. */
  readonly draining?: 'Draining' | 'Drained';
  /** A new master knows it from its registry, and waits for it. */
  readonly recovering?: boolean;
  readonly version?: string;
  readonly total: Resources;
  readonly attributes: Readonly<Record<string, string>>;
  readonly region?: string;
  readonly zone?: string;
}

export type MasterEvent =
  | { readonly type: 'subscribed'; readonly frameworkId: string; readonly heartbeatMs: Millis }
  | { readonly type: 'offers'; readonly offers: readonly Offer[] }
  | { readonly type: 'rescind'; readonly offerId: string }
  | { readonly type: 'update'; readonly update: TaskUpdate }
  | { readonly type: 'operation'; readonly update: OperationUpdate }
  | { readonly type: 'inverseOffers'; readonly inverseOffers: readonly InverseOffer[] }
  | { readonly type: 'rescindInverse'; readonly inverseOfferId: string }
  | { readonly type: 'message'; readonly message: ExecutorMessage }
  /** An executor ended, with its wait status, or an agent was removed. */
  | {
      readonly type: 'failure';
      readonly agentId?: string;
      readonly executorId?: string;
      readonly status?: number;
    }
  /** The master refuses us; the stream ends after it. */
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'heartbeat' }
  /** One that this Titan does not know; `name` is its type, or the empty text. */
  | { readonly type: 'unknown'; readonly name: string };
