import type { Millis } from '../api/object.ts';
import type { Random } from './port.ts';

/** How long to wait between attempts. Factor 2 unless told. */
export interface Backoff {
  readonly initialMs: Millis;
  readonly limitMs: Millis;
  readonly factor?: number;
}

/** The bound of the wait before attempt `count` (0 is the first retry), without chance. */
export function backoffBound(count: number, { initialMs, limitMs, factor = 2 }: Backoff): Millis {
  return Math.min(limitMs, initialMs * factor ** Math.min(count, 64));
}

/** A wait between half the bound and the bound, so that many who failed together do not return together. */
export function backoffDelay(count: number, backoff: Backoff, random: Random): Millis {
  const bound = backoffBound(count, backoff);
  return Math.round(bound / 2 + (bound / 2) * random.next());
}
