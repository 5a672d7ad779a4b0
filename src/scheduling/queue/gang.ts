import type { Millis } from '../../api/object.ts';
import { sumOf } from '../shares/amounts.ts';
import type { Entry } from './entry.ts';

/** The waiting tasks of a job that start together or not at all. */
export interface Gang {
  readonly key: string;
  /** How many must have their place before any starts. */
  readonly size: number;
  /** How many of it have their place already. */
  readonly bound: number;
  readonly waiting: readonly Entry[];
}

export interface Assembly {
  readonly entries: readonly Entry[];
  /** How many more tasks must come before the gang is complete. */
  readonly missing: number;
}

/**
 * The gang as entries of the queue: one of all that waits while fewer than `size` have their place, then
 * each for itself, as a task that is started again joins the others. A gang that lacks members is none yet.
 */
export function assembleGang({ key, size, bound, waiting }: Gang): Assembly {
  const missing = Math.max(0, size - bound - waiting.length);
  if (missing > 0 || waiting.length === 0) return { entries: [], missing };
  if (bound >= size) return { entries: waiting, missing };
  const [first] = waiting.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  if (first === undefined) return { entries: [], missing };
  const latest = (of: (entry: Entry) => Millis) => Math.max(...waiting.map(of));
  const whole: Entry = {
    ...first,
    key,
    class: key,
    priority: latest(({ priority }) => priority),
    since: latest(({ since }) => since),
    readyAt: latest(({ readyAt }) => readyAt),
    ask: sumOf(waiting.map(({ ask }) => ask)),
    members: waiting.flatMap(({ members }) => members),
  };
  return { entries: [whole], missing };
}
