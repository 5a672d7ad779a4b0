import type { Millis } from '../api/object.ts';

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

export interface Resources {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  /** Inclusive ranges, ascending. */
  readonly ports: readonly PortRange[];
}

export interface PortRange {
  readonly begin: number;
  readonly end: number;
}

export interface Offer {
  readonly id: string;
  readonly agentId: string;
  readonly hostname: string;
  readonly resources: Resources;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Launch {
  readonly taskId: string;
  readonly name: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  /** Host ports from the offer; the task finds them as PORT0, PORT1 … in its environment. */
  readonly ports: readonly number[];
  /** `name:version`; the local agents look it up in their image folder. Absent: a bare command. */
  readonly image?: string;
  /** The program and its arguments. Absent: what the image runs. */
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly killGraceMs: Millis;
  readonly labels: Readonly<Record<string, string>>;
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
  /** When it happened, by the clock of who says so. */
  readonly at: Millis;
}

/** A Mesos agent as the master's operator API shows it (`GET_AGENTS`). */
export interface AgentInfo {
  readonly agentId: string;
  readonly hostname: string;
  readonly port: number;
  readonly active: boolean;
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
  | { readonly type: 'failure'; readonly agentId?: string; readonly executorId?: string }
  /** The master refuses us; the stream ends after it. */
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'heartbeat' };

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
  /** All launches of one agent in one call; what the offers hold beyond them goes back to the master. */
  accept(offerIds: readonly string[], launches: readonly Launch[]): Promise<void>;
  decline(offerIds: readonly string[], refuseMs: Millis): Promise<void>;
  revive(): Promise<void>;
  suppress(): Promise<void>;
  kill(task: TaskAt, graceMs: Millis): Promise<void>;
  acknowledge(update: TaskUpdate): Promise<void>;
  /** No tasks: the master sends the state of every task it knows of (implicit). */
  reconcile(tasks: readonly TaskAt[]): Promise<void>;
  /** Ends the framework and every task of it. */
  teardown(): Promise<void>;
  agents(): Promise<readonly AgentInfo[]>;
}

export interface TaskAt {
  readonly taskId: string;
  readonly agentId?: string;
}

/**
 * The framework as controllers see it: a session that outlives connections. It subscribes with the
 * stored id, again after every loss (back-off with jitter), follows the leading master, reconciles
 * after every subscription and every few minutes, and holds the offers that are neither used nor
 * given back.
 */
export interface Framework {
  /** Whether the stream stands and the first reconciliation after it was asked for. */
  readonly connected: boolean;
  /** Offers held now, by agent id; those of one agent belong together. */
  offers(): ReadonlyMap<string, readonly Offer[]>;
  /** Tells what changed: `offers` when any came or went, `agents` when one may have, `connection`. */
  onChange(listener: (what: 'offers' | 'agents' | 'connection') => void): () => void;
  /**
   * Spends all held offers of the agent. An unknown or no longer held agent throws `Conflict`, so
   * that no offer is used twice.
   */
  launch(agentId: string, launches: readonly Launch[]): Promise<void>;
  kill(task: TaskAt, graceMs: Millis): Promise<void>;
  /**
   * Says whether there is work for offers. Without demand the held ones are declined with a filter
   * and the framework suppresses offers; with it, it revives.
   */
  setDemand(demand: boolean): void;
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
  /** The tasks that Titan believes to be at Mesos, for explicit reconciliation. */
  knownTasks(): readonly TaskAt[];
  /** The framework id kept in the store. */
  loadFrameworkId(): Promise<string | undefined>;
  /** Compare-and-set: throws `Conflict` when another id is stored already. */
  saveFrameworkId(id: string): Promise<void>;
  /**
   * Removes the stored id where it is this one. Called when the master has removed the framework
   * for good and `knownTasks` is empty; absent: the session then stops and says why.
   */
  forgetFrameworkId?(id: string): Promise<void>;
}
