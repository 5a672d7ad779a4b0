import type { Held } from './held.ts';
import type { KindCaches } from './kind-caches.ts';

/** Where an object lies: the prefix of its kind, and its local key. */
export interface Place {
  readonly prefix: string;
  readonly local: string;
}

/**
 * What the caches hold and the store does not: both are gone through side by side in the order of keys, so that
 * nothing need be remembered of what has been compared.
 */
export interface Surplus {
  /** Keys that only the caches have, between the place asked for last and this one. */
  before(place: Place): readonly string[];
  /** Keys that only the caches have behind the last place, and of kinds that were not asked for. */
  rest(): readonly string[];
  /** To be called where others had a turn, who may have changed the caches. */
  resume(): void;
}

const NONE: readonly string[] = [];

export function createSurplus(caches: KindCaches): Surplus {
  const begun = new Set<string>();
  let prefix = '';
  /** The last local key that was compared. */
  let reached = '';
  let ahead: Iterator<readonly [string, Held], void> | undefined;
  let next: string | undefined;

  function step(): void {
    const { value } = ahead?.next() ?? {};
    next = value?.[0];
  }

  function seek(): void {
    ahead = caches.of(prefix).scan('', reached);
    step();
  }

  function begin(of: string): void {
    begun.add(of);
    prefix = of;
    reached = '';
    seek();
  }

  /** Those of the kind that come before a local key, or all where there is none. */
  function upTo(local?: string): readonly string[] {
    if (next === undefined || (local !== undefined && next >= local)) return NONE;
    const found: string[] = [];
    while (next !== undefined && (local === undefined || next < local)) {
      found.push(prefix + next);
      step();
    }
    return found;
  }

  return {
    before(place) {
      const ended = place.prefix === prefix ? NONE : upTo();
      if (place.prefix !== prefix) begin(place.prefix);
      const found = upTo(place.local);
      if (next === place.local) step();
      reached = place.local;
      return ended.length === 0 ? found : [...ended, ...found];
    },
    rest() {
      const found = [...upTo()];
      for (const [other] of [...caches.all()]) {
        if (begun.has(other)) continue;
        begin(other);
        found.push(...upTo());
      }
      return found;
    },
    resume() {
      if (prefix !== '') seek();
    },
  };
}
