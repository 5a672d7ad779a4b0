import { asTitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Clock, Log } from '../runtime/port.ts';
import type { Away, FrameworkHost, InverseOffer, Master, Offer } from './port.ts';

export interface Absences {
  readonly byAgent: ReadonlyMap<string, Away>;
  /** Keeps what they say; each is agreed to once no task of ours is left on its agent. */
  add(inverseOffers: readonly InverseOffer[]): void;
  rescind(inverseOfferId: string): void;
  /**
   * An offer is the newest word on its agent: whether it will be away, though nothing of ours runs there
   * and nobody asks, or no longer, though it was agreed to.
   */
  hear(offers: readonly Offer[]): void;
  /**
   * The connection is gone, and with it every inverse offer. What they said holds on, so that no drain
   * pauses: the master says it again soon, where it still is so.
   */
  drop(): void;
  stop(): void;
}

interface AbsencesOptions {
  readonly master: Pick<Master, 'answerInverse'>;
  readonly host: Pick<FrameworkHost, 'knownTasks'>;
  readonly clock: Clock;
  readonly log: Log;
  /** What `byAgent` says has changed by itself. */
  changed(): void;
}

/** How long the master need not ask again about the same agent. */
const SETTLED_MS: Millis = 3_600_000;
/** How often it is looked whether an agent is empty, while any is asked for. */
const LOOK_MS: Millis = 5_000;
/** How long after a connection was lost its inverse offers hold on, if none comes in their place. */
const KEPT_MS: Millis = 600_000;

/** When agents will be away, as the master's inverse offers say it, and its offers. */
export function createAbsences(options: AbsencesOptions): Absences {
  const { master, host, clock, log, changed } = options;
  const byAgent = new Map<string, Away>();
  const agentOf = new Map<string, string>();
  /** Inverse offers that are not answered, by id: the agent. */
  const open = new Map<string, string | undefined>();
  /** Agents of which the connection that stands has said nothing, and until when they are believed to be away. */
  const keptUntil = new Map<string, Millis>();
  let stopTimer: (() => void) | undefined;

  function agree(): void {
    const busy = new Set(host.knownTasks().map(({ agentId }) => agentId));
    const ids = [...open].flatMap(([id, agentId]) =>
      agentId === undefined || !busy.has(agentId) ? [id] : [],
    );
    if (ids.length === 0) return;
    for (const id of ids) open.delete(id);
    master.answerInverse(ids, 'accept', SETTLED_MS).catch((error) => {
      log.warn('Inverse offers were not answered', { error: asTitanError(error).message });
    });
  }

  function expire(): void {
    const over = [...keptUntil].filter(([, until]) => until <= clock.now());
    for (const [agentId] of over) {
      keptUntil.delete(agentId);
      byAgent.delete(agentId);
    }
    if (over.length > 0) changed();
  }

  function look(): void {
    stopTimer?.();
    stopTimer = undefined;
    agree();
    expire();
    if (open.size + keptUntil.size > 0) stopTimer = clock.after(LOOK_MS, look);
  }

  return {
    byAgent,
    add(inverseOffers) {
      for (const { id, agentId, away } of inverseOffers) {
        if (agentId === undefined) {
          open.set(id, agentId);
          continue;
        }
        for (const [old, agent] of agentOf) {
          if (agent !== agentId) continue;
          agentOf.delete(old);
          open.delete(old);
        }
        open.set(id, agentId);
        agentOf.set(id, agentId);
        byAgent.set(agentId, away);
        keptUntil.delete(agentId);
        log.info('An agent will be away', { agentId, startAt: away.startAt });
      }
      look();
    },
    rescind(inverseOfferId) {
      open.delete(inverseOfferId);
      const agentId = agentOf.get(inverseOfferId);
      if (agentId === undefined) return;
      agentOf.delete(inverseOfferId);
      byAgent.delete(agentId);
    },
    hear(offers) {
      const news = offers.filter(({ agentId, away }) => !isSame(byAgent.get(agentId), away));
      for (const { agentId, away } of news) {
        keptUntil.delete(agentId);
        if (away === undefined) byAgent.delete(agentId);
        else byAgent.set(agentId, away);
      }
      if (news.length > 0) changed();
    },
    drop() {
      for (const agentId of byAgent.keys()) {
        if (!keptUntil.has(agentId)) keptUntil.set(agentId, clock.now() + KEPT_MS);
      }
      agentOf.clear();
      open.clear();
      look();
    },
    stop: () => stopTimer?.(),
  };
}

function isSame(one: Away | undefined, other: Away | undefined): boolean {
  return one?.startAt === other?.startAt && one?.durationMs === other?.durationMs;
}
