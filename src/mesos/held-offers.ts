import { TitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Clock, Log } from '../runtime/port.ts';
import { createDeclines, type Debt } from './declines.ts';
import { createOfferKeeps } from './offer-keeps.ts';
import { createOfferShelf } from './offer-shelf.ts';
import type {
  FrameworkMetrics,
  Launch,
  Master,
  Offer,
  OfferKeep,
  OfferNews,
  Operation,
} from './port.ts';

export interface HeldOffers {
  readonly byAgent: ReadonlyMap<string, readonly Offer[]>;
  follow(): OfferNews;
  /** From now on none is given back for its age, until that is released, or for five times as long as one is held. */
  keep(): OfferKeep;
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

export interface HeldOptions {
  readonly master: Pick<Master, 'accept' | 'decline'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: FrameworkMetrics;
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
/** How many times as long as others offers are held that somebody counts on. */
const KEPT_FACTOR = 5;
/** How often it is looked for old offers while some are kept. */
const KEPT_LOOK_MS: Millis = 1_000;

/**
 * The offers that are neither used nor given back. Each leaves once: by a launch, a decline, or
 * because the master takes it away. One that is held too long is given back for a moment, so that
 * other frameworks get a chance. A decline that did not reach the master is sent again until it did.
 */
export function heldOffers(parts: HeldOptions): HeldOffers {
  const { master, clock, metrics, options = {}, changed } = parts;
  const {
    holdMs = defaultHoldMs,
    unusedRefuseMs = defaultUnusedRefuseMs,
    idleRefuseMs = defaultIdleRefuseMs,
  } = options;
  const shelf = createOfferShelf();
  const declines = createDeclines(parts);
  const keeps = createOfferKeeps(clock, holdMs * KEPT_FACTOR);
  /** Counts connections: what is under way when one ends concerns no other. */
  let connection = 0;
  let stopTimer: (() => void) | undefined;

  function take(ids: readonly string[]): void {
    for (const id of ids) shelf.remove(id);
    metrics?.held(shelf.size);
  }

  function decline(debt: Debt): void {
    if (debt.ids.length === 0) return;
    take(debt.ids);
    declines.add(debt);
    changed();
  }

  function giveUnusedBack(): void {
    stopTimer = undefined;
    const ids = shelf.olderThan(clock.elapsed() - holdMs, keeps.has);
    decline({ ids, refuseMs: unusedRefuseMs, fate: 'expired' });
    watchAge();
  }

  function watchAge(): void {
    const oldest = shelf.oldest();
    if (stopTimer || oldest === undefined) return;
    const soonest = keeps.any ? KEPT_LOOK_MS : 0;
    stopTimer = clock.after(Math.max(soonest, oldest + holdMs - clock.elapsed()), giveUnusedBack);
  }

  return {
    byAgent: shelf.byAgent,
    follow: shelf.follow,
    keep: keeps.begin,
    add(offers, wanted) {
      const fresh = offers.filter(({ id }) => !shelf.has(id) && !declines.owed.has(id));
      for (const offer of fresh) shelf.put(offer, clock.elapsed());
      metrics?.offers('received', fresh.length);
      metrics?.held(shelf.size);
      if (!wanted) {
        const ids = fresh.map(({ id }) => id);
        return decline({ ids, refuseMs: idleRefuseMs, fate: 'declined' });
      }
      watchAge();
      changed();
    },
    rescind(offerId) {
      const wasHeld = shelf.has(offerId);
      take([offerId]);
      if (wasHeld || declines.forgive(offerId)) metrics?.offers('rescinded', 1);
      if (wasHeld) changed();
    },
    drop() {
      connection += 1;
      stopTimer?.();
      stopTimer = undefined;
      const had = shelf.size;
      metrics?.offers('lost', had + declines.drop());
      shelf.clear();
      metrics?.held(0);
      if (had > 0) changed();
    },
    giveBack: () => decline({ ids: shelf.ids(), refuseMs: idleRefuseMs, fate: 'declined' }),
    async launch(agentId, launches, operations) {
      const ids = (shelf.byAgent.get(agentId) ?? []).map(({ id }) => id);
      if (ids.length === 0) {
        throw new TitanError('Conflict', `No offer of agent ${agentId} is held`);
      }
      take(ids);
      const during = connection;
      try {
        await master.accept(ids, launches, operations);
        metrics?.offers('accepted', ids.length);
      } catch (error) {
        if (during === connection) decline({ ids, refuseMs: 0, fate: 'declined' });
        else metrics?.offers('lost', ids.length);
        throw error;
      }
    },
  };
}
