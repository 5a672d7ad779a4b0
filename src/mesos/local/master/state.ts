/** What the local master knows. Functions beside it change it; it holds no behaviour. */
import type { Millis } from '../../../api/object.ts';
import type { Clock, Log, Random } from '../../../runtime/port.ts';
import type { V1AgentInfo, V1Event, V1Framework, V1Status, V1Task } from '../../v1.ts';
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
  readonly registeredAt: Millis;
  reregisteredAt: Millis;
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

export interface OfferRecord {
  readonly id: string;
  readonly frameworkId: string;
  readonly agentId: string;
  readonly role: string;
  readonly resources: Bag;
  readonly stopTimer: () => void;
}

export interface MasterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly vault: Vault;
  readonly hostname?: string;
  readonly port?: number;
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
  /** Agents of the registry that have not come back since the master started. */
  readonly recovered: Set<string>;
  /** Agents given up, with the moment; they may come back. */
  readonly unreachable: Map<string, Millis>;
  readonly offers: Map<string, OfferRecord>;
  /** What all present agents have. */
  readonly total: Quantities;
  /** What is held under each role, and under each role above it. */
  readonly held: Map<string, Quantities>;
  readonly weights: Map<string, number>;
  nextFramework: number;
  nextAgent: number;
  nextOffer: number;
  stopAllocation: (() => void) | undefined;
}

export const removedMax = 50;
export const removedIdsMax = 1000;

export function createState(options: MasterOptions): MasterState {
  return {
    options,
    id: options.random.uuid(),
    frameworks: new Map(),
    removed: new Map(),
    removedIds: new Set(),
    agents: new Map(),
    recovered: new Set(),
    unreachable: new Map(),
    offers: new Map(),
    total: new Map(),
    held: new Map(),
    weights: new Map(),
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
