import type { Millis } from '../api/object.ts';
import type { Launch } from './port-launch.ts';
import type { Operation, ResourcePiece, Resources } from './port-resources.ts';

export type {
  Check,
  Discovery,
  FetchedFile,
  HealthCheck,
  Launch,
  Mount,
  Probe,
  Program,
  Sidecar,
} from './port-launch.ts';
export type {
  Amount,
  Operation,
  PersistentVolume,
  PortRange,
  Reservation,
  ResourcePiece,
  Resources,
} from './port-resources.ts';

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

export interface FrameworkInfo {
  readonly name: string;
  readonly user: string;
  readonly roles: readonly string[];
  readonly principal?: string;
  /** Roles that are to get no offers from the start; none unless told. */
  readonly suppressedRoles?: readonly string[];
  /** Whether agents with GPUs are wanted, which Mesos keeps from all others. */
  readonly gpus?: boolean;
  /** How long the master keeps our tasks when we are away. */
  readonly failoverTimeoutMs: Millis;
  /** The id that an earlier subscription was given; absent: a new framework. */
  readonly id?: string;
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

/**
 * One connection to a Mesos master, and no more than the scheduler needs of it.
 *
 * Every implementation keeps to these rules, which `test/contract/master.ts` checks:
 * - `subscribe` yields `subscribed` first (or `error`); it ends by returning when `signal` aborts or
 *   the master ends the stream, and by throwing `ServiceUnavailable` when the stream is lost or its
 *   heartbeats stay away. The caller subscribes again.
 * - The other calls throw `ServiceUnavailable` when the master did not take the message. That it took
 *   the message is all that success means: what became of a task arrives as an `update`, perhaps
 *   more than once, perhaps TASK_DROPPED when the offer was gone.
 */
export interface Master {
  subscribe(framework: FrameworkInfo, signal: AbortSignal): AsyncIterable<MasterEvent>;
  /**
   * All launches of one agent in one call, after the operations, which they may count on; what the
   * offers hold beyond them goes back to the master.
   */
  accept(
    offerIds: readonly string[],
    launches: readonly Launch[],
    operations?: readonly Operation[],
  ): Promise<void>;
  decline(offerIds: readonly string[], refuseMs: Millis): Promise<void>;
  answerInverse(
    inverseOfferIds: readonly string[],
    answer: 'accept' | 'decline',
    refuseMs: Millis,
  ): Promise<void>;
  /** Of some roles, or of all. */
  revive(roles?: readonly string[]): Promise<void>;
  suppress(roles?: readonly string[]): Promise<void>;
  /** Asks for resources; Mesos' own allocator takes it and does nothing. */
  request(resources: Resources, agentId?: string): Promise<void>;
  kill(task: TaskAt, graceMs: Millis): Promise<void>;
  /** Ends an executor and every task of it. */
  shutdown(executor: ExecutorAt): Promise<void>;
  message(message: ExecutorMessage): Promise<void>;
  acknowledge(update: TaskUpdate): Promise<void>;
  acknowledgeOperation(update: OperationUpdate): Promise<void>;
  /** None: every operation that the master knows of. */
  reconcileOperations(operations: readonly OperationAt[]): Promise<void>;
  /** Tells the master of changed roles or names; the id stays. */
  updateFramework(framework: FrameworkInfo): Promise<void>;
  /** No tasks: the master sends the state of every task it knows of (implicit). */
  reconcile(tasks: readonly TaskAt[]): Promise<void>;
  /** Ends the framework and every task of it. */
  teardown(): Promise<void>;
  agents(): Promise<readonly AgentInfo[]>;
}

/** What an operator sees and does, beside the framework's own connection. */
export interface Operator {
  /**
   * Yields the type of each event after which agents may have come, gone or changed. It ends and throws
   * as `Master.subscribe` does. It says nothing of a lost agent that ran no tasks: read `agents`, too.
   */
  agentNews(signal: AbortSignal): AsyncIterable<string>;
  /**
   * Ends all tasks of the agent, of every framework, each within `graceMs`; it takes none any more.
   *
   * @throws TitanError `BadRequest` where the master can't, or does not know the agent
   */
  drainAgent(agentId: string, graceMs: Millis): Promise<void>;
  /** Ends a drain: the agent takes tasks again. */
  reactivateAgent(agentId: string): Promise<void>;
}

export interface TaskAt {
  readonly taskId: string;
  readonly agentId?: string;
}

export interface ExecutorAt {
  readonly executorId: string;
  readonly agentId: string;
}

export interface OperationAt {
  readonly operationId: string;
  readonly agentId?: string;
}

/** Who may want offers. */
export type Demander = 'placement' | 'volumes' | 'orphans';

/**
 * The framework as controllers see it: a session that outlives connections. It subscribes with the
 * stored id, again after every loss (back-off with jitter), follows the leading master, reconciles
 * after every subscription and every few minutes, and holds the offers that are neither used nor
 * given back.
 */
export interface Framework {
  /** Whether the stream stands and the first reconciliation after it was asked for. */
  readonly connected: boolean;
  /** As whom it speaks to Mesos; absent where it has no name there. */
  readonly principal: string | undefined;
  /** Offers held now, by agent id; those of one agent belong together. */
  offers(): ReadonlyMap<string, readonly Offer[]>;
  /** Tells what changed: `offers` when any came or went, `agents` when one may have, `connection`. */
  onChange(listener: (what: 'offers' | 'agents' | 'connection') => void): () => void;
  /**
   * Why it has ended for good, and what a person must do; `undefined` while it goes on. It then is
   * not connected, and does not try to be.
   */
  readonly halted: string | undefined;
  /** What keeps us from the master now, for a person to read; `undefined` while all is well. */
  readonly problem: string | undefined;
  /**
   * Spends all held offers of the agent. An unknown or no longer held agent throws `Conflict`, so
   * that no offer is used twice.
   */
  launch(
    agentId: string,
    launches: readonly Launch[],
    operations?: readonly Operation[],
  ): Promise<void>;
  kill(task: TaskAt, graceMs: Millis): Promise<void>;
  /** Ends an executor and every task of it. */
  shutdown(executor: ExecutorAt): Promise<void>;
  /** When agents will be away, by agent id, as the master last said. */
  absences(): ReadonlyMap<string, Away>;
  /**
   * Says whether there is work for offers. Without demand the held ones are declined with a filter
   * and the framework suppresses offers; with it, it revives. Each who says so is heard by itself.
   */
  setDemand(demand: boolean, who?: Demander): void;
  agents(): Promise<readonly AgentInfo[]>;
  /** Asks the master about every known task now; the answers arrive as updates. */
  reconcile(): Promise<void>;
}

/** What the framework session asks of the rest of Titan. */
export interface FrameworkHost {
  /**
   * Makes the update's effect durable. It is acknowledged to Mesos after this resolves and not at
   * all if it rejects, so that Mesos sends it again.
   */
  onUpdate(update: TaskUpdate): Promise<void>;
  /** The same for an operation on resources; absent: none was ever asked for with an id. */
  onOperation?(update: OperationUpdate): Promise<void>;
  /** Operations with ids whose end is not known, for explicit reconciliation. */
  knownOperations?(): readonly OperationAt[];
  /** Words of an executor of our own; absent: they are counted, and dropped. */
  onMessage?(message: ExecutorMessage): void;
  /** The tasks that Titan believes to be at Mesos, for explicit reconciliation. */
  knownTasks(): readonly TaskAt[];
  /** The framework id kept in the store. */
  loadFrameworkId(): Promise<string | undefined>;
  /** Compare-and-set: throws `Conflict` when another id is stored already. */
  saveFrameworkId(id: string): Promise<void>;
  /** How many tasks may live under the stored id. */
  liveTasks(): number;
  /** Whether a new id may be taken although tasks live under the old one, which are lost by that. */
  readonly mayTakeNewId: boolean;
  /**
   * Removes the stored id where it is this one. Called when the master has removed the framework
   * for good and no task lives under it, or a new id is allowed.
   */
  forgetFrameworkId(id: string): Promise<void>;
}

/** What became of an offer; each has one of the last five, once. */
export type OfferFate = 'received' | 'accepted' | 'declined' | 'expired' | 'rescinded' | 'lost';

/** Counts what goes on between Titan and its Mesos. */
export interface FrameworkMetrics {
  event(type: MasterEvent['type']): void;
  offers(fate: OfferFate, count: number): void;
  /** How many offers are held now. */
  held(count: number): void;
  connected(connected: boolean): void;
}
