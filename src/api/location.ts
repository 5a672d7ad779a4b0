/**
 * The grammar of `spec.location`: `[region:]faultDomain:count`, separated by commas, where a count may
 * be `*` (one on every agent of the domain).
 */
export interface Location {
  readonly region?: string;
  readonly domain: string;
  readonly count: number | '*';
}

export type ParsedLocation =
  | { readonly ok: true; readonly locations: readonly Location[] }
  | { readonly ok: false; readonly problem: string };

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const COUNT_MAX = 1_000_000;

/** Reads a location, or says in one sentence what is wrong with it and where. */
export function parseLocation(text: string): ParsedLocation {
  const locations: Location[] = [];
  const seen = new Set<string>();
  for (const part of text.split(',')) {
    const entry = parseEntry(part.trim());
    if (typeof entry === 'string') return { ok: false, problem: entry };
    if (seen.has(entry.domain)) {
      return { ok: false, problem: `names the fault domain ${entry.domain} twice` };
    }
    seen.add(entry.domain);
    locations.push(entry);
  }
  return { ok: true, locations };
}

function parseEntry(text: string): Location | string {
  const parts = text.split(':');
  const wanted = 'expected [region:]faultDomain:count, for example us-west-2:dc2:40';
  if (parts.length < 2 || parts.length > 3) return `has the entry "${text}", ${wanted}`;
  const [count = '', domain = '', region] = parts.toReversed();
  for (const name of region === undefined ? [domain] : [region, domain]) {
    if (!NAME.test(name)) {
      return `has the entry "${text}", where "${name}" is not a name of lower case letters, digits and "-"; ${wanted}`;
    }
  }
  const number = parseCount(count);
  if (number === undefined) {
    return `has the entry "${text}", where "${count}" is not a count: expected a whole number from 0 to ${COUNT_MAX}, or *`;
  }
  return { ...(region === undefined ? {} : { region }), domain, count: number };
}

function parseCount(text: string): number | '*' | undefined {
  if (text === '*') return '*';
  if (!/^\d{1,7}$/.test(text)) return undefined;
  const count = Number(text);
  return count <= COUNT_MAX ? count : undefined;
}

/**
 * The locations with `replicas` tasks in all, in the proportion of their counts: largest remainder,
 * ties by name. `*` stays as it is. Where all counts are 0, they count as equal.
 */
export function scaleLocations(
  locations: readonly Location[],
  replicas: number | undefined,
): readonly Location[] {
  const counted = locations.filter((location) => location.count !== '*');
  if (replicas === undefined || counted.length === 0) return locations;
  const total = sumOf(counted);
  const shares = counted.map(({ domain, count }) => {
    const weight = total === 0 ? 1 / counted.length : Number(count) / total;
    const whole = Math.floor(exact(replicas * weight));
    return { domain, whole, rest: exact(replicas * weight) - whole };
  });
  const missing = replicas - shares.reduce((sum, { whole }) => sum + whole, 0);
  const lucky = shares
    .toSorted((a, b) => b.rest - a.rest || (a.domain < b.domain ? -1 : 1))
    .slice(0, missing);
  const counts = new Map(shares.map(({ domain, whole }) => [domain, whole]));
  for (const { domain, whole } of lucky) counts.set(domain, whole + 1);
  return locations.map((location) =>
    location.count === '*' ? location : { ...location, count: counts.get(location.domain) ?? 0 },
  );
}

/** How many tasks the counts name, without `*`. */
export function sumOf(locations: readonly Location[]): number {
  return locations.reduce((sum, { count }) => sum + (count === '*' ? 0 : count), 0);
}

/** Takes the error of floating point off a product, so that 60 × (20 / 120) is 10. */
function exact(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
