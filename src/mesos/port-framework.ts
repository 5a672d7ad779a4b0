/** The framework as the rest of Titan sees it, and what it asks of that. */
import type { Millis } from '../api/object.ts';
import type {
  AgentInfo,
  Away,
  ExecutorAt,
  ExecutorMessage,
  Launch,
  MasterEvent,
  Offer,
  Operation,
  OperationAt,
  OperationUpdate,
  RunningTask,
  TaskAt,
  TaskUpdate,
} from './port.ts';

/** Who may want offers. */
export type Demander = 'placement' | 'volumes' | 'orphans' | 'caretaker';

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
  /** From now on keeps which agents' offers came or went, for one reader; all that have any are the first. */
  followOffers(): OfferNews;
  /** From now on no held offer is given back for its age, until that is released; for some minutes at most. */
  keepOffers(): OfferKeep;
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
  /** Asks the master about one task now; the answer arrives as an update. */
  ask(task: TaskAt): Promise<void>;
  /** Ends an executor and every task of it. */
  shutdown(executor: ExecutorAt): Promise<void>;
  /** Says something to an executor of our own. It is lost where that is not there to hear it. */
  message(message: ExecutorMessage): Promise<void>;
  /** When agents will be away, by agent id, as the master last said. */
  absences(): ReadonlyMap<string, Away>;
  /**
   * Says whether there is work for offers. Without demand the held ones are declined with a filter
   * and the framework suppresses offers; with it, it revives. Each who says so is heard by itself.
   */
  setDemand(demand: boolean, who?: Demander): void;
  agents(): Promise<readonly AgentInfo[]>;
  /** Our tasks that the master has and that have not ended: all of them, so ask seldom. */
  tasks(): Promise<readonly RunningTask[]>;
  /** Asks the master about every known task now; the answers arrive as updates. */
  reconcile(): Promise<void>;
}

/** The agents, by their ids, whose offers are others than they were. */
export interface OfferNews {
  /** Those since it was last asked. */
  take(): ReadonlySet<string>;
  stop(): void;
}

/** Held offers that somebody counts on, of every agent at first. */
export interface OfferKeep {
  /** From now on only those of these agents, by their ids. */
  only(agentIds: ReadonlySet<string>): void;
  release(): void;
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
  /** The tasks that Titan believes to be at Mesos, for explicit reconciliation: made one by one, since there may be very many. */
  knownTasks(): Iterable<TaskAt>;
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
