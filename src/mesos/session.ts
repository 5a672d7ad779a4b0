/**
 * The framework session: one identity at the master that outlives connections. It subscribes with
 * the stored id, comes back after every loss, reconciles, and makes updates durable before it
 * acknowledges them.
 */
import { asTitanError, TitanError } from '../api/error.ts';
import { type Absences, createAbsences } from './absences.ts';
import { createDemand, type Demand } from './demand.ts';
import type { FrameworkOptions, RunningFramework } from './framework.ts';
import { type HeldOffers, heldOffers } from './held-offers.ts';
import { type Identity, identity, removedMessage } from './identity.ts';
import type {
  Away,
  Demander,
  ExecutorAt,
  ExecutorMessage,
  Launch,
  MasterEvent,
  Offer,
  OfferKeep,
  OfferNews,
  Operation,
  OperationUpdate,
  TaskAt,
} from './port.ts';
import { type Reconciler, reconciler } from './reconcile.ts';
import { createUpdates, type Updates } from './update-queue.ts';

type Change = 'offers' | 'agents' | 'connection';

const defaultBackoffMs = 1_000;
const defaultBackoffMaxMs = 30_000;
const agentsSeenMax = 100_000;
/** Types of unknown events that are told of; the others are only counted. */
const strangersMax = 100;
const refusal = 'Mesos refuses the framework: ';

export class Session implements RunningFramework {
  connected = false;
  problem: string | undefined;
  halted: string | undefined;
  #start: FrameworkOptions;
  #listeners = new Set<(what: Change) => void>();
  #stopping = new AbortController();
  #seenAgents = new Set<string>();
  #strangers = new Set<string>();
  #demanders = new Set<Demander>();
  #absences: Absences;
  #identity: Identity;
  #demand: Demand;
  #offers: HeldOffers;
  #reconciler: Reconciler;
  #updates: Updates;
  #running: Promise<void>;

  constructor(start: FrameworkOptions) {
    const { options = {} } = start;
    this.#start = start;
    this.#identity = identity(start.framework, start.master, start.host);
    this.#absences = createAbsences({ ...start, changed: () => this.#tell('agents') });
    this.#offers = heldOffers({ ...start, changed: () => this.#tell('offers') });
    this.#demand = createDemand({ ...start, onIdle: () => this.#offers.giveBack() });
    this.#reconciler = reconciler({ ...start, everyMs: options.reconcileEveryMs });
    this.#updates = createUpdates({
      ...start,
      atOnce: options.updatesAtOnce,
      onMissed: () => this.#reconciler.soon(),
    });
    this.#running = this.#run();
  }

  get principal(): string | undefined {
    return this.#start.framework.principal;
  }

  offers(): ReadonlyMap<string, readonly Offer[]> {
    return this.#offers.byAgent;
  }

  followOffers(): OfferNews {
    return this.#offers.follow();
  }

  keepOffers(): OfferKeep {
    return this.#offers.keep();
  }

  onChange(listener: (what: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  launch(
    agentId: string,
    launches: readonly Launch[],
    operations: readonly Operation[] = [],
  ): Promise<void> {
    return this.#offers.launch(agentId, launches, operations);
  }

  kill(task: TaskAt, graceMs: number): Promise<void> {
    return this.#start.master.kill(task, graceMs);
  }

  ask(task: TaskAt): Promise<void> {
    return this.#start.master.reconcile([task]);
  }

  shutdown(executor: ExecutorAt): Promise<void> {
    return this.#start.master.shutdown(executor);
  }

  message(message: ExecutorMessage): Promise<void> {
    return this.#start.master.message(message);
  }

  absences(): ReadonlyMap<string, Away> {
    return this.#absences.byAgent;
  }

  setDemand(wanted: boolean, who: Demander = 'placement'): void {
    if (wanted) this.#demanders.add(who);
    else this.#demanders.delete(who);
    this.#demand.set(this.#demanders.size > 0);
  }

  agents() {
    return this.#start.master.agents();
  }

  tasks() {
    return this.#start.master.tasks();
  }

  reconcile(): Promise<void> {
    return this.#reconciler.now();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#absences.stop();
    await this.#updates.idle();
  }

  async #run(): Promise<void> {
    const { clock, random, log, options = {} } = this.#start;
    const { backoffMs = defaultBackoffMs, backoffMaxMs = defaultBackoffMaxMs } = options;
    const { signal } = this.#stopping;
    let waitMs = backoffMs;
    while (!signal.aborted) {
      const stood = await this.#connect().catch((error) => {
        this.problem = asTitanError(error).message;
        this.halted = this.problem;
        log.error('The framework can not go on', { error: this.problem });
        this.#stopping.abort();
        this.#tell('connection');
        return false;
      });
      if (stood) waitMs = backoffMs;
      const isRefused = this.problem?.startsWith(refusal) ?? false;
      await clock.sleep(isRefused ? backoffMaxMs : random.next() * waitMs, signal);
      waitMs = Math.min(waitMs * 2, backoffMaxMs);
    }
  }

  /**
   * One connection, from its SUBSCRIBE to its loss. Returns whether it ever stood.
   *
   * @throws TitanError where no further connection may be tried
   */
  async #connect(): Promise<boolean> {
    const { master, log } = this.#start;
    const { signal } = this.#stopping;
    const before = this.problem;
    let stood = false;
    try {
      for await (const event of master.subscribe(await this.#identity.info(), signal)) {
        await this.#take(event);
        stood ||= event.type === 'subscribed';
      }
      this.problem = signal.aborted ? undefined : 'The Mesos master ended the connection';
    } catch (thrown) {
      const { message } = asTitanError(thrown);
      this.problem = message;
      log.warn('Lost the connection to Mesos', { error: message });
      if (message === `${refusal}${removedMessage}`) await this.#identity.removed();
    } finally {
      this.#leave();
      if (!stood && before === undefined && this.problem) this.#tell('connection');
    }
    return stood;
  }

  async #take(event: MasterEvent): Promise<void> {
    this.#start.metrics?.event(event.type);
    switch (event.type) {
      case 'subscribed':
        return this.#join(event.frameworkId);
      case 'offers':
        return this.#hold(event.offers);
      case 'rescind':
        return this.#offers.rescind(event.offerId);
      case 'update':
        return this.#updates.add(event.update);
      case 'operation':
        void this.#settle(event.update);
        return;
      case 'inverseOffers':
        this.#absences.add(event.inverseOffers);
        return this.#tell('agents');
      case 'rescindInverse':
        this.#absences.rescind(event.inverseOfferId);
        return this.#tell('agents');
      case 'message':
        return this.#start.host.onMessage?.(event.message);
      case 'failure':
        if (event.agentId !== undefined) this.#seenAgents.delete(event.agentId);
        return this.#tell('agents');
      case 'error':
        throw new TitanError('Forbidden', `${refusal}${event.message}`);
      case 'heartbeat':
        return;
      case 'unknown':
        return this.#note(event.name);
    }
  }

  async #join(frameworkId: string): Promise<void> {
    await this.#identity.keep(frameworkId);
    await this.#reconciler.begin();
    this.connected = true;
    this.problem = undefined;
    this.#start.metrics?.connected(true);
    this.#start.log.info('Subscribed to Mesos', { frameworkId });
    this.#demand.connected();
    this.#tell('connection');
    this.#tell('agents');
  }

  /** An operation's end is acknowledged once it is durable; until then Mesos sends it again. */
  async #settle(update: OperationUpdate): Promise<void> {
    const { host, master, log } = this.#start;
    try {
      await host.onOperation?.(update);
      await master.acknowledgeOperation(update);
    } catch (error) {
      const { operationId } = update;
      log.warn('An operation was not settled', { operationId, error: asTitanError(error).message });
    }
  }

  /** Once for each type: a newer Mesos may send many. */
  #note(name: string): void {
    if (this.#strangers.has(name) || this.#strangers.size >= strangersMax) return;
    this.#strangers.add(name);
    this.#start.log.warn('Mesos sent an event of a type that Titan does not know', { type: name });
  }

  #leave(): void {
    const was = this.connected;
    this.connected = false;
    this.#start.metrics?.connected(false);
    this.#demand.disconnected();
    this.#reconciler.end();
    this.#offers.drop();
    this.#absences.drop();
    if (was) this.#tell('connection');
  }

  #hold(offers: readonly Offer[]): void {
    const isNews = offers.some(({ agentId }) => !this.#seenAgents.has(agentId));
    if (this.#seenAgents.size > agentsSeenMax) this.#seenAgents.clear();
    for (const { agentId } of offers) this.#seenAgents.add(agentId);
    this.#absences.hear(offers);
    this.#offers.add(offers, this.#demand.wanted);
    if (isNews) this.#tell('agents');
  }

  #tell(what: Change): void {
    for (const listener of [...this.#listeners]) listener(what);
  }
}
