import type { Millis } from '../../api/object.ts';
import { sumOf } from '../shares/amounts.ts';
import type { Entry } from './entry.ts';

/** The waiting tasks of a job that start together or not at all. */
interface Gang {
  readonly key: string;
  /** How many must have their place before any starts. */
  readonly size: number;
  /** Whether some of it have their place already. */
  readonly started: boolean;
  readonly waiting: readonly Entry[];
}

/**
 * The gang as entries of the queue: none while it lacks members; one of `size` members, all or nothing;
 * and once it has started each for itself, as a task that is started again joins the others.
 */
export function assembleGang({ key, size, started, waiting }: Gang): readonly Entry[] {
  if (started) return waiting;
  if (waiting.length < size) return [];
  const chosen = waiting.toSorted((a, b) => (a.key < b.key ? -1 : 1)).slice(0, size);
  const [first] = chosen;
  if (first === undefined) return [];
  const latest = (of: (entry: Entry) => Millis) => Math.max(...chosen.map(of));
  const whole: Entry = {
    ...first,
    key,
    class: key,
    since: latest(({ since }) => since),
    readyAt: latest(({ readyAt }) => readyAt),
    ask: sumOf(chosen.map(({ ask }) => ask)),
    members: chosen.flatMap(({ members }) => members),
  };
  return [whole];
}
