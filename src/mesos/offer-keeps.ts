import type { Millis } from '../api/object.ts';
import type { Clock } from '../runtime/port.ts';
import type { OfferKeep } from './port.ts';

export interface OfferKeeps {
  /** At first of every agent. */
  begin(): OfferKeep;
  /** Whether anybody keeps offers now. */
  readonly any: boolean;
  has(agentId: string): boolean;
}

interface Keep {
  /** Of every agent where there are none. */
  agentIds?: ReadonlySet<string>;
  readonly untilAt: Millis;
}

/** Who counts on held offers now, each for `maxMs` at most, so that what hangs starves no other framework. */
export function createOfferKeeps(clock: Pick<Clock, 'elapsed'>, maxMs: Millis): OfferKeeps {
  const keeps = new Set<Keep>();
  return {
    begin() {
      const keep: Keep = { untilAt: clock.elapsed() + maxMs };
      keeps.add(keep);
      return {
        only(agentIds) {
          keep.agentIds = agentIds;
        },
        release: () => keeps.delete(keep),
      };
    },
    get any() {
      return keeps.size > 0;
    },
    has(agentId) {
      const now = clock.elapsed();
      return [...keeps].some(
        ({ agentIds, untilAt }) => now < untilAt && (agentIds?.has(agentId) ?? true),
      );
    },
  };
}
