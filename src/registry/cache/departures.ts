import { type Held, hold } from './held.ts';
import type { Change } from './window.ts';

/**
 * Makes what they see whose selector an object left: its old state at the revision of the change. It
 * is made once for all of them, and goes with what it was made of.
 */
export function createDepartures(kept: (held: Held) => Held): (change: Change) => Held {
  const departures = new WeakMap<Held, Held>();
  return ({ held, old, revision }) => {
    const known = departures.get(held);
    if (known !== undefined) return known;
    const made = kept(hold((old ?? held).object, revision));
    departures.set(held, made);
    return made;
  };
}
