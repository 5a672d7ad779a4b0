import { type VirtualClock, virtualClock } from '../../src/runtime/clock.ts';
import type { Random } from '../../src/runtime/port.ts';
import { seededRandom } from '../../src/runtime/random.ts';

/** The moment at which tests begin. */
export const START = Date.UTC(2026, 0, 1);

/** A clock that stands still at `START`, and chance that is always the same. */
export function aWorld(seed = 1): { readonly clock: VirtualClock; readonly random: Random } {
  return { clock: virtualClock(START), random: seededRandom(seed) };
}
