import { asTitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Log } from '../runtime/port.ts';
import type { Away, InverseOffer, Master } from './port.ts';

export interface Absences {
  readonly byAgent: ReadonlyMap<string, Away>;
  /** Keeps what they say, and agrees: Titan can do without any one agent. */
  add(inverseOffers: readonly InverseOffer[]): void;
  rescind(inverseOfferId: string): void;
  /** The connection is gone, and with it every inverse offer. */
  drop(): void;
}

interface AbsencesOptions {
  readonly master: Pick<Master, 'answerInverse'>;
  readonly log: Log;
}

/** How long the master need not ask again about the same agent. */
const settledMs: Millis = 3_600_000;

/** When agents will be away, as the master's inverse offers say it. */
export function createAbsences({ master, log }: AbsencesOptions): Absences {
  const byAgent = new Map<string, Away>();
  const agentOf = new Map<string, string>();

  return {
    byAgent,
    add(inverseOffers) {
      for (const { id, agentId, away } of inverseOffers) {
        if (agentId === undefined) continue;
        for (const [old, agent] of agentOf) if (agent === agentId) agentOf.delete(old);
        agentOf.set(id, agentId);
        byAgent.set(agentId, away);
        log.info('An agent will be away', { agentId, startAt: away.startAt });
      }
      const ids = inverseOffers.map(({ id }) => id);
      master.answerInverse(ids, 'accept', settledMs).catch((error) => {
        log.warn('Inverse offers were not answered', { error: asTitanError(error).message });
      });
    },
    rescind(inverseOfferId) {
      const agentId = agentOf.get(inverseOfferId);
      if (agentId === undefined) return;
      agentOf.delete(inverseOfferId);
      byAgent.delete(agentId);
    },
    drop() {
      byAgent.clear();
      agentOf.clear();
    },
  };
}
