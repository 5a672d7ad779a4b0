/** Kinds that are known at a time; beyond them it begins anew. */
const KNOWN_MAX = 10_000;

/** Values each kind once: most tasks have what others have, and what hangs on a value is kept for each. */
export interface Shared<T> {
  /** One that is alike, the same for all that are. */
  of(value: T): T;
}

/** @param textOf the same for those that are alike */
export function createShared<T>(textOf: (value: T) => string): Shared<T> {
  const known = new Map<string, T>();
  return {
    of(value) {
      const text = textOf(value);
      const alike = known.get(text);
      if (alike !== undefined) return alike;
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(text, value);
      return value;
    },
  };
}
