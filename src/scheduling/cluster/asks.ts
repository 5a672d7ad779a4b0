import type { Ask } from './resources.ts';

/** Kinds of asks that are known at a time; beyond them it begins anew. */
const KNOWN_MAX = 10_000;

/** What tasks ask for, each kind of it once: most tasks ask for what others do, and what hangs on an ask is kept for each. */
export interface Asks {
  /** One that is alike, the same for all that are. */
  shared(ask: Ask): Ask;
}

export function createAsks(): Asks {
  const known = new Map<string, Ask>();
  return {
    shared(ask) {
      const text = JSON.stringify(ask);
      const alike = known.get(text);
      if (alike !== undefined) return alike;
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(text, ask);
      return ask;
    },
  };
}
