import { asTitanError, TitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Clock, Log } from '../runtime/port.ts';
import type { Launch, Master, Offer, Operation } from './port.ts';

export interface HeldOffers {
  readonly byAgent: ReadonlyMap<string, readonly Offer[]>;
  /** Without demand they go straight back. */
  add(offers: readonly Offer[], wanted: boolean): void;
  rescind(offerId: string): void;
  /** The connection is gone, and with it every offer. */
  drop(): void;
  /** Declines all, for long. */
  giveBack(): void;
  /** @throws TitanError `Conflict` where no offer of the agent is held */
  launch(
    agentId: string,
    launches: readonly Launch[],
    operations: readonly Operation[],
  ): Promise<void>;
}

interface HeldOptions {
  readonly master: Master;
  readonly clock: Clock;
  readonly log: Log;
  readonly options?: {
    readonly holdMs?: Millis;
    readonly unusedRefuseMs?: Millis;
    readonly idleRefuseMs?: Millis;
  };
  changed(): void;
}

const defaultHoldMs = 60_000;
const defaultUnusedRefuseMs = 5_000;
const defaultIdleRefuseMs = 3_600_000;

/**
 * The offers that are neither used nor given back. Each leaves once: by a launch, a decline, or
 * because the master takes it away. One that is held too long is given back for a moment, so that
 * other frameworks get a chance.
 */
export function heldOffers({ master, clock, log, options = {}, changed }: HeldOptions): HeldOffers {
  const {
    holdMs = defaultHoldMs,
    unusedRefuseMs = defaultUnusedRefuseMs,
    idleRefuseMs = defaultIdleRefuseMs,
  } = options;
  const byAgent = new Map<string, readonly Offer[]>();
  const agentOf = new Map<string, string>();
  const since = new Map<string, Millis>();
  let stopTimer: (() => void) | undefined;

  function remove(id: string): boolean {
    const agentId = agentOf.get(id);
    if (agentId === undefined) return false;
    agentOf.delete(id);
    since.delete(id);
    const rest = (byAgent.get(agentId) ?? []).filter((offer) => offer.id !== id);
    if (rest.length > 0) byAgent.set(agentId, rest);
    else byAgent.delete(agentId);
    return true;
  }

  /** A decline that is lost does no harm: the master takes the offers back when we reconnect. */
  function decline(ids: readonly string[], refuseMs: Millis): void {
    for (const id of ids) remove(id);
    if (ids.length === 0) return;
    master.decline(ids, refuseMs).catch((error) => {
      log.warn('Offers were not declined', { error: asTitanError(error).message });
    });
    changed();
  }

  function giveUnusedBack(): void {
    stopTimer = undefined;
    const before = clock.now() - holdMs;
    decline(
      [...since].flatMap(([id, at]) => (at <= before ? [id] : [])),
      unusedRefuseMs,
    );
    watchAge();
  }

  function watchAge(): void {
    const [oldest] = since.values();
    if (stopTimer || oldest === undefined) return;
    stopTimer = clock.after(Math.max(0, oldest + holdMs - clock.now()), giveUnusedBack);
  }

  return {
    byAgent,
    add(offers, wanted) {
      for (const offer of offers) {
        agentOf.set(offer.id, offer.agentId);
        since.set(offer.id, clock.now());
        byAgent.set(offer.agentId, [...(byAgent.get(offer.agentId) ?? []), offer]);
      }
      if (!wanted) {
        decline(
          offers.map(({ id }) => id),
          idleRefuseMs,
        );
        return;
      }
      watchAge();
      changed();
    },
    rescind(offerId) {
      if (remove(offerId)) changed();
    },
    drop() {
      stopTimer?.();
      stopTimer = undefined;
      const had = byAgent.size > 0;
      byAgent.clear();
      agentOf.clear();
      since.clear();
      if (had) changed();
    },
    giveBack: () => decline([...agentOf.keys()], idleRefuseMs),
    async launch(agentId, launches, operations) {
      const ids = (byAgent.get(agentId) ?? []).map(({ id }) => id);
      if (ids.length === 0) {
        throw new TitanError('Conflict', `No offer of agent ${agentId} is held`);
      }
      for (const id of ids) remove(id);
      try {
        await master.accept(ids, launches, operations);
      } catch (error) {
        decline(ids, 0);
        throw error;
      }
    },
  };
}
