import { VOLUME_LABELS } from '../api/volume.ts';
import type { PortRange, Resources } from './port.ts';
import type { V1Resource } from './v1.ts';

export const noResources: Resources = { cpus: 0, memoryMiB: 0, diskMiB: 0, ports: [] };

/** Mesos counts scalars in thousandths; adding as floats would drift away from it. */
export function toThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}

export function addResources(a: Resources, b: Resources): Resources {
  return {
    cpus: toThousandths(a.cpus + b.cpus),
    memoryMiB: toThousandths(a.memoryMiB + b.memoryMiB),
    diskMiB: toThousandths(a.diskMiB + b.diskMiB),
    ports: joinRanges([...a.ports, ...b.ports]),
    ...othersOf(a, b, 1),
  };
}

/** `a` without `b`; only meaningful where `a` holds `b`. */
export function subtractResources(a: Resources, b: Resources): Resources {
  return {
    cpus: toThousandths(a.cpus - b.cpus),
    memoryMiB: toThousandths(a.memoryMiB - b.memoryMiB),
    diskMiB: toThousandths(a.diskMiB - b.diskMiB),
    ports: b.ports.reduce<readonly PortRange[]>(removeRange, a.ports),
    ...othersOf(a, b, -1),
  };
}

/** `a + sign × b` of the amounts by name; those that come to nothing are left out. */
function othersOf(a: Resources, b: Resources, sign: 1 | -1): Pick<Resources, 'others'> {
  const sum = new Map(Object.entries(a.others ?? {}));
  for (const [name, value] of Object.entries(b.others ?? {})) {
    sum.set(name, toThousandths((sum.get(name) ?? 0) + sign * value));
  }
  const left = [...sum].filter(([, value]) => value !== 0);
  return left.length === 0 ? {} : { others: Object.fromEntries(left) };
}

export function holdsResources(a: Resources, b: Resources): boolean {
  return (
    a.cpus >= b.cpus &&
    a.memoryMiB >= b.memoryMiB &&
    a.diskMiB >= b.diskMiB &&
    Object.entries(b.others ?? {}).every(([name, want]) => (a.others?.[name] ?? 0) >= want) &&
    joinRanges(b.ports).every((want) =>
      a.ports.some((have) => have.begin <= want.begin && want.end <= have.end),
    )
  );
}

export function joinRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const joined: PortRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.begin - b.begin)) {
    const last = joined.at(-1);
    if (last && range.begin <= last.end + 1) {
      joined[joined.length - 1] = { begin: last.begin, end: Math.max(last.end, range.end) };
    } else joined.push(range);
  }
  return joined;
}

export function removeRange(ranges: readonly PortRange[], gone: PortRange): readonly PortRange[] {
  return ranges.flatMap(({ begin, end }) =>
    gone.end < begin || end < gone.begin
      ? [{ begin, end }]
      : [
          ...(begin < gone.begin ? [{ begin, end: gone.begin - 1 }] : []),
          ...(gone.end < end ? [{ begin: gone.end + 1, end }] : []),
        ],
  );
}

/**
 * Whether a task may simply use it: a volume or revocable capacity needs more than asking, and what is
 * reserved for a Volume is the Volume's.
 */
export function isPlain(resource: V1Resource): boolean {
  if (resource.disk || resource.revocable || resource.shared || resource.provider_id) return false;
  const { labels } = resource.reservations?.at(-1) ?? resource.reservation ?? {};
  return !labels?.labels?.some(({ key }) => key === VOLUME_LABELS.uid);
}

/** The sum of what is plainly usable among wire resources, whatever their role or reservation. */
export function readResources(pieces: readonly V1Resource[] = []): Resources {
  const sums = new Map<string, number>();
  const ports: PortRange[] = [];
  for (const { name, scalar: amount, ranges: spans } of pieces.filter(isPlain)) {
    if (amount) sums.set(name, toThousandths((sums.get(name) ?? 0) + amount.value));
    if (name !== 'ports') continue;
    for (const { begin, end } of spans?.range ?? []) ports.push({ begin, end });
  }
  const { cpus = 0, mem = 0, disk = 0, ...others } = Object.fromEntries(sums);
  return {
    cpus,
    memoryMiB: mem,
    diskMiB: disk,
    ports: joinRanges(ports),
    ...(Object.keys(others).length === 0 ? {} : { others }),
  };
}

/** As unreserved wire resources; what is zero is left out. */
export function toResources(amounts: Resources): V1Resource[] {
  const { cpus, memoryMiB, diskMiB, ports, others = {} } = amounts;
  const scalars = Object.entries({ cpus, mem: memoryMiB, disk: diskMiB, ...others });
  return [
    ...scalars.flatMap(([name, value]) => (value > 0 ? [scalar(name, value)] : [])),
    ...(ports.length > 0 ? [ranges('ports', ports)] : []),
  ];
}

export function scalar(name: string, value: number): V1Resource {
  return { name, type: 'SCALAR', scalar: { value } };
}

export function ranges(name: string, range: readonly PortRange[]): V1Resource {
  return { name, type: 'RANGES', ranges: { range } };
}

/** As an agent's flags give them: without a role, ports last. What is nothing is left out. */
export function resourcesToWire(resources: Resources): V1Resource[] {
  return [
    ...(resources.cpus > 0 ? [scalar('cpus', resources.cpus)] : []),
    ...(resources.memoryMiB > 0 ? [scalar('mem', resources.memoryMiB)] : []),
    ...(resources.diskMiB > 0 ? [scalar('disk', resources.diskMiB)] : []),
    ...(resources.ports.length > 0 ? [ranges('ports', resources.ports)] : []),
  ];
}
