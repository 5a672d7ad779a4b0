/**
 * What RESERVE, UNRESERVE, CREATE and DESTROY do to resources: each turns pieces into others of the
 * same amount. Pure; who may ask for it is decided elsewhere.
 */
import type { V1Operation } from '../../v1.ts';
import {
  addBags,
  type Bag,
  bagHolds,
  type Piece,
  retrait,
  subtractBags,
} from '../resources/bag.ts';
import { readPiece } from '../resources/wire.ts';
import { bagInWords, pieceInWords } from '../resources/words.ts';

export interface Conversion {
  readonly from: Piece;
  readonly to: Piece;
}

/** `undefined` for an operation that is not one of the four. */
export function conversionsOf(operation: V1Operation): readonly Conversion[] | undefined {
  const { type, reserve, unreserve, create, destroy } = operation;
  switch (type) {
    case 'RESERVE':
      return (reserve?.resources ?? []).map(readPiece).map((to) => ({ from: unreserved(to), to }));
    case 'UNRESERVE':
      return (unreserve?.resources ?? [])
        .map(readPiece)
        .map((from) => ({ from, to: unreserved(from) }));
    case 'CREATE':
      return (create?.volumes ?? []).map(readPiece).map((to) => ({ from: bare(to), to }));
    case 'DESTROY':
      return (destroy?.volumes ?? []).map(readPiece).map((from) => ({ from, to: bare(from) }));
    default:
      return undefined;
  }
}

function unreserved(piece: Piece): Piece {
  const { reservations, ...rest } = piece.traits;
  return retrait(piece, { ...rest, reservations: reservations.slice(0, -1) });
}

/** The disk without the volume on it. */
function bare(piece: Piece): Piece {
  const { disk, shared: _shared, ...rest } = piece.traits;
  const source = disk?.source;
  return retrait(piece, source === undefined ? rest : { ...rest, disk: { source } });
}

export type Converted =
  | { readonly ok: true; readonly bag: Bag }
  | { readonly ok: false; readonly fault: string };

/** Converts one piece after the other; the first that is not there fails all of it. */
export function convert(bag: Bag, conversions: readonly Conversion[], role?: string): Converted {
  let now = bag;
  for (const { from, to } of conversions) {
    if (!bagHolds(now, [from])) {
      const fault = `${bagInWords(now, role)} does not contain ${pieceInWords(from, role)}`;
      return { ok: false, fault };
    }
    now = addBags(subtractBags(now, [from]), [to]);
  }
  return { ok: true, bag: now };
}
