/**
 * Resources as Mesos has them, as plain values: a bag holds pieces, and pieces that differ only in
 * their amount are one. Scalars are counted in whole thousandths, as Mesos counts them, so that no
 * sum drifts. What allocates a piece to a role is not part of it: a bag is always allocated whole.
 */

import type { PortRange } from '../../port.ts';
import { joinRanges, removeRange } from '../../resources.ts';
import type { V1Disk, V1Labels } from '../../v1.ts';

/** One step of a reservation: the last of a stack says whose the piece is. */
export interface Reservation {
  readonly type: 'STATIC' | 'DYNAMIC';
  readonly role: string;
  readonly principal?: string;
  readonly labels?: V1Labels;
}

/** What tells pieces of one name apart. */
export interface Traits {
  readonly reservations: readonly Reservation[];
  /** Its volume is how a task uses it, and no part of what it is. */
  readonly disk?: V1Disk;
  readonly revocable?: boolean;
  readonly shared?: boolean;
  readonly provider?: string;
}

interface Named {
  readonly name: string;
  readonly traits: Traits;
  /** Equal for pieces that are one when added. */
  readonly key: string;
}

export type Piece =
  | (Named & { readonly type: 'SCALAR'; readonly thousandths: number })
  | (Named & { readonly type: 'RANGES'; readonly ranges: readonly PortRange[] })
  | (Named & { readonly type: 'SET'; readonly items: readonly string[] });

export type Bag = readonly Piece[];

export const emptyBag: Bag = [];
export const plainTraits: Traits = { reservations: [] };

export function keyOf(type: string, name: string, traits: Traits): string {
  if (traits === plainTraits) return `${type} ${name}`;
  const { reservations, disk, revocable, shared, provider } = traits;
  const stack = reservations.map((one) => [one.type, one.role, one.principal, labelsKey(one)]);
  const what = [stack, disk?.source, disk?.persistence?.id, revocable, shared, provider];
  return `${type} ${name} ${JSON.stringify(what)}`;
}

function labelsKey({ labels }: Reservation): string {
  return (labels?.labels ?? [])
    .map(({ key, value }) => JSON.stringify([key, value]))
    .toSorted()
    .join();
}

/** The same amount with other traits. */
export function retrait(piece: Piece, traits: Traits): Piece {
  const isPlain = traits.reservations.length === 0 && Object.keys(traits).length === 1;
  const own = isPlain ? plainTraits : traits;
  return { ...piece, traits: own, key: keyOf(piece.type, piece.name, own) };
}

export function isEmptyPiece(piece: Piece): boolean {
  if (piece.type === 'SCALAR') return piece.thousandths <= 0;
  return piece.type === 'RANGES' ? piece.ranges.length === 0 : piece.items.length === 0;
}

/** The pieces as a bag: like ones joined, empty ones gone. */
export function normalise(pieces: readonly Piece[]): Bag {
  return addBags(emptyBag, pieces);
}

export function addBags(a: Bag, b: readonly Piece[]): Bag {
  const sum = [...a];
  for (const piece of b) {
    if (isEmptyPiece(piece)) continue;
    const at = indexOf(sum, piece);
    const found = sum[at];
    if (found) sum[at] = addPiece(found, piece);
    else sum.push(piece);
  }
  return sum;
}

/** `a` without `b`. What `a` does not hold can't be taken from it. */
export function subtractBags(a: Bag, b: Bag): Bag {
  const rest = [...a];
  for (const piece of b) {
    const at = indexOf(rest, piece);
    const found = rest[at];
    if (found) rest[at] = subtractPiece(found, piece);
  }
  return rest.filter((piece) => !isEmptyPiece(piece));
}

/** Whether all of `b` can be taken from `a`. */
export function bagHolds(a: Bag, b: Bag): boolean {
  return b.every((piece) => {
    const found = a[indexOf(a, piece)];
    return found !== undefined && pieceHolds(found, piece);
  });
}

/** The sum of the scalars of one name, whoever they are reserved for; in units, not thousandths. */
export function scalarOf(bag: Bag, name: string): number {
  let sum = 0;
  for (const piece of bag) {
    if (piece.type === 'SCALAR' && piece.name === name) sum += piece.thousandths;
  }
  return sum / 1000;
}

/** Whose a piece is: the role of its last reservation, or everyone's. */
export function ownerOf({ traits }: Piece): string {
  return traits.reservations.at(-1)?.role ?? '*';
}

/** What may be given to a role: what is unreserved, or reserved for it or for a role above it. */
export function mayHave(role: string, piece: Piece): boolean {
  const owner = ownerOf(piece);
  return owner === '*' || owner === role || role.startsWith(`${owner}/`);
}

export function isReserved(piece: Piece): boolean {
  return piece.traits.reservations.length > 0;
}

function indexOf(pieces: readonly Piece[], { key }: Piece): number {
  for (let at = 0; at < pieces.length; at++) if (pieces[at]?.key === key) return at;
  return -1;
}

function addPiece(a: Piece, b: Piece): Piece {
  if (a.type === 'SCALAR' && b.type === 'SCALAR') {
    return { ...a, thousandths: a.thousandths + b.thousandths };
  }
  if (a.type === 'RANGES' && b.type === 'RANGES') {
    return { ...a, ranges: joinRanges([...a.ranges, ...b.ranges]) };
  }
  if (a.type === 'SET' && b.type === 'SET') {
    return { ...a, items: [...new Set([...a.items, ...b.items])].toSorted() };
  }
  return a;
}

function subtractPiece(a: Piece, b: Piece): Piece {
  if (a.type === 'SCALAR' && b.type === 'SCALAR') {
    return { ...a, thousandths: a.thousandths - b.thousandths };
  }
  if (a.type === 'RANGES' && b.type === 'RANGES') {
    return { ...a, ranges: b.ranges.reduce(removeRange, a.ranges) };
  }
  if (a.type === 'SET' && b.type === 'SET') {
    return { ...a, items: a.items.filter((item) => !b.items.includes(item)) };
  }
  return a;
}

function pieceHolds(a: Piece, b: Piece): boolean {
  if (a.type === 'SCALAR' && b.type === 'SCALAR') {
    return isWhole(a) ? a.thousandths === b.thousandths : a.thousandths >= b.thousandths;
  }
  if (a.type === 'RANGES' && b.type === 'RANGES') {
    return b.ranges.every((want) =>
      a.ranges.some((have) => have.begin <= want.begin && want.end <= have.end),
    );
  }
  return a.type === 'SET' && b.type === 'SET' && b.items.every((one) => a.items.includes(one));
}

/** Disks that are a device or a mount each: they are given away as they are, or not. */
function isWhole({ traits }: Piece): boolean {
  const { type } = (traits.disk?.source ?? {}) as { readonly type?: unknown };
  return type === 'MOUNT' || type === 'BLOCK';
}

/** What a task takes from an offer: a shared volume stays for others. */
export function exclusive(bag: Bag): Bag {
  return bag.some(({ traits }) => traits.shared) ? bag.filter(({ traits }) => !traits.shared) : bag;
}
