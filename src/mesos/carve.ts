import { toPiece } from './pieces.ts';
import type { PortRange } from './port.ts';
import { isPlain, joinRanges, ranges, scalar, toThousandths } from './resources.ts';
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
}

/**
 * Cuts what a program asks for out of the offered pieces, which keep their reservations, so that
 * capacity reserved for our role is used as such. What the pieces cannot give is asked for plainly;
 * the master then refuses the task with a reason.
 */
export function carve(pieces: Pieces, ask: Ask): V1Resource[] {
  return [
    ...carveScalar(pieces, 'cpus', ask.cpus),
    ...carveScalar(pieces, 'mem', ask.memoryMiB),
    ...carveScalar(pieces, 'disk', ask.diskMiB),
    ...Object.entries(ask.others ?? {}).flatMap(([name, wanted]) =>
      carveScalar(pieces, name, wanted),
    ),
    ...carvePorts(pieces, ask.ports ?? []),
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

function carveScalar(pieces: Pieces, name: string, wanted: number): V1Resource[] {
  const taken: V1Resource[] = [];
  let missing = toThousandths(wanted);
  for (const [at, piece] of pieces.entries()) {
    const has = piece.name === name && isPlain(piece) ? (piece.scalar?.value ?? 0) : 0;
    const part = Math.min(has, missing);
    if (part <= 0) continue;
    taken.push({ ...piece, scalar: { value: part } });
    pieces[at] = { ...piece, scalar: { value: toThousandths(has - part) } };
    missing = toThousandths(missing - part);
  }
  return missing > 0 ? [...taken, scalar(name, missing)] : taken;
}

function carvePorts(pieces: Pieces, ports: readonly number[]): V1Resource[] {
  const taken: V1Resource[] = [];
  let missing = ports;
  for (const piece of pieces.filter((each) => each.name === 'ports' && isPlain(each))) {
    const held = missing.filter((port) => isIn(piece.ranges?.range ?? [], port));
    if (held.length > 0) taken.push({ ...piece, ranges: { range: toRanges(held) } });
    missing = missing.filter((port) => !held.includes(port));
  }
  return missing.length > 0 ? [...taken, ranges('ports', toRanges(missing))] : taken;
}

function isIn(range: readonly PortRange[], port: number): boolean {
  return range.some(({ begin, end }) => begin <= port && port <= end);
}

function toRanges(ports: readonly number[]): readonly PortRange[] {
  return joinRanges(ports.map((port) => ({ begin: port, end: port })));
}
