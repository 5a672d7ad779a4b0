import { asTitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Clock, Log } from '../runtime/port.ts';
import type { FrameworkMetrics, Master, OfferFate } from './port.ts';

/** Offers that are given back. */
export interface Debt {
  readonly ids: readonly string[];
  readonly refuseMs: Millis;
  readonly fate: OfferFate;
}

export interface Declines {
  /** Offers that the master still takes for ours. */
  readonly owed: ReadonlySet<string>;
  add(debt: Debt): void;
  /** The master took it back itself. @returns whether it was owed */
  forgive(offerId: string): boolean;
  /** The connection is gone, and with it every offer. @returns how many were owed */
  drop(): number;
}

interface DeclinesOptions {
  readonly master: Pick<Master, 'decline'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: FrameworkMetrics;
}

const againMs = 1_000;
/** For how long at most what is heard late is refused: it may be wanted again by then. */
const lateRefuseMs = 5_000;

/** Tells the master of declines, again and again until it has heard: what it has not stays with us. */
export function createDeclines({ master, clock, log, metrics }: DeclinesOptions): Declines {
  const owed = new Set<string>();
  /** Counts connections: what is under way when one ends concerns no other. */
  let connection = 0;

  async function pay({ ids, refuseMs, fate }: Debt, during: number): Promise<void> {
    const left = () => (during === connection ? ids.filter((id) => owed.has(id)) : []);
    let spanMs = refuseMs;
    for (let standing = left(); standing.length > 0; standing = left()) {
      try {
        await master.decline(standing, spanMs);
        const settled = left().filter((id) => owed.delete(id));
        metrics?.offers(fate, settled.length);
      } catch (error) {
        log.warn('Offers were not declined yet', { error: asTitanError(error).message });
        spanMs = Math.min(refuseMs, lateRefuseMs);
        await clock.sleep(againMs);
      }
    }
  }

  return {
    owed,
    add(debt) {
      for (const id of debt.ids) owed.add(id);
      void pay(debt, connection);
    },
    forgive: (offerId) => owed.delete(offerId),
    drop() {
      connection += 1;
      const count = owed.size;
      owed.clear();
      return count;
    },
  };
}
