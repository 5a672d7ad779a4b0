import { type Location, parseLocation } from '../../api/location.ts';

/** How many instances each fault domain has, or is to have. */
export type Counts = ReadonlyMap<string, number>;

/** `undefined` where one of them has as many as it has agents. */
export function countsOf(locations: readonly Location[]): Counts | undefined {
  const counts = locations.map(({ domain, count }) => [domain, count] as const);
  return counts.every((entry): entry is readonly [string, number] => entry[1] !== '*')
    ? new Map(counts)
    : undefined;
}

/** As `location` has them, by name, those without any left out. */
export function textOf(counts: Counts): string {
  const some = [...counts].filter(([, count]) => count > 0);
  const entries = some.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([domain, count]) => `${domain}:${count}`).join(',');
}

export function readCounts(text: string | undefined): Counts | undefined {
  const parsed = parseLocation(text ?? '');
  return parsed.ok ? countsOf(parsed.locations) : undefined;
}
