import { toPiece } from './pieces.ts';
import type { Items, PortRange } from './port.ts';
import { groupOf, isPlain, joinRanges, ranges, scalar, setOf, toThousandths } from './resources.ts';
import type { V1Operation, V1Resource } from './v1.ts';

/** Wire resources that offers still hold while launches are cut out of them. */
export type Pieces = V1Resource[];

/** What one program asks for. */
export interface Ask {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  readonly ports?: readonly number[];
  readonly others?: Readonly<Record<string, number>>;
  readonly items?: Readonly<Record<string, Items>>;
  /** Whose reservations it may use, beside what is reserved for no capacity group. */
  readonly capacityGroup?: string;
}

/**
 * Cuts what a program asks for out of the offered pieces, which keep their reservations, so that
 * capacity reserved for our role is used as such; what is reserved for its capacity group goes first. What
 * the pieces cannot give is asked for plainly; the master then refuses the task with a reason.
 */
export function carve(pieces: Pieces, ask: Ask): V1Resource[] {
  const { cpus, memoryMiB, diskMiB, others, capacityGroup } = ask;
  const amounts = Object.entries({ cpus, mem: memoryMiB, disk: diskMiB, ...others });
  return [
    ...amounts.flatMap(([name, wanted]) => carveScalar(pieces, { name, wanted, capacityGroup })),
    ...carveNumbers(pieces, 'ports', ask.ports ?? []),
    ...Object.entries(ask.items ?? {}).flatMap(([name, items]) =>
      items.type === 'set'
        ? carveSet(pieces, name, items.items)
        : carveNumbers(pieces, name, numbersIn(items.ranges)),
    ),
  ];
}

/** The pieces as they are once the operations are done: what is launched after them may use that. */
export function withOperations(
  pieces: readonly V1Resource[],
  operations: readonly V1Operation[],
): Pieces {
  let now = [...pieces];
  for (const { reserve, unreserve, create, destroy } of operations) {
    for (const made of reserve?.resources ?? []) now = swapped(now, outside(made), made);
    for (const freed of unreserve?.resources ?? []) now = swapped(now, freed, outside(freed));
    for (const volume of create?.volumes ?? []) now = swapped(now, withoutDisk(volume), volume);
    for (const volume of destroy?.volumes ?? []) now = swapped(now, volume, withoutDisk(volume));
  }
  return now;
}

/** `made` in the place of as much of what is like `used`. */
function swapped(pieces: readonly V1Resource[], used: V1Resource, made: V1Resource): V1Resource[] {
  let missing = used.scalar?.value ?? 0;
  const left = pieces.map((piece) => {
    const has = isLike(piece, used) ? (piece.scalar?.value ?? 0) : 0;
    const part = Math.min(has, missing);
    if (part <= 0) return piece;
    missing = toThousandths(missing - part);
    return { ...piece, scalar: { value: toThousandths(has - part) } };
  });
  return [...left.filter(({ scalar }) => scalar?.value !== 0), made];
}

function isLike(piece: V1Resource, other: V1Resource): boolean {
  const a = toPiece(piece);
  const b = toPiece(other);
  return (
    a.name === b.name &&
    a.volume?.id === b.volume?.id &&
    JSON.stringify(a.reservations) === JSON.stringify(b.reservations)
  );
}

/** Without its innermost reservation. */
function outside({ reservations = [], ...resource }: V1Resource): V1Resource {
  return reservations.length > 1
    ? { ...resource, reservations: reservations.slice(0, -1) }
    : resource;
}

function withoutDisk(resource: V1Resource): V1Resource {
  const { disk: _, ...space } = resource;
  return space;
}

interface Wanted {
  readonly name: string;
  readonly wanted: number;
  readonly capacityGroup: string | undefined;
}

function carveScalar(pieces: Pieces, { name, wanted, capacityGroup }: Wanted): V1Resource[] {
  const taken: V1Resource[] = [];
  let missing = toThousandths(wanted);
  const all = [...pieces.entries()].filter(([, piece]) => piece.name === name && isPlain(piece));
  const byGroup = Map.groupBy(all, ([, piece]) => groupOf(piece));
  const own = capacityGroup === undefined ? [] : (byGroup.get(capacityGroup) ?? []);
  for (const [at, piece] of [...own, ...(byGroup.get(undefined) ?? [])]) {
    const has = piece.scalar?.value ?? 0;
    const part = Math.min(has, missing);
    if (part <= 0) continue;
    taken.push({ ...piece, scalar: { value: part } });
    pieces[at] = { ...piece, scalar: { value: toThousandths(has - part) } };
    missing = toThousandths(missing - part);
  }
  return missing > 0 ? [...taken, scalar(name, missing)] : taken;
}

function carveNumbers(pieces: Pieces, name: string, numbers: readonly number[]): V1Resource[] {
  const taken: V1Resource[] = [];
  let missing = numbers;
  for (const piece of pieces.filter((each) => isForAll(each, name))) {
    const held = missing.filter((number) => isIn(piece.ranges?.range ?? [], number));
    if (held.length > 0) taken.push({ ...piece, ranges: { range: toRanges(held) } });
    missing = missing.filter((number) => !held.includes(number));
  }
  return missing.length > 0 ? [...taken, ranges(name, toRanges(missing))] : taken;
}

function carveSet(pieces: Pieces, name: string, items: readonly string[]): V1Resource[] {
  const taken: V1Resource[] = [];
  let missing = items;
  for (const piece of pieces.filter((each) => isForAll(each, name))) {
    const held = missing.filter((item) => piece.set?.item?.includes(item));
    if (held.length > 0) taken.push({ ...piece, set: { item: held } });
    missing = missing.filter((item) => !held.includes(item));
  }
  return missing.length > 0 ? [...taken, setOf(name, missing)] : taken;
}

function isForAll(piece: V1Resource, name: string): boolean {
  return piece.name === name && isPlain(piece) && groupOf(piece) === undefined;
}

function isIn(range: readonly PortRange[], number: number): boolean {
  return range.some(({ begin, end }) => begin <= number && number <= end);
}

function numbersIn(spans: readonly PortRange[]): readonly number[] {
  return spans.flatMap(({ begin, end }) =>
    Array.from({ length: end - begin + 1 }, (_, at) => begin + at),
  );
}

function toRanges(numbers: readonly number[]): readonly PortRange[] {
  return joinRanges(numbers.map((number) => ({ begin: number, end: number })));
}
