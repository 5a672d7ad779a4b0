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
  };
}

/** `a` without `b`; only meaningful where `a` holds `b`. */
export function subtractResources(a: Resources, b: Resources): Resources {
  return {
    cpus: toThousandths(a.cpus - b.cpus),
    memoryMiB: toThousandths(a.memoryMiB - b.memoryMiB),
    diskMiB: toThousandths(a.diskMiB - b.diskMiB),
    ports: b.ports.reduce<readonly PortRange[]>(removeRange, a.ports),
  };
}

export function holdsResources(a: Resources, b: Resources): boolean {
  return (
    a.cpus >= b.cpus &&
    a.memoryMiB >= b.memoryMiB &&
    a.diskMiB >= b.diskMiB &&
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

/** Whether a task may simply use it: a volume or revocable capacity needs more than asking. */
export function isPlain(resource: V1Resource): boolean {
  return !resource.disk && !resource.revocable && !resource.shared && !resource.provider_id;
}

/** The sum of what is plainly usable among wire resources, whatever their role or reservation. */
export function readResources(pieces: readonly V1Resource[] = []): Resources {
  const sum = { cpus: 0, memoryMiB: 0, diskMiB: 0 };
  const ports: PortRange[] = [];
  for (const piece of pieces.filter(isPlain)) {
    const amount = piece.scalar?.value ?? 0;
    if (piece.name === 'cpus') sum.cpus += amount;
    if (piece.name === 'mem') sum.memoryMiB += amount;
    if (piece.name === 'disk') sum.diskMiB += amount;
    if (piece.name === 'ports') {
      for (const { begin, end } of piece.ranges?.range ?? []) ports.push({ begin, end });
    }
  }
  return {
    cpus: toThousandths(sum.cpus),
    memoryMiB: toThousandths(sum.memoryMiB),
    diskMiB: toThousandths(sum.diskMiB),
    ports: joinRanges(ports),
  };
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
