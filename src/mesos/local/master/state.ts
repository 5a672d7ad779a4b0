/** What the local master knows. Functions beside it change it; it holds no behaviour. */
import type { Millis } from '../../../api/object.ts';
import type { Clock, Log, Random } from '../../../runtime/port.ts';
import type {
  V1AgentInfo,
  V1Event,
  V1Framework,
  V1Operation,
  V1OperationStatus,
  V1Status,
  V1Task,
  V1Unavailability,
} from '../../v1.ts';
import type { V1Executor } from '../../v1-container.ts';
import type { AgentLink } from '../link.ts';
import type { Bag } from '../resources/bag.ts';
import type { Quantities } from '../resources/quantities.ts';
import type { Vault } from '../vault.ts';

/** Where a framework's events go. */
export interface Sink {
  send(event: V1Event): void;
  end(): void;
}

export interface Stream extends Sink {
  readonly id: string;
}

/** What was refused, and so is not offered again until the timer fires. */
export interface Filter {
  readonly resources: Bag;
  readonly stopTimer: () => void;
}

export interface FrameworkRecord {
  readonly id: string;
  info: V1Framework;
  stream: Stream | undefined;
  suppressed: ReadonlySet<string>;
  /** By agent and role. */
  readonly filters: Map<string, Filter>;
  /** How often each role was given an offer: who had fewer comes first. */
  readonly served: Map<string, number>;
  /** What it holds in each of its roles, offers included. */
  readonly held: Map<string, Quantities>;
  readonly tasks: Map<string, TaskRecord>;
  /** Tasks of agents that are away, in the state that was told. */
  readonly unreachable: Map<string, TaskRecord>;
  readonly offers: Set<string>;
  /** Ended and acknowledged; the oldest are forgotten at `completedMax`. */
  readonly completed: TaskRecord[];
  readonly registeredAt: Millis;
  reregisteredAt: Millis;
  /** Known from agents or the registry; it has not subscribed to this master. */
  recovered: boolean;
  /** Stops the heartbeats or the failover time-out, whichever runs. */
  stopTimer: () => void;
}

export interface TaskRecord {
  readonly id: string;
  readonly frameworkId: string;
  readonly agentId: string;
  readonly role: string;
  readonly info: V1Task;
  readonly resources: Bag;
  /** The newest state that the agent told. */
  state: string;
  /** The update that was last sent on to the framework. */
  sent: V1Status | undefined;
  /** What was told of it, one for each state in a row. */
  statuses: readonly V1Status[];
}

/** What an operator asked for when an agent is to be emptied. */
export interface Drain {
  readonly markGone: boolean;
  readonly since: Millis;
}

export interface AgentRecord {
  readonly id: string;
  readonly info: V1AgentInfo;
  /** Changes by reservations and volumes. */
  total: Bag;
  /** Neither used nor offered. */
  free: Bag;
  readonly tasks: Set<TaskRecord>;
  /** By framework and executor. */
  readonly executors: Map<string, ExecutorRecord>;
  readonly offers: Set<string>;
  readonly registeredAt: Millis;
  /** Set where the agent came back after it was given up. */
  readonly reregisteredAt: Millis | undefined;
  /** By an operator: it gets no offers. */
  deactivated: boolean;
  drain: Drain | undefined;
  readonly inverseOffers: Map<string, InverseOfferRecord>;
  /** `undefined` while the connection is away. */
  link: AgentLink | undefined;
  /** Kills that came while the agent was away. */
  readonly owedKills: Map<string, () => void>;
  stopTimer: () => void;
}

/** An executor that several tasks may share. */
export interface ExecutorRecord {
  readonly id: string;
  readonly frameworkId: string;
  readonly agentId: string;
  readonly role: string;
  readonly info: V1Executor;
  readonly resources: Bag;
}

/** A framework is asked to leave an agent whose machine will be away. */
export interface InverseOfferRecord {
  readonly id: string;
  readonly frameworkId: string;
  readonly unavailability: V1Unavailability;
}

export interface OfferRecord {
  readonly id: string;
  readonly frameworkId: string;
  readonly agentId: string;
  readonly role: string;
  readonly resources: Bag;
  readonly stopTimer: () => void;
}

/** An operation that was carried out, until its framework acknowledges that. */
export interface OperationRecord {
  /** Base64 of the 16 bytes. */
  readonly uuid: string;
  readonly frameworkId: string;
  readonly agentId: string;
  readonly info: V1Operation;
  readonly status: V1OperationStatus;
  stopTimer: () => void;
}

/** A machine as a maintenance schedule names it. */
export interface MachineId {
  readonly hostname?: string;
  readonly ip?: string;
}

export interface MaintenanceWindow {
  readonly machine_ids?: readonly MachineId[];
  readonly unavailability: V1Unavailability;
}

export interface InverseAnswer {
  readonly status: 'ACCEPT' | 'DECLINE';
  readonly at: Millis;
  /** When its filter ends. */
  readonly until: Millis;
  readonly stopTimer: () => void;
}

export interface Maintenance {
  windows: readonly MaintenanceWindow[];
  /** By the machine's name. */
  readonly down: Map<string, MachineId>;
  /** What frameworks answered last, by agent and framework. */
  readonly answers: Map<string, Map<string, InverseAnswer>>;
}

/** A reader of the operator API's event stream. */
export interface Watcher {
  readonly id: string;
  send(event: object): void;
  end(): void;
  stopTimer: () => void;
}

export interface MasterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly vault: Vault;
  readonly hostname?: string;
  readonly port?: number;
  readonly cluster?: string;
  /** Secrets by principal: absent, everyone may call. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** How long it answers nothing but 404, and then nothing but 503. Default: it is ready at once. */
  readonly startup?: { readonly silentMs: Millis; readonly recoveringMs: Millis };
  readonly allocationMs?: Millis;
  readonly heartbeatMs?: Millis;
  /** An agent that stays away this long is unreachable. */
  readonly agentTimeoutMs?: Millis;
  /** Offers not used in this time are rescinded; absent: never. */
  readonly offerTimeoutMs?: Millis;
}

export interface MasterState {
  readonly options: MasterOptions;
  readonly id: string;
  readonly frameworks: Map<string, FrameworkRecord>;
  /** Final: such a framework may never come back. The oldest are forgotten at `removedMax`. */
  readonly removed: Map<string, { readonly framework: FrameworkRecord; readonly at: Millis }>;
  readonly removedIds: Set<string>;
  readonly agents: Map<string, AgentRecord>;
  /** The same by host and port. */
  readonly addresses: Map<string, AgentRecord>;
  /** Agents of the registry that have not come back since the master started. */
  readonly recovered: Map<string, V1AgentInfo>;
  /** Agents given up, with the moment; they may come back. */
  readonly unreachable: Map<string, Millis>;
  /** Agents that an operator declared gone for good, with the moment. The oldest are forgotten. */
  readonly gone: Map<string, Millis>;
  /** Agents that an operator deactivated, with the drain that did it. */
  readonly setAside: Map<string, Drain | undefined>;
  readonly offers: Map<string, OfferRecord>;
  /** By uuid. */
  readonly operations: Map<string, OperationRecord>;
  /** What all present agents have. */
  readonly total: Quantities;
  /** What is held under each role, and under each role above it. */
  readonly held: Map<string, Quantities>;
  readonly weights: Map<string, number>;
  /** The most that a role may hold, in units by resource name. */
  readonly quotas: Map<string, Readonly<Record<string, number>>>;
  readonly maintenance: Maintenance;
  /** Who listens to the operator API's event stream. */
  readonly watchers: Set<Watcher>;
  readonly startedAt: Millis;
  nextFramework: number;
  nextAgent: number;
  nextOffer: number;
  stopAllocation: (() => void) | undefined;
}

export const removedMax = 50;
export const completedMax = 1000;
export const removedIdsMax = 1000;

export function createState(options: MasterOptions): MasterState {
  return {
    options,
    id: options.random.uuid(),
    frameworks: new Map(),
    removed: new Map(),
    removedIds: new Set(),
    agents: new Map(),
    addresses: new Map(),
    recovered: new Map(),
    unreachable: new Map(),
    gone: new Map(),
    setAside: new Map(),
    offers: new Map(),
    operations: new Map(),
    total: new Map(),
    held: new Map(),
    weights: new Map(),
    quotas: new Map(),
    maintenance: { windows: [], down: new Map(), answers: new Map() },
    watchers: new Set(),
    startedAt: options.clock.now(),
    nextFramework: 0,
    nextAgent: 0,
    nextOffer: 0,
    stopAllocation: undefined,
  };
}

export function hasCapability(framework: { readonly info: V1Framework }, type: string): boolean {
  return (framework.info.capabilities ?? []).some((capability) => capability.type === type);
}

export function rolesOf(info: V1Framework): readonly string[] {
  const multi = hasCapability({ info }, 'MULTI_ROLE');
  return multi ? (info.roles ?? []) : [info.role ?? '*'];
}

export function isTerminal(state: string): boolean {
  return terminal.has(state);
}

const terminal = new Set([
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_LOST',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
]);
