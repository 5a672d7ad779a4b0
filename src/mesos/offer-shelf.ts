import type { Millis } from '../api/object.ts';
import type { Offer, OfferNews } from './port.ts';

/** Offers by id and by agent, with the time since when each is there; the oldest comes first. */
export interface OfferShelf {
  readonly byAgent: ReadonlyMap<string, readonly Offer[]>;
  readonly size: number;
  ids(): readonly string[];
  has(id: string): boolean;
  put(offer: Offer, since: Millis): void;
  /** @returns whether it was there */
  remove(id: string): boolean;
  /** Since when the oldest is there. */
  oldest(): Millis | undefined;
  /** Those that are there since a moment or longer, but for those of some agents. */
  olderThan(moment: Millis, isSpared: (agentId: string) => boolean): readonly string[];
  clear(): void;
  /** At first all agents that have offers are news. */
  follow(): OfferNews;
}

export function createOfferShelf(): OfferShelf {
  const byAgent = new Map<string, readonly Offer[]>();
  const held = new Map<string, { readonly agentId: string; readonly since: Millis }>();
  const followers = new Set<{ changed: Set<string> }>();

  function tell(agentId: string): void {
    for (const each of followers) each.changed.add(agentId);
  }

  return {
    byAgent,
    get size() {
      return held.size;
    },
    ids: () => [...held.keys()],
    has: (id) => held.has(id),
    put(offer, since) {
      const { id, agentId } = offer;
      held.set(id, { agentId, since });
      byAgent.set(agentId, [...(byAgent.get(agentId) ?? []), offer]);
      tell(agentId);
    },
    remove(id) {
      const agentId = held.get(id)?.agentId;
      if (agentId === undefined) return false;
      held.delete(id);
      const rest = (byAgent.get(agentId) ?? []).filter((offer) => offer.id !== id);
      if (rest.length > 0) byAgent.set(agentId, rest);
      else byAgent.delete(agentId);
      tell(agentId);
      return true;
    },
    oldest() {
      const [first] = held.values();
      return first?.since;
    },
    olderThan: (moment, isSpared) =>
      [...held].flatMap(([id, { agentId, since }]) =>
        since <= moment && !isSpared(agentId) ? [id] : [],
      ),
    clear() {
      for (const agentId of byAgent.keys()) tell(agentId);
      byAgent.clear();
      held.clear();
    },
    follow() {
      const follower = { changed: new Set(byAgent.keys()) };
      followers.add(follower);
      return {
        take() {
          const { changed } = follower;
          follower.changed = new Set();
          return changed;
        },
        stop: () => followers.delete(follower),
      };
    },
  };
}
