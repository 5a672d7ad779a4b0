/**
 * The framework session: one identity at the master that outlives connections. It subscribes with
 * the stored id, comes back after every loss, reconciles, and makes updates durable before it
 * acknowledges them.
 */
import { asTitanError, TitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import { createDemand } from './demand.ts';
import { heldOffers } from './held-offers.ts';
import { identity, removedMessage } from './identity.ts';
import type { Framework, FrameworkHost, FrameworkInfo, Master, MasterEvent } from './port.ts';
import { reconciler } from './reconcile.ts';
import { createUpdates } from './update-queue.ts';

export interface SessionOptions {
  /** The first wait after a loss, doubled up to `backoffMaxMs`, each drawn from 0 to its length. */
  readonly backoffMs?: Millis;
  readonly backoffMaxMs?: Millis;
  readonly reconcileEveryMs?: Millis;
  /** Offers held this long without use are given back for `unusedRefuseMs`. */
  readonly holdMs?: Millis;
  readonly unusedRefuseMs?: Millis;
  readonly idleRefuseMs?: Millis;
  /** Updates of different tasks that are made durable at once. */
  readonly updatesAtOnce?: number;
}

export interface FrameworkOptions {
  readonly master: Master;
  readonly framework: FrameworkInfo;
  readonly host: FrameworkHost;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly options?: SessionOptions;
}

export interface RunningFramework extends Framework {
  /** What keeps us from the master, for a person to read; `undefined` while all is well. */
  readonly problem: string | undefined;
  /** Leaves the master without ending the framework: tasks run on. */
  stop(): Promise<void>;
}

type Listener = (what: 'offers' | 'agents' | 'connection') => void;

const defaultBackoffMs = 1_000;
const defaultBackoffMaxMs = 30_000;
const agentsSeenMax = 100_000;

/** Starts the session; it goes on by itself until `stop`. */
export function startFramework(start: FrameworkOptions): RunningFramework {
  const { master, host, clock, random, log, options = {} } = start;
  const listeners = new Set<Listener>();
  const stopping = new AbortController();
  const tell: Listener = (what) => {
    for (const listener of [...listeners]) listener(what);
  };
  const seenAgents = new Set<string>();
  const id = identity(start.framework, master, host);
  const demand = createDemand({ master, clock, log, onIdle: () => offers.giveBack() });
  const offers = heldOffers({ ...start, changed: () => tell('offers') });
  const reconcile = reconciler({
    master,
    host,
    clock,
    random,
    log,
    everyMs: options.reconcileEveryMs,
  });
  const updates = createUpdates({
    master,
    host,
    log,
    atOnce: options.updatesAtOnce,
    onMissed: () => reconcile.soon(),
  });
  let connected = false;
  let problem: string | undefined;

  async function joined(frameworkId: string): Promise<void> {
    await id.keep(frameworkId);
    await reconcile.begin();
    connected = true;
    problem = undefined;
    log.info('Subscribed to Mesos', { frameworkId });
    demand.connected();
    tell('connection');
    tell('agents');
  }

  function left(): void {
    const was = connected;
    connected = false;
    demand.disconnected();
    reconcile.end();
    offers.drop();
    if (was) tell('connection');
  }

  async function take(event: MasterEvent): Promise<void> {
    switch (event.type) {
      case 'subscribed':
        return joined(event.frameworkId);
      case 'offers':
        offers.add(event.offers, demand.wanted);
        if (event.offers.some(({ agentId }) => !seenAgents.has(agentId))) {
          if (seenAgents.size > agentsSeenMax) seenAgents.clear();
          for (const { agentId } of event.offers) seenAgents.add(agentId);
          tell('agents');
        }
        return;
      case 'rescind':
        return offers.rescind(event.offerId);
      case 'update':
        return updates.add(event.update);
      case 'failure':
        if (event.agentId !== undefined) seenAgents.delete(event.agentId);
        return tell('agents');
      case 'error':
        throw new TitanError('Forbidden', `Mesos refuses the framework: ${event.message}`);
      case 'heartbeat':
        return;
    }
  }

  /** One connection, from its SUBSCRIBE to its loss. Returns whether it ever stood. */
  async function connect(): Promise<boolean> {
    let stood = false;
    const mine = new AbortController();
    const abort = () => mine.abort();
    stopping.signal.addEventListener('abort', abort, { once: true });
    try {
      const info = await id.info();
      for await (const event of master.subscribe(info, mine.signal)) {
        await take(event);
        stood ||= event.type === 'subscribed';
      }
      problem = 'The Mesos master ended the connection';
    } catch (thrown) {
      const error = asTitanError(thrown);
      problem = error.message;
      if (!stopping.signal.aborted) log.warn('Lost the connection to Mesos', { error: problem });
      if (error.message.endsWith(removedMessage)) await id.removed();
    } finally {
      stopping.signal.removeEventListener('abort', abort);
      mine.abort();
      left();
    }
    return stood;
  }

  async function run(): Promise<void> {
    const { backoffMs = defaultBackoffMs, backoffMaxMs = defaultBackoffMaxMs } = options;
    let waitMs = backoffMs;
    while (!stopping.signal.aborted) {
      const stood = await connect().catch((error) => {
        problem = asTitanError(error).message;
        log.error('The framework can not go on', { error: problem });
        stopping.abort();
        return false;
      });
      if (stopping.signal.aborted) return;
      waitMs = stood ? backoffMs : waitMs;
      const isRefused = problem?.startsWith('Mesos refuses') ?? false;
      await clock.sleep(isRefused ? backoffMaxMs : random.next() * waitMs, stopping.signal);
      waitMs = Math.min(waitMs * 2, backoffMaxMs);
    }
  }

  const running = run();

  return {
    get connected() {
      return connected;
    },
    get problem() {
      return problem;
    },
    offers: () => offers.byAgent,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    launch: (agentId, launches) => offers.launch(agentId, launches),
    kill: (task, graceMs) => master.kill(task, graceMs),
    setDemand: (wanted) => demand.set(wanted),
    agents: () => master.agents(),
    reconcile: () => reconcile.now(),
    async stop() {
      stopping.abort();
      await running;
      await updates.idle();
    },
  };
}
