import type { Launch, PortRange } from './port.ts';
import { isPlain, joinRanges, ranges, scalar, toThousandths } from './resources.ts';
import type { V1Resource } from './v1.ts';

/** Wire resources that offers still hold while launches are cut out of them. */
export type Pieces = V1Resource[];

export function piecesOf(resources: readonly V1Resource[]): Pieces {
  return resources.filter(isPlain);
}

/**
 * Cuts what a launch asks for out of the offered pieces, which keep their reservations, so that
 * capacity reserved for our role is used as such. What the pieces cannot give is asked for plainly;
 * the master then refuses the task with a reason.
 */
export function carve(pieces: Pieces, launch: Launch): V1Resource[] {
  return [
    ...carveScalar(pieces, 'cpus', launch.cpus),
    ...carveScalar(pieces, 'mem', launch.memoryMiB),
    ...carveScalar(pieces, 'disk', launch.diskMiB),
    ...carvePorts(pieces, launch.ports),
  ];
}

function carveScalar(pieces: Pieces, name: string, wanted: number): V1Resource[] {
  const taken: V1Resource[] = [];
  let missing = toThousandths(wanted);
  for (const [at, piece] of pieces.entries()) {
    const has = piece.name === name ? (piece.scalar?.value ?? 0) : 0;
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
  for (const piece of pieces.filter(({ name }) => name === 'ports')) {
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
