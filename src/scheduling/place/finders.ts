import type { Finder } from './finder.ts';
import type { Profile } from './profile.ts';

/** Finders by the class of the tasks that they find agents for. */
interface Finders {
  /** @throws whatever making one throws */
  of(profile: Profile): Finder;
  forget(profile: Profile): void;
}

/** So many classes at least are remembered, and twice as many at most. */
const FINDERS_MAX = 1_000;

/** The classes that were longest not asked for are forgotten, many at once. */
export function createFinders(create: (profile: Profile) => Finder): Finders {
  let lately = new Map<string, Finder>();
  let before = new Map<string, Finder>();

  function remember(id: string, finder: Finder): Finder {
    if (lately.size >= FINDERS_MAX) [before, lately] = [lately, new Map()];
    lately.set(id, finder);
    return finder;
  }

  return {
    of(profile) {
      const { id } = profile;
      const known = lately.get(id);
      if (known?.serves(profile)) return known;
      const older = before.get(id);
      return remember(id, older?.serves(profile) ? older : create(profile));
    },
    forget({ id }) {
      lately.delete(id);
      before.delete(id);
    },
  };
}
