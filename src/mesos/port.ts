import type { Millis } from '../api/object.ts';
import type {
  AgentInfo,
  ExecutorMessage,
  MasterEvent,
  OperationUpdate,
  RunningTask,
  TaskUpdate,
} from './port-events.ts';
import type { Launch } from './port-launch.ts';
import type { Operation, Resources } from './port-resources.ts';

export type {
  AgentInfo,
  Away,
  CheckResult,
  ExecutorMessage,
  InverseOffer,
  MasterEvent,
  MesosState,
  Offer,
  OperationUpdate,
  RunningTask,
  TaskUpdate,
} from './port-events.ts';
export type {
  Demander,
  Framework,
  FrameworkHost,
  FrameworkMetrics,
  OfferFate,
  OfferKeep,
  OfferNews,
} from './port-framework.ts';
export type {
  Check,
  Discovery,
  FetchedFile,
  HealthCheck,
  Launch,
  Mount,
  OwnExecutor,
  Probe,
  Program,
  Sidecar,
} from './port-launch.ts';
export type {
  Amount,
  Items,
  Operation,
  PersistentVolume,
  PortRange,
  Reservation,
  ResourcePiece,
  Resources,
  Scalars,
} from './port-resources.ts';

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
  /** Tasks of this framework that have not ended, with the labels that they were launched with. */
  tasks(): Promise<readonly RunningTask[]>;
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
