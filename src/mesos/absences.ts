import type { Millis } from '../api/object.ts';
import type { Clock, Log } from '../runtime/port.ts';
import { createConsents } from './consents.ts';
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

/** How long after a connection was lost what was said on it holds on, if nothing comes in its place. */
const KEPT_MS: Millis = 600_000;

/** When agents will be away, as the master's inverse offers say it, and its offers. */
export function createAbsences(options: AbsencesOptions): Absences {
  const { clock, log, changed } = options;
  const byAgent = new Map<string, Away>();
  /** Inverse offers that stand. */
  const agentOf = new Map<string, string>();
  const consents = createConsents(options);
  /** Agents of which the connection that stands has said nothing, and until when they are believed to be away. */
  const keptUntil = new Map<string, Millis>();
  let stopTimer = () => {};

  function expire(): void {
    const over = [...keptUntil].filter(([, until]) => until <= clock.elapsed());
    for (const [agentId] of over) {
      keptUntil.delete(agentId);
      byAgent.delete(agentId);
    }
    if (over.length > 0) changed();
    watch();
  }

  function watch(): void {
    stopTimer();
    const next = Math.min(...keptUntil.values());
    if (keptUntil.size > 0) stopTimer = clock.after(Math.max(0, next - clock.elapsed()), expire);
  }

  /** The newest takes the place of those before it. */
  function replace(id: string, agentId: string): void {
    for (const [old, agent] of agentOf) {
      if (agent !== agentId) continue;
      agentOf.delete(old);
      consents.withdraw(old);
    }
    agentOf.set(id, agentId);
  }

  return {
    byAgent,
    add(inverseOffers) {
      for (const { id, agentId, away } of inverseOffers) {
        if (agentId === undefined) continue;
        replace(id, agentId);
        byAgent.set(agentId, away);
        keptUntil.delete(agentId);
        log.info('An agent will be away', { agentId, startAt: away.startAt });
      }
      consents.add(inverseOffers);
    },
    rescind(inverseOfferId) {
      consents.withdraw(inverseOfferId);
      const agentId = agentOf.get(inverseOfferId);
      if (agentId === undefined) return;
      agentOf.delete(inverseOfferId);
      byAgent.delete(agentId);
    },
    hear(offers) {
      const news = offers.filter(({ agentId, away }) => !isSame(byAgent.get(agentId), away));
      for (const { agentId, away } of offers) {
        keptUntil.delete(agentId);
        if (away === undefined) byAgent.delete(agentId);
        else byAgent.set(agentId, away);
      }
      if (news.length > 0) changed();
    },
    drop() {
      const until = clock.elapsed() + KEPT_MS;
      for (const agentId of byAgent.keys()) {
        if (!keptUntil.has(agentId)) keptUntil.set(agentId, until);
      }
      agentOf.clear();
      consents.drop();
      watch();
    },
    stop() {
      stopTimer();
      consents.drop();
    },
  };
}

function isSame(one: Away | undefined, other: Away | undefined): boolean {
  return one?.startAt === other?.startAt && one?.durationMs === other?.durationMs;
}
