import { CAPACITY_GROUP_LABEL } from '../api/capacity-group.ts';
import { VOLUME_LABELS } from '../api/volume.ts';
import type { Items, PortRange, Resources, Scalars } from './port.ts';
import type { V1Resource } from './v1.ts';

/** Mesos counts scalars in thousandths; adding as floats would drift away from it. */
export function toThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
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
  return reservationLabel(resource, VOLUME_LABELS.uid) === undefined;
}

/** The capacity group whose tasks alone may use it; `undefined` where all may. */
export function groupOf(resource: V1Resource): string | undefined {
  return reservationLabel(resource, CAPACITY_GROUP_LABEL);
}

/** What the innermost reservation says under this key. */
function reservationLabel(resource: V1Resource, label: string): string | undefined {
  const { labels } = resource.reservations?.at(-1) ?? resource.reservation ?? {};
  return labels?.labels?.find(({ key }) => key === label)?.value;
}

/**
 * The sum of what is plainly usable among wire resources, whatever their role or reservation. Of what is
 * reserved for a capacity group only amounts count: its ranges and sets are nobody's.
 */
export function readResources(pieces: readonly V1Resource[] = []): Resources {
  const plain = pieces.filter(isPlain);
  const { ports, ...named } = itemsOf(plain.filter((piece) => groupOf(piece) === undefined));
  const reserved = [
    ...Map.groupBy(
      plain.filter(({ scalar }) => scalar),
      groupOf,
    ),
  ].flatMap(([group, own]) => (group === undefined ? [] : [[group, scalarsOf(own)] as const]));
  return {
    ...scalarsOf(plain),
    ports: ports?.type === 'ranges' ? ports.ranges : [],
    ...(Object.keys(named).length === 0 ? {} : { items: named }),
    ...(reserved.length === 0 ? {} : { reserved: Object.fromEntries(reserved) }),
  };
}

function scalarsOf(pieces: readonly V1Resource[]): Scalars {
  const sums = new Map<string, number>();
  for (const { name, scalar: amount } of pieces) {
    if (amount) sums.set(name, toThousandths((sums.get(name) ?? 0) + amount.value));
  }
  const { cpus = 0, mem = 0, disk = 0, ...others } = Object.fromEntries(sums);
  return {
    cpus,
    memoryMiB: mem,
    diskMiB: disk,
    ...(Object.keys(others).length === 0 ? {} : { others }),
  };
}

function itemsOf(pieces: readonly V1Resource[]): Readonly<Record<string, Items>> {
  const items = new Map<string, Items>();
  for (const { name, ranges: spans, set } of pieces) {
    if (spans) items.set(name, joinItems(items.get(name), toItems(spans)));
    if (set) items.set(name, joinItems(items.get(name), { type: 'set', items: set.item ?? [] }));
  }
  return Object.fromEntries(items);
}

function toItems({ range = [] }: NonNullable<V1Resource['ranges']>): Items {
  return { type: 'ranges', ranges: range.map(({ begin, end }) => ({ begin, end })) };
}

/** Both together; of one name that is a range here and a set there the last. */
function joinItems(some: Items | undefined, more: Items): Items {
  if (more.type === 'set') {
    const items = [...(some?.type === 'set' ? some.items : []), ...more.items];
    return { type: 'set', items: items.toSorted() };
  }
  const ranges = [...(some?.type === 'ranges' ? some.ranges : []), ...more.ranges];
  return { type: 'ranges', ranges: joinRanges(ranges) };
}

/** As unreserved wire resources; what is zero is left out. */
export function toResources(amounts: Resources): V1Resource[] {
  const { cpus, memoryMiB, diskMiB, ports, others = {}, items = {} } = amounts;
  const scalars = Object.entries({ cpus, mem: memoryMiB, disk: diskMiB, ...others });
  return [
    ...scalars.flatMap(([name, value]) => (value > 0 ? [scalar(name, value)] : [])),
    ...(ports.length > 0 ? [ranges('ports', ports)] : []),
    ...Object.entries(items).map(([name, each]) =>
      each.type === 'set' ? setOf(name, each.items) : ranges(name, each.ranges),
    ),
  ];
}

export function scalar(name: string, value: number): V1Resource {
  return { name, type: 'SCALAR', scalar: { value } };
}

export function ranges(name: string, range: readonly PortRange[]): V1Resource {
  return { name, type: 'RANGES', ranges: { range } };
}

export function setOf(name: string, item: readonly string[]): V1Resource {
  return { name, type: 'SET', set: { item } };
}
